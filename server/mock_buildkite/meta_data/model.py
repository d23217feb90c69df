"""What keys and values of meta-data may be, and what one key tells of a commit.

Source: pages/pipelines/configure/build_meta_data.md of Buildkite's documentation.
"""

import re

from msgspec import Struct

from mock_buildkite.errors import InvalidInputError

LARGEST_TEXT_BYTES = 100 * 1024
"""Of a value. Unverified: that a key has the same limit, and that a kilobyte has 1,024 bytes."""

RESERVED_PREFIX = "buildkite:"
COMMIT_KEY = "buildkite:git:commit"
"""What the agent itself sets after the first checkout of a build."""

_COMMIT = re.compile(
    r"commit (?P<commit>[0-9a-f]{40,64})\n"
    r"abbrev-commit [0-9a-f]+\n"
    r"Author: (?P<name>.*?) ?<(?P<email>[^<>\n]*)>\n"
    r"\n?(?P<message>.*)",
    re.DOTALL,
)


class Commit(Struct, frozen=True):
    """A commit, as an agent describes it that has checked it out."""

    commit: str
    author: dict[str, str]
    """Its `name` and `email`."""
    message: str


def problem_of_pair(key: str, value: str) -> str | None:
    """Why a build cannot have a key with that value: one is blank, too large, or reserved."""
    for name, text in (("Key", key), ("Value", value)):
        if not text.strip():
            return f"{name} can't be blank"
        if len(text.encode()) > LARGEST_TEXT_BYTES:
            return f"{name} is too large (maximum is {LARGEST_TEXT_BYTES} bytes)"
        if "\0" in text:
            return f"{name} can't have NUL characters"
    if key.startswith(RESERVED_PREFIX) and key != COMMIT_KEY:
        return f"Keys that begin with {RESERVED_PREFIX} are reserved"
    return None


def check_pair(key: str, value: str) -> None:
    """Refuse what a build cannot have.

    Raises:
        InvalidInputError: the key is reserved; or key or value is blank, too large or holds a NUL.
    """
    problem = problem_of_pair(key, value)
    if problem is not None:
        raise InvalidInputError(problem)


def read_commit(value: str) -> Commit | None:
    """The commit that a value of `buildkite:git:commit` describes; None if it is none.

    Source: buildkite/agent internal/job/checkout_metadata.go, the format that it asks Git for.
    """
    found = _COMMIT.fullmatch(value)
    if found is None:
        return None
    lines = [line.removeprefix("    ") for line in found["message"].splitlines()]
    author = {"name": found["name"], "email": found["email"]}
    return Commit(found["commit"], author, "\n".join(lines).strip("\n"))
