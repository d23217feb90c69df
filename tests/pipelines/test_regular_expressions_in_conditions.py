"""What regular expressions match, which are refused, and when matching ends."""

import time

import pytest

from mock_buildkite.errors import InvalidInputError
from mock_buildkite.pipelines import conditions
from mock_buildkite.pipelines.conditions import Context, Facts

TOO_LONG = "Matching regular expressions took longer than 0.1 s"


def matches(written: str, text: str) -> bool:
    facts = Facts({"build.branch": text}, {}, {})
    return conditions.holds(f"build.branch =~ {written}", Context.STEP, facts)


def refusal_of(written: str) -> str:
    with pytest.raises(InvalidInputError) as refusal:
        conditions.check(f"build.branch =~ {written}", Context.STEP)
    return refusal.value.message


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (r"/^features\//", "features/api"),
        (r"/\/release-123$/", "feature/release-123"),
        (r"/fee\$/", "fee$"),
        (r"/^v[0-9]+\.0$/", "v1.0"),
        (r"/\[skip tests\]/i", "[SKIP TESTS] please"),
        ("/^v[[:digit:]]+$/", "v123"),
        ("/^É$/i", "é"),
        (r"/\(\?<=a\)/", "(?<=a)"),
        (r"/^\{1,3\}\+$/", "{1,3}+"),
        ("/}+/", "}}}"),
        ("/^{,3}{x}$/", "{,3}{x}"),
        ("/^[(?<=]$/", "?"),
        ("/^[[:digit:](?<=]$/", "?"),
        ("/^[](?<=]$/", "]"),
        ("/^[*+?+]$/", "+"),
        ("/^a(?# (?<= literal )b$/", "ab"),
        ("/^a{2,3}?$/", "aaa"),
        ("/a/ii", "A"),
        ("/^(?i)MAIN$/", "main"),
        ("/^(?i:M)ain$/", "main"),
        (r"/^main\z/", "main"),
        (r"/^main\Z/", "main\n"),
        (r"/\\\//", r"a\/"),
        ("/two\nlines/", "two\nlines"),
    ],
)
def test_a_regular_expression_is_found(written: str, text: str) -> None:
    assert matches(written, text)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (r"/fee\$/", "fee"),
        ("/^main$/", "a\nmain\nb"),
        ("/main$/", "main\n"),
        (r"/main\z/", "main\n"),
        ("/MAIN/", "main"),
        ("/a.b/", "a\nb"),
        ("/x/", "main"),
    ],
)
def test_a_regular_expression_is_not_found(written: str, text: str) -> None:
    assert not matches(written, text)


@pytest.mark.parametrize(
    ("written", "text", "expected"),
    [
        ("/^(?!release)/", "main", True),
        ("/^(?!release)/", "release-1", False),
        ("/^(?=.*b)(?=.*a)/", "xxab", True),
        ("/^(?=.*b)(?=.*a)/", "xxac", False),
        ("/^(?!MAIN)/i", "main", False),
        ("/(?i)^(?!MAIN)/", "main", False),
        ("/^(?!x)main$/", "main\n", False),
        (r"/^(?!x)main\Z/", "main\n", True),
        (r"/^(?!x)main\z/", "main\n", False),
        ("/^(?!x){e}{,2}$/", "{e}{,2}", True),
        (r"/^(?!x)\w$/", "é", False),
        (r"/^(\w+)-\1$/", "a1-a1", True),
        (r"/^(\w+)-\1$/", "a1-a2", False),
        (r"/^(?!x)(a)\1{2}$/", "aaa", True),
    ],
)
def test_what_re2_lacks_is_there(written: str, text: str, expected: bool) -> None:
    assert matches(written, text) is expected


@pytest.mark.parametrize(
    ("written", "feature"),
    [
        ("/(?<=a)b/", "lookbehind"),
        ("/(?<!a)b/", "nlookbehind"),
        ("/(?>a*)a/", "atomic"),
        ("/(?<name>group)/", "named_ab"),
        ("/(?P<name>group)/", "named_ab"),
        ("/(?'name'group)/", "named_sq"),
        ("/(?(1)a|b)/", "condition_open"),
        ("/a?+/", "zero_or_one_possessive"),
        ("/a*+/", "zero_or_more_possessive"),
        ("/a++/", "one_or_more_possessive"),
        ("/a{1,3}+/", "bounded_possessive"),
        ("/a{3}+/", "bounded_possessive"),
        ("/a{2,}+/", "bounded_possessive"),
        (r"/a(?#\)(?<name>b)/", "named_ab"),
        (r"/[\]](?<=a)/", "lookbehind"),
    ],
)
def test_what_buildkite_refuses_is_refused_by_name(written: str, feature: str) -> None:
    assert refusal_of(written) == f"unsupported regexp feature: {feature}"


@pytest.mark.parametrize(("written", "flag"), [("/main/x", "x"), ("/a/im", "m"), ("/a/I", "I")])
def test_there_is_one_flag(written: str, flag: str) -> None:
    assert refusal_of(written) == f"unsupported regexp flag: {flag}"


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("/(/", "missing ): ("),
        ("/)/", "unexpected ): )"),
        ("/[a/", "missing ]"),
        ("/[z-a]/", "invalid character class range: z-a"),
        ("/(?#/", "missing )"),
        ("/*/", "no argument for repetition operator: *"),
        ("/a**/", "bad repetition operator: **"),
        ("/a{1001}/", "invalid repetition size: {1001}"),
        ("/(?=(?:a{1,50}){1,50})/", "invalid repetition size: {1,50}"),
        (r"/\h/", r"invalid escape sequence: \h"),
        (r"/\Qa\E/", r"invalid escape sequence: \Q"),
        (r"/(?=a)\K/", r"invalid escape sequence: \K"),
        (r"/(?=a)(?R)/", "invalid perl operator: (?R"),
        ("/(?=a)(?|a|b)/", "invalid perl operator: (?|"),
        ("/(?=a)(*FAIL)/", "no argument for repetition operator: *"),
        (r"/(?=a)(?:\pL{500}){2}/", "pattern too large - compile failed"),
        ("/a(?i)(?=a)/", "look-ahead after a switch that is not at the beginning"),
        ("/" + "(" * 101 + ")" * 101 + "/", "more than 100 groups inside each other"),
        (r"/(a)\2/", "invalid group reference at position 5"),
    ],
)
def test_what_cannot_be_read_is_refused(written: str, reason: str) -> None:
    assert refusal_of(written) == f"could not parse regexp: {reason}"


@pytest.mark.parametrize(
    "text",
    [
        "build.message =~ /(?=1)([01]+)+$/",
        "build.message !~ /(?=1)([01]+)+$/",
        "[build.message] includes /(?=1)([01]+)+$/",
        " || ".join(["build.message =~ /(?=1)([01]+)+$/"] * 200),
        "[" + ", ".join(["build.message"] * 500) + "] includes /(?=1)([01]+)+$/",
        " || ".join(["build.message =~ /1[01]{140}3/"] * 200),
        "[" + ", ".join(["build.message"] * 500) + "] includes /1[01]{140}3/",
        "build.message =~ /1(?i)[01]{900}3/",
    ],
)
def test_matching_ends_after_a_tenth_of_a_second(text: str) -> None:
    message = bin(3**39_000) + "!"
    conditions.check(text, Context.STEP)
    began = time.thread_time()

    with pytest.raises(InvalidInputError) as refusal:
        conditions.holds(text, Context.STEP, Facts({"build.message": message}, {}, {}))

    assert refusal.value.message == TOO_LONG
    assert time.thread_time() - began < 1


def test_a_notification_whose_matching_takes_long_is_not_sent() -> None:
    facts = Facts({"build.message": "a" * 2_000 + "!"}, {}, {})

    assert not conditions.holds("build.message !~ /(?=a)(a+)+$/", Context.NOTIFY, facts)


def test_long_texts_are_matched() -> None:
    facts = Facts({"build.message": "many words " * 10_000 + "[skip ci]"}, {}, {})

    assert conditions.holds(r"build.message =~ /\[(?:ci skip|skip ci)\]$/", Context.STEP, facts)
    assert conditions.holds(r"build.message =~ /^(?!fixup).*\[skip ci\]$/", Context.STEP, facts)
    assert conditions.holds(r"build.message =~ /words .{0,900}\[skip ci\]$/", Context.STEP, facts)


def test_what_is_no_unicode_is_matched_as_well() -> None:
    assert matches("/^a.c$/", "a\udcffc")
