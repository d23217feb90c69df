"""`env("X")`, `build.env("X")`, `$X` and `${X:-…}`, and the strings that hold them."""

import pytest

from mock_buildkite.errors import InvalidInputError
from mock_buildkite.pipelines import conditions
from mock_buildkite.pipelines.conditions import Context, Facts
from mock_buildkite.pipelines.expressions.environment import BUILDKITE_VARIABLES

VARIABLES = {
    "BUILDKITE_AGENT_ACCESS_TOKEN": "secret",
    "BUILDKITE_BRANCH": "main",
    "BUILDKITE_PULL_REQUEST_LABELS": "bug,deploy",
    "LABELS": "BUILDKITE_PULL_REQUEST_LABELS",
    "SECRET": "BUILDKITE_AGENT_ACCESS_TOKEN",
    "SUFFIX": "BRANCH",
    "FOO-BAR": "odd",
    "odd": "FOO-BAR",
    "accents": "é€𝄞",
    "branch": "main",
    "empty": "",
    "tag": "foo",
    "two": "2",
}
DOCS = "https://buildkite.com/docs/pipelines/environment-variables"
NOT_SUPPORTED = (
    'Interpolation of "{}" is not supported (see ' + DOCS + "#variable-interpolation). You can "
    "instead interpolate this variable at runtime (see "
    + DOCS
    + "#runtime-variable-interpolation). If you are still having issues, please contact "
    "hello@buildkite.com."
)


def holds(text: str) -> bool:
    facts = Facts({"build.branch": "main"}, env=VARIABLES, build_env=VARIABLES)
    return conditions.holds(text, Context.STEP, facts)


def refusal_of(text: str) -> str:
    """Why a condition is refused when it is decided, having passed the check before."""
    conditions.check(text, Context.STEP)
    with pytest.raises(InvalidInputError) as refusal:
        holds(text)
    return refusal.value.message


def refusal_of_check(text: str) -> str:
    with pytest.raises(InvalidInputError) as refusal:
        conditions.check(text, Context.STEP)
    return refusal.value.message


@pytest.mark.parametrize(
    "text",
    [
        'env("branch") == "main"',
        "env('branch') == build.env(\"branch\")",
        'env("MISSING") == ""',
        'build.env("MISSING") == null',
        'build.env("empty") == ""',
        'build.env("BUILDKITE_${SUFFIX}") == "main"',
        'env("${notset:-two}") == "2"',
        'env(env("odd")) == "odd"',
        'build.env(env("odd")) == "odd"',
        'build.env(env("LABELS")) == "bug,deploy"',
        'env(build.branch) == ""',
        'env(build.state == null ? "two" : "tag") == "2"',
    ],
)
def test_functions_give_values_of_environment_variables(text: str) -> None:
    assert holds(text)


def test_the_functions_may_see_different_environments() -> None:
    facts = Facts({}, env={"X": "one"}, build_env={"X": "another"})

    assert conditions.holds(
        'env("X") == "one" && $X == "one" && build.env("X") == "another"', Context.STEP, facts
    )


@pytest.mark.parametrize("function", ["env", "build.env"])
@pytest.mark.parametrize("name", BUILDKITE_VARIABLES)
def test_some_of_buildkites_own_variables_are_seen(name: str, function: str) -> None:
    facts = Facts({}, {name: "here"}, {name: "here"})

    assert conditions.holds(f'{function}("{name}") == "here"', Context.STEP, facts)


def test_there_are_as_many_as_buildkite_has() -> None:
    assert len(set(BUILDKITE_VARIABLES)) == 38


@pytest.mark.parametrize("name", ["BUILDKITE_AGENT_ACCESS_TOKEN", "BUILDKITE_PULL_REQUEST_LABELS"])
@pytest.mark.parametrize("function", ["env", "build.env"])
def test_others_of_buildkites_own_are_refused_by_name(name: str, function: str) -> None:
    assert refusal_of_check(f'{function}("{name}") == ""') == NOT_SUPPORTED.format(name)


@pytest.mark.parametrize("text", ['env(env("SECRET")) == ""', 'build.env("${SECRET}") == null'])
def test_so_are_those_whose_names_turn_out_later(text: str) -> None:
    assert refusal_of(text) == NOT_SUPPORTED.format("BUILDKITE_AGENT_ACCESS_TOKEN")


def test_expansions_do_not_see_those_either() -> None:
    assert holds("$BUILDKITE_AGENT_ACCESS_TOKEN == null")
    assert holds('"${BUILDKITE_AGENT_ACCESS_TOKEN}$BUILDKITE_BRANCH" == "main"')


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("BUILDKITE_BRNCH", "BUILDKITE_BRANCH"),
        ("BUILDKITE_TAGS", "BUILDKITE_TAG"),
        ("BUILDKITE_PULL_REQUEST_BASE_BRANCHES", "BUILDKITE_PULL_REQUEST_BASE_BRANCH"),
    ],
)
def test_what_was_probably_meant_is_suggested(name: str, meant: str) -> None:
    message = f'"{name}" is not a valid environment variable - did you mean "{meant}"?'

    assert refusal_of_check(f'env("{name}") == ""') == message


@pytest.mark.parametrize("written", ["'$FOO'", '"$$FOO"', r'"\$FOO"', "'$F$OO'"])
def test_a_dollar_before_a_name_is_too_much(written: str) -> None:
    message = "Argument to `env` should not include `$` - did you mean FOO?"

    assert refusal_of_check(f"env({written}) == ''") == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("env('$') == ''", "Argument to `env` should not include `$`"),
        ("env('FOO-BAR') == ''", "Argument to `env` should be an environment variable name"),
        ("env('') == ''", "Argument to `env` should be an environment variable name"),
        ("build.env('a b') == ''", "Argument to `env` should be an environment variable name"),
    ],
)
def test_what_is_no_name_is_refused(text: str, message: str) -> None:
    assert refusal_of_check(text) == message


@pytest.mark.parametrize("text", ['env("$empty") == ""', 'build.env(env("MISSING")) == null'])
def test_an_empty_name_is_refused(text: str) -> None:
    assert refusal_of(text) == "env argument should be an environment variable name"


@pytest.mark.parametrize(
    "text",
    [
        '$branch == "main"',
        '$branch.deploy == "main.deploy"',
        '$notset.deploy == ".deploy"',
        '${branch} == "main"',
        "$notset == null",
        "${notset} == null",
        '"${notset}" == ""',
        '${branch?} == "main"',
        '${empty?} == ""',
        '${branch:?is missing} == "main"',
        '${branch-xx} == "main"',
        '${empty-xx} == ""',
        '${notset-xx} == "xx"',
        '${notset-} == ""',
        '${empty:-xx} == "xx"',
        '${branch+xx} == "xx"',
        '${empty+xx} == "xx"',
        '${notset+xx} == ""',
        '${empty:+xx} == ""',
        '${notset-"${branch}"} == "main"',
        '${notset-"}"} == "}"',
        "${notset-'quoted } fallback'} == \"quoted } fallback\"",
        "${notset-'${branch}'} != \"main\"",
        '${notset-$branch and ${tag:-x} $} == "main and foo $"',
        '${notset-a:b?c(d)"e"//f} == "a:b?c(d)e//f"',
        r'${notset-\x41\svalue} == "A value"',
        r'${notset-\}} == "}"',
        '${notset-$$} == "$"',
    ],
)
def test_expansions_are_those_of_shells(text: str) -> None:
    assert holds(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${branch:1:2}", "ai"),
        ("${branch:2}", "in"),
        ("${branch: -1}", "n"),
        ("${branch: -9:2}", "ma"),
        ("${branch:2:$two}", "in"),
        ("${branch:${empty:-1}:${two+2}}", "ai"),
        ("${branch:25:2}", ""),
        ("${branch:1:-1}", "ai"),
        ("${branch:3:-2}", ""),
        ("${branch:0:-9}", ""),
        ("${branch:1:99}", "ain"),
        ("${branch:\"1\":'1'}", "a"),
        ("${accents:1:1}", "€"),
        ("${empty:1}", ""),
    ],
)
def test_a_part_of_a_variable_can_be_taken(text: str, expected: str) -> None:
    assert holds(f'{text} == "{expected}"')
    assert holds(f'"<{text}>" == "<{expected}>"')


def test_no_part_of_what_is_not_set_is_there() -> None:
    assert holds("${notset:1:2} == null")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('${notset?} == ""', "parameter null or not set: notset"),
        ('${notset:?say so} == ""', "parameter null or not set: notset"),
        ('"${empty:?}" == ""', "parameter null or not set: empty"),
        ('${branch:$tag} == ""', 'substring operation requires integer argument, not "foo"'),
        ('${branch:1:} == ""', 'substring operation requires integer argument, not ""'),
        ('${notset:1.5} == ""', 'substring operation requires integer argument, not "1.5"'),
    ],
)
def test_an_expansion_that_is_impossible_is_refused(text: str, message: str) -> None:
    assert refusal_of(text) == message


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('"a ${branch} b"', "a main b"),
        ('"deploy-$branch"', "deploy-main"),
        ('"$branch.x"', "main.x"),
        ('"$$branch"', "$branch"),
        ('"cost $$5, $5, 5$"', "cost $5, $5, 5$"),
        (r'"\$branch"', "$branch"),
        (r'"C:\\${branch}"', "C:\\main"),
        (r'"\\\$branch"', r"\$branch"),
        ("'${branch} $$'", "${branch} $$"),
        (r"'it\'s \\ \n'", r"it's \ \n"),
        (r'"\a\b\e\f\n\r\s\t\v"', "\a\b\x1b\f\n\r \t\v"),
        (r'"\"\q\/"', '"q/'),
        (r'"\x41\x4a4\x\xg"', "AJ4xxg"),
        (r'"\141\0\7\1411"', "a\0\7a1"),
        ('"two\nlines"', "two\nlines"),
        ('"it\'s {fine} // here"', "it's {fine} // here"),
        ("'say \"so\"'", 'say "so"'),
        ('"${notset:-"${branch}"}!"', "main!"),
        ('"é€𝄞"', "é€𝄞"),
    ],
)
def test_strings_say_what_is_written_in_them(written: str, expected: str) -> None:
    facts = Facts({"build.branch": expected}, VARIABLES, VARIABLES)

    assert conditions.holds(f"build.branch == {written}", Context.STEP, facts)


def test_a_string_can_become_too_long() -> None:
    facts = Facts({}, {"X": "x" * 100_000}, {})

    with pytest.raises(InvalidInputError) as refusal:
        conditions.holds(f'"{"$X" * 11}" == ""', Context.STEP, facts)

    assert refusal.value.message == (
        "A string in a condition can have at most 1,000,000 characters"
    )
