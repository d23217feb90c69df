import pytest

from mock_buildkite.errors import InvalidInputError
from mock_buildkite.pipelines import branches

DOCUMENTED = [
    ("main", ["main"], ["maintenance", "domain", ""]),
    ("!production", ["main", "production-2"], ["production"]),
    ("main features/*", ["main", "features/", "features/a/b"], ["features", "my-features/a"]),
    ("*-test", ["rails-update-test", "-test"], ["test", "rails-test-update"]),
    ("stages/* !stages/production", ["stages/demo"], ["stages/production", "main"]),
    ("v*.0", ["v1.0", "v.0", "v1.2.0"], ["v1.1", "1.0", "v1.0-rc"]),
    ("v* !v1.*", ["v2.3", "v1"], ["v1.1", "2.3"]),
    (
        "main feature/* !feature/beta release/*",
        ["main", "feature/alpha", "release/1"],
        ["feature/beta", "fix/1"],
    ),
]
"""The examples of the documentation, each with branches that are meant and that are not."""

EVERY_BRANCH = ["main", "feature/1", "v1.0", ""]

FURTHER = [
    ("", EVERY_BRANCH, []),
    (" \t\n", EVERY_BRANCH, []),
    ("*", EVERY_BRANCH, []),
    ("!*", [], EVERY_BRANCH),
    ("!a !b", ["c"], ["a", "b"]),
    ("main !main", [], ["main", "other"]),
    ("  main   next ", ["main", "next"], ["mainnext"]),
    ("Main", ["Main"], ["main"]),
    ("a*b*c", ["abc", "a-b-c", "abbc", "abcbc"], ["ab", "ac", "acb"]),
    ("*b*", ["b", "abc"], ["ac"]),
    ("aa*aa", ["aaaa", "aa-aa"], ["aa", "aaa"]),
    ("**", ["", "main"], []),
    ("v1.?", ["v1.?"], ["v1.0"]),
    ("[ab]", ["[ab]"], ["a"]),
    ("v1.0", ["v1.0"], ["v1x0"]),
    ("!!a", ["a", "b"], ["!a"]),
]


@pytest.mark.parametrize(
    ("patterns", "branch"),
    [(patterns, branch) for patterns, meant, _ in DOCUMENTED + FURTHER for branch in meant],
)
def test_a_branch_that_is_meant_matches(patterns: str, branch: str) -> None:
    assert branches.matches(patterns, branch)


@pytest.mark.parametrize(
    ("patterns", "branch"),
    [(patterns, branch) for patterns, _, others in DOCUMENTED + FURTHER for branch in others],
)
def test_a_branch_that_is_not_meant_does_not_match(patterns: str, branch: str) -> None:
    assert not branches.matches(patterns, branch)


@pytest.mark.parametrize("patterns", [patterns for patterns, _, _ in DOCUMENTED + FURTHER])
def test_good_patterns_are_kept_as_they_were_written(patterns: str) -> None:
    assert branches.checked(patterns) == patterns


@pytest.mark.parametrize("patterns", ["!", "main !", "! main"])
def test_an_exclamation_mark_needs_a_pattern(patterns: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        branches.checked(patterns)

    assert refusal.value.message == "A branch pattern must follow each `!`, without a space"


def test_patterns_that_are_too_long_together_are_refused() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        branches.checked("a " * 5_001)

    assert refusal.value.message == "Branch patterns can have at most 10,000 characters together"


def test_many_wildcards_take_no_time() -> None:
    patterns = "*a" * 4_000 + "*b"

    assert not branches.matches(patterns, "a" * 5_000)
    assert branches.matches(patterns, "a" * 5_000 + "b")
