"""How a search for artifacts is written: an exact path, or a pattern over the whole path.

`*` matches any characters, slashes too; `?` is one character, `{a,b}` either text. `**/` also
matches nothing, so that `logs/**/*.txt` finds `logs/a.txt`. All other characters are themselves.

Source: pages/agent/cli/reference/artifact.md of Buildkite's documentation, which knows `*` alone
and says that `?` need not be escaped: a path that has the query's very characters comes first.
Unverified: whether the real service reads `?` and braces.
"""

import re

from mock_buildkite.errors import InvalidInputError

LONGEST_QUERY = 4096
MOST_ALTERNATIVES = 256

_BRACES = re.compile(r"\{([^{}]*,[^{}]*)\}")
_ANY_FOLDERS = re.compile(r"(?<![^/])\*\*+/")
_STARS = re.compile(r"\*+")


def check_query(query: str) -> None:
    """Refuse what cannot be searched for.

    Raises:
        InvalidInputError: it is empty or too long, or has a NUL.
    """
    if not query or len(query) > LONGEST_QUERY or "\0" in query:
        msg = f"query must have 1 to {LONGEST_QUERY} characters, and no NUL"
        raise InvalidInputError(msg)


def is_exact(query: str) -> bool:
    """Whether a query can only be one path."""
    return not set(query) & set("*?{")


def has_star(query: str) -> bool:
    """Whether a query is meant as a pattern, whatever paths there are."""
    return "*" in query


def globs(query: str) -> list[str]:
    """The patterns that a query stands for, as SQLite's `glob` reads them; any of them may match.

    Raises:
        InvalidInputError: they are too many.
    """
    alternatives = [_ANY_FOLDERS.sub("{,*/}", query)]
    while any(_BRACES.search(each) for each in alternatives):
        alternatives = list(dict.fromkeys(more for each in alternatives for more in _opened(each)))
        if len(alternatives) > MOST_ALTERNATIVES:
            msg = f"query stands for more than {MOST_ALTERNATIVES} patterns"
            raise InvalidInputError(msg)
    return [_STARS.sub("*", each.replace("[", "[[]")) for each in alternatives]


def _opened(query: str) -> list[str]:
    """A query with its first innermost braces replaced by each of what they hold."""
    found = _BRACES.search(query)
    if found is None:
        return [query]
    before, after = query[: found.start()], query[found.end() :]
    return [f"{before}{each}{after}" for each in found[1].split(",")]
