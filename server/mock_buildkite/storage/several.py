"""Rows of a table by many keys at once, so that a list costs no query for each entry."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from msgspec import Struct

from mock_buildkite.storage.columns import Part
from mock_buildkite.storage.database import Row, Transaction
from mock_buildkite.storage.json_text import to_json

T = TypeVar("T", bound=Struct)


def find_several(
    tx: Transaction,
    table: str,
    read: Callable[[Row], T],
    numbers: Iterable[int | None],
    columns: str = "*",
) -> dict[int, T]:
    """What stands under those integer keys, by key. None and keys without a row are passed over."""
    wanted = {number for number in numbers if number is not None}
    if not wanted:
        return {}
    rows = tx.all(f"select {columns} from {table} where id in {AMONG}", (to_json(sorted(wanted)),))  # noqa: S608 - ours
    return {row["id"]: read(row) for row in rows}


def find_by_digests(
    tx: Transaction, table: str, wanted: Part[T], digests: Sequence[bytes]
) -> dict[bytes, T]:
    """A part of the rows with those digests, by digest. Those without a row are passed over."""
    found: dict[bytes, T] = {}
    for start in range(0, len(digests), _PARAMETERS):
        some = digests[start : start + _PARAMETERS]
        marks = ", ".join("?" * len(some))
        rows = tx.all(
            f"select {wanted.columns}, digest from {table} where digest in ({marks})",  # noqa: S608 - ours
            some,
        )
        found.update((row[wanted.end], wanted.read(row)) for row in rows)
    return found


_PARAMETERS = 500
"""How many a statement has, where they are no integers and no text."""
AMONG = "(select value from json_each(?))"
"""The values of a JSON array, of which there may be more than a statement can have parameters."""
