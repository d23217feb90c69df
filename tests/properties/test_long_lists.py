"""Lists that the database reads in parts come out as those that are read as a whole."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from mock_buildkite.graphql_api.connections import Page, connect, connect_long, cursor
from mock_buildkite.storage.columns import reader
from mock_buildkite.storage.database import Transaction
from mock_buildkite.storage.listing import Listing


class Thing(Struct, frozen=True):
    """What a list holds: its place is told by a rank, and by its key where that is the same."""

    id: int
    uuid: str
    rank: int


RANKS = st.lists(st.integers(0, 3), max_size=12)
SIZES = st.none() | st.integers(0, 14)
PLACES = st.none() | st.integers(-1, 12)
"""Which of the things a cursor points at; some of them are not there."""


@contextmanager
def listing(ranks: list[int], key: str) -> Iterator[Listing[Thing]]:
    """Things of such ranks in a database, among others that are not asked for."""
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    connection.execute(
        "create table things (id integer primary key, uuid text, rank integer, asked integer)"
    )
    for number, rank in enumerate(ranks):
        for asked in (1, 0):
            connection.execute(
                "insert into things (uuid, rank, asked) values (?, ?, ?)",
                (f"{'thing' if asked else 'other'} {number}", rank, asked),
            )
    found = Listing(
        Transaction(connection, datetime(2026, 1, 1, tzinfo=UTC)), "things", reader(Thing), key=key
    )
    found.ask("asked = ?", 1)
    yield found
    connection.close()


def pointing_at(place: int | None) -> str | None:
    return None if place is None else cursor(Thing(0, f"thing {place}", 0))


@given(
    ranks=RANKS,
    key=st.sampled_from(["id", "rank", "coalesce(rank, 0)"]),
    first=SIZES,
    last=SIZES,
    after=PLACES,
    before=PLACES,
)
def test_every_page_is_the_same(
    *,
    ranks: list[int],
    key: str,
    first: int | None,
    last: int | None,
    after: int | None,
    before: int | None,
) -> None:
    page: Page = {
        "first": first,
        "last": last,
        "after": pointing_at(after),
        "before": pointing_at(before),
    }
    with listing(ranks, key) as found:
        everything = found.part(size=100)

        long, short = connect_long(found, **page), connect(everything, **page)

        assert long.edges == short.edges
        assert long.count == short.count == len(ranks)
        assert long.page_info == short.page_info


@given(ranks=RANKS, size=st.integers(1, 5), key=st.sampled_from(["id", "rank"]))
def test_parts_by_offset_join_up(ranks: list[int], size: int, key: str) -> None:
    with listing(ranks, key) as found:
        parts = [found.part(size=size, offset=offset) for offset in range(0, len(ranks), size)]

        joined = [thing for part in parts for thing in part]

    ordered = sorted(
        joined, key=lambda thing: (thing.rank if key == "rank" else 0, thing.id), reverse=True
    )
    assert joined == ordered
    assert len(joined) == len(ranks)
