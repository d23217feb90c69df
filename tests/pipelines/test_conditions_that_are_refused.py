"""What is wrong with a condition is found before anything is decided, and said."""

import pytest

from mock_buildkite.errors import InvalidInputError
from mock_buildkite.pipelines import conditions
from mock_buildkite.pipelines.conditions import Context


def refusal_of(text: str) -> str:
    with pytest.raises(InvalidInputError) as refusal:
        conditions.check(text, Context.STEP)
    return refusal.value.message


@pytest.mark.parametrize(
    ("text", "found", "line", "column"),
    [
        ("nope != == one", "==", 1, 9),
        ("true\n&& build.branch = 1", "=", 2, 17),
        ("build..branch == 1", "..branch", 1, 6),
        ("build.", ".", 1, 6),
        ('build.creator.teams "deploy"', '"deploy"', 1, 21),
        ("build.message !~ /x/ extra", "extra", 1, 22),
        ('["main"] @> build.branch', "@>", 1, 10),
        ('["main"] includesx', "includesx", 1, 10),
        ("'mad lad", "'mad", 1, 1),
        ('"main" =~ /main', "/main", 1, 11),
        ('"main" =~ //', "", 0, 0),
        ("12abc == 12", "abc", 1, 3),
        ("-1 == 1", "-1", 1, 1),
        ("1 < 2", "<", 1, 3),
        ("true & true", "&", 1, 6),
        ("true)", ")", 1, 5),
        ('$ == ""', "$", 1, 1),
        ('$$X == ""', "$$X", 1, 1),
        ('${X^^} == ""', "${X^^}", 1, 1),
        ('"${5}" == ""', '${5}"', 1, 2),
        ("true ? true", "", 0, 0),
        ("(true", "", 0, 0),
        ("[", "", 0, 0),
        ('"from prison \\', "\\", 1, 14),
        ('"open', "", 0, 0),
        ("true &&", "", 0, 0),
        ("// nothing but a comment", "", 0, 0),
        ("é == 1", "é", 1, 1),
        ("true \N{NO-BREAK SPACE}", "\N{NO-BREAK SPACE}", 1, 6),
        ("x" + "y " * 30 + "z", "y", 1, 4),
        ("true " + "x" * 50, "x" * 40 + "…", 1, 6),
    ],
)
def test_what_does_not_follow_the_grammar_is_pointed_at(
    text: str, found: str, line: int, column: int
) -> None:
    message = refusal_of(text)

    if line:
        assert message == f"Unexpected `{found}` at line {line}, column {column}"
    else:
        assert message == "Unexpected end of the condition"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lol", "`lol` is not a variable"),
        ('not_a_variable == "x"', "`not_a_variable` is not a variable"),
        ("build.Branch == null", "`build.Branch` is not a variable"),
        ('build.meta_data == "x"', "`build.meta_data` is not a variable"),
        ('false && missing.value == "x"', "`missing.value` is not a variable"),
        ('true || missing.value == "x"', "`missing.value` is not a variable"),
        ('includes == "x"', "`includes` is not a variable"),
        ("true ? true : missing", "`missing` is not a variable"),
        ('meta_data("foo") == "x"', "`meta_data` is not a function"),
        ('build.branch("x") == "x"', "`build.branch` is not a function"),
        ('env("X") == env', "`env` is not a variable"),
        ('env() == ""', "env expects exactly one argument"),
        ('build.env("A", "B") == null', "build.env expects exactly one argument"),
    ],
)
def test_what_is_not_known_is_named(text: str, message: str) -> None:
    assert refusal_of(text) == message


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('"not boolean"', "string"),
        ("12345", "number"),
        ("null", "null"),
        ("/main/", "regular expression"),
        ("[]", "string array"),
        ("build.branch", "string"),
        ("build.state", "build state enumeration value"),
        ("$X", "string"),
        ('env("X")', "string"),
        ("true ? 1 : null", "number"),
    ],
)
def test_the_whole_must_be_a_boolean(text: str, found: str) -> None:
    assert refusal_of(text) == f"expected boolean result, got {found}"


@pytest.mark.parametrize(
    ("text", "expected", "found"),
    [
        ("!null", "boolean", "null"),
        ('!"x"', "boolean", "string"),
        ("true && build.branch", "boolean", "string"),
        ("build.number || true", "boolean", "number"),
        ("true && true && null", "boolean", "null"),
        ("1 ? true : false", "boolean", "number"),
        ('1 == "one"', "number or null", "string"),
        ('true == "true"', "boolean or null", "string"),
        ('build.number != "1"', "number or null", "string"),
        ("$X == true", "string or null", "boolean"),
        ('["a"] == "a"', "string array", "string"),
        ('"a" == ["a"]', "string", "string array"),
        ('(true ? "string" : 123) == null', "string or null", "number"),
        ("true =~ /true/", "string or null", "boolean"),
        ('"d" =~ "hello"', "regular expression", "string"),
        ("/d/ =~ build.branch", "string or null", "regular expression"),
        ("build.state =~ /pass/", "string or null", "build state enumeration value"),
        ('"text" includes "t"', "string array or null", "string"),
        ('["a"] includes 1', "string, regular expression, or null", "number"),
        (
            '["passed"] includes build.state',
            "string, regular expression, or null",
            "build state enumeration value",
        ),
        ("[1] == []", "string", "number"),
        ("[null] == []", "string", "null"),
        ('[build.source] includes "ui"', "string", "build source enumeration value"),
        ('"passed" == build.state', "string or null", "build state enumeration value"),
        ("build.state == build.state", "string or null", "build state enumeration value"),
        ("build.state == 1", "string or null", "number"),
        ('env(1) == ""', "string", "number"),
        ("build.env(null) == null", "string", "null"),
        ("env([]) == null", "string", "string array"),
    ],
)
def test_types_must_fit(text: str, expected: str, found: str) -> None:
    assert refusal_of(text) == f"unexpected type: expected {expected} but found {found}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('build.state == "faillled"', '"faillled" is not a valid `build.state`'),
        ("build.state == 'started_failing'", '"started_failing" is not a valid `build.state`'),
        (r'build.state == "\\\$STATE"', r'"\$STATE" is not a valid `build.state`'),
        ('build.source != "email"', '"email" is not a valid `build.source`'),
        ('build.blocked_state == ""', '"" is not a valid `build.blocked_state`'),
        ('(true ? build.state : null) == "x"', '"x" is not a valid `build state`'),
    ],
)
def test_what_an_enumeration_does_not_have_is_named(text: str, message: str) -> None:
    assert refusal_of(text) == message


@pytest.mark.parametrize(
    "text",
    [
        'build.state == "${STATE}"',
        'build.source == "pipeline_trigger"',
        "build.state == null",
        "build.state != env('STATE')",
        "env(build.state) == null",
        "null == build.creator.teams",
        "/a/ == /b/",
    ],
)
def test_what_may_be_compared_passes(text: str) -> None:
    conditions.check(text, Context.STEP)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a " * 5_001, "A condition can have at most 10,000 characters"),
        ("\ud800", "A condition must be valid Unicode"),
        ("!" * 100 + "true", "A condition can have at most 100 expressions inside each other"),
        (
            " == ".join(["true"] * 101),
            "A condition can have at most 100 expressions inside each other",
        ),
        ("1 == 9223372036854775808", "The number at line 1, column 6 is too large"),
        ("true\n && 1 == " + "9" * 5_000, "The number at line 2, column 10 is too large"),
        (r'"\400" == ""', r"octal escape out of range: \400"),
        (r'${X-\777} == ""', r"octal escape out of range: \777"),
    ],
)
def test_what_is_too_much_is_refused(text: str, message: str) -> None:
    assert refusal_of(text) == message


@pytest.mark.parametrize(
    "text",
    [
        "!" * 99 + "false",
        "(" * 4_990 + "true" + ")" * 4_990,
        " || ".join(["false"] * 1_110 + ["true"]),
        "true" + " " * 9_996,
        "0" * 9_000 + "7 == 7",
    ],
)
def test_what_is_much_and_not_too_much_is_decided(text: str) -> None:
    assert conditions.holds(text, Context.STEP, conditions.Facts({}, {}, {}))
