"""Rows of a table by many integer keys at once, so that a list costs no query for each entry."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from mock_buildkite.storage.database import Row, Transaction
from mock_buildkite.storage.json_text import to_json

T = TypeVar("T")


def find_several(
    tx: Transaction, table: str, read: Callable[[Row], T], numbers: Iterable[int | None]
) -> dict[int, T]:
    """What stands under those integer keys, by key. None and keys without a row are passed over."""
    wanted = {number for number in numbers if number is not None}
    if not wanted:
        return {}
    rows = tx.all(f"select * from {table} where id in {AMONG}", (to_json(sorted(wanted)),))  # noqa: S608 - ours
    return {row["id"]: read(row) for row in rows}


AMONG = "(select value from json_each(?))"
"""The values of a JSON array, of which there may be more than a statement can have parameters."""
