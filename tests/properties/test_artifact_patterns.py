"""Patterns of artifact searches against a plain reading of what they should mean."""

import re
import sqlite3

from hypothesis import given
from hypothesis import strategies as st

from mock_buildkite.artifacts import patterns
from mock_buildkite.errors import InvalidInputError

TEXTS = st.text("ab/[]?*{},.", max_size=12)
PATHS = st.text("ab/[].", min_size=1, max_size=12)


def matches(query: str, path: str) -> bool:
    """Whether SQLite, with what we give it, lets a path through."""
    with sqlite3.connect(":memory:") as connection:
        return any(
            connection.execute("select ? glob ?", (path, glob)).fetchone()[0]
            for glob in patterns.globs(query)
        )


@given(st.text("ab/[].?*", max_size=12), PATHS)
def test_stars_and_question_marks_mean_any_characters_and_one(query: str, path: str) -> None:
    expression = re.sub(r"(?<![^/])\\\*(\\\*)+/", "(.*/)?", re.escape(query))
    expression = expression.replace(r"\*", ".*").replace(r"\?", ".")

    assert matches(query, path) == bool(re.fullmatch(expression, path, re.DOTALL))


@given(PATHS, st.lists(PATHS, min_size=2, max_size=5), PATHS)
def test_braces_mean_each_of_what_they_hold(before: str, held: list[str], after: str) -> None:
    query = f"{before}{{{','.join(held)}}}{after}"

    assert all(matches(query, f"{before}{each}{after}") for each in held)


@given(TEXTS)
def test_any_text_is_a_query_or_is_too_much(query: str) -> None:
    try:
        found = patterns.globs(query)
    except InvalidInputError:
        return

    assert 1 <= len(found) <= patterns.MOST_ALTERNATIVES


@given(PATHS)
def test_every_path_finds_itself(path: str) -> None:
    assert patterns.is_exact(path)
    assert matches(path, path)
