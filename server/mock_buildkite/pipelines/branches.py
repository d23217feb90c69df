"""Branch patterns: which branches a pipeline builds, and which of them a step is for.

Patterns are separated by spaces; `*` stands for anything, `!` before a pattern for not.

Source: pages/pipelines/configure/workflows/branch_configuration.md of Buildkite's documentation.
"""

from functools import lru_cache

from mock_buildkite.errors import InvalidInputError

LONGEST = 10_000
"""Characters of all patterns together. Unverified: where Buildkite's limit is."""


def checked(patterns: str) -> str:
    """Patterns that can be kept, as they were written.

    Raises:
        InvalidInputError: one of them is nothing but a `!`, or they are too long together.
    """
    if len(patterns) > LONGEST:
        msg = f"Branch patterns can have at most {LONGEST:,} characters together"
        raise InvalidInputError(msg)
    # Unverified: what Buildkite makes of a `!` that stands alone.
    if "!" in patterns.split():
        msg = "A branch pattern must follow each `!`, without a space"
        raise InvalidInputError(msg)
    return patterns


def matches(patterns: str, branch: str) -> bool:
    """Whether a branch is meant: by any of the patterns without `!`, by none of those with it.

    Nothing but spaces means every branch, and so do patterns that all have a `!`.
    """
    wanted, unwanted = _sorted(patterns)
    if wanted and not any(_fits(pattern, branch) for pattern in wanted):
        return False
    return not any(_fits(pattern, branch) for pattern in unwanted)


def fits(pattern: str, branch: str) -> bool:
    """Whether a branch is meant by one pattern, in which `!` and spaces are nothing special."""
    return _fits(tuple(pattern.split("*")), branch)


@lru_cache(maxsize=256)
def _sorted(patterns: str) -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]]:
    """The patterns without `!` and those with it, each as the texts around its wildcards."""
    each = patterns.split()
    wanted = tuple(tuple(one.split("*")) for one in each if not one.startswith("!"))
    unwanted = tuple(tuple(one[1:].split("*")) for one in each if one.startswith("!"))
    return wanted, unwanted


def _fits(pattern: tuple[str, ...], branch: str) -> bool:
    """Whether the texts follow each other in a branch that begins and ends with the outer ones.

    Each is taken where it comes first, so there is nothing to go back to, however many wildcards.
    """
    first, *between = pattern
    if not between:
        return branch == first
    last = between.pop()
    end = len(branch) - len(last)
    if not (branch.startswith(first) and branch.endswith(last) and len(first) <= end):
        return False
    position = len(first)
    for text in between:
        found = branch.find(text, position, end)
        if found < 0:
            return False
        position = found + len(text)
    return True
