"""Long lists that are read in parts: counted, skipped through and paged by the database."""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Generic, TypeVar

from mock_buildkite.clock import to_text
from mock_buildkite.storage.database import Row, Transaction

T = TypeVar("T")


class Listing(Generic[T]):
    """The rows of a table that meet all conditions asked for, those with the last key first.

    It lives no longer than its transaction. Names of tables, columns and conditions are the code's,
    never a caller's.
    """

    def __init__(
        self, tx: Transaction, table: str, read: Callable[[Row], T], *, key: str = "id"
    ) -> None:
        self._tx = tx
        self._table = table
        self._read = read
        self._key = key
        """An expression that orders them; rows with the same are ordered by their integer key."""
        self._conditions: list[str] = []
        self._parameters: list[object] = []

    def ask(self, condition: str, *parameters: object) -> None:
        """Let only those through that meet a condition."""
        self._conditions.append(condition)
        self._parameters.extend(parameters)

    def ask_among(self, column: str, values: Collection[object] | None) -> None:
        """Let only those through that have one of some values; None asks for nothing."""
        if values is not None:
            marks = ", ".join("?" * len(values))
            self.ask(f"{column} in ({marks})", *values)

    def ask_between(self, column: str, earliest: datetime | None, before: datetime | None) -> None:
        """Let only those through whose moment is not before one, and before another."""
        for comparison, moment in ((">=", earliest), ("<", before)):
            if moment is not None:
                self.ask(f"{column} {comparison} ?", to_text(moment))

    def count(self) -> int:
        """How many there are."""
        count: int = self._tx.value(f"select count(*) {self._from}", self._parameters)
        return count

    def part(self, *, size: int, offset: int = 0) -> list[T]:
        """So many of them, after those that are skipped."""
        rows = self._tx.all(
            f"select * {self._from} order by {self._key} desc, id desc limit ? offset ?",
            [*self._parameters, size, offset],
        )
        return [self._read(row) for row in rows]

    def between(
        self, after: str | None, before: str | None, size: int, *, from_end: bool = False
    ) -> list[T]:
        """So many of those that come after the one with a UUID, and before another: first or last.

        Nothing comes after or before what is not there.
        """
        conditions, parameters = self._bounded(after, before)
        way = "asc" if from_end else "desc"
        rows = self._tx.all(
            f"select * from {self._table} where {conditions}"  # noqa: S608 - ours
            f" order by {self._key} {way}, id {way} limit ?",
            [*parameters, size],
        )
        found = [self._read(row) for row in rows]
        return found[::-1] if from_end else found

    def is_any(self, after: str | None = None, before: str | None = None) -> bool:
        """Whether there are any, after the one with a UUID and before another."""
        conditions, parameters = self._bounded(after, before)
        sql = f"select exists (select 1 from {self._table} where {conditions})"  # noqa: S608 - ours
        return bool(self._tx.value(sql, parameters))

    @property
    def _from(self) -> str:
        return f"from {self._table} where {' and '.join(self._conditions) or 'true'}"

    def _bounded(self, after: str | None, before: str | None) -> tuple[str, list[object]]:
        conditions, parameters = [*self._conditions], [*self._parameters]
        for uuid, comparison in ((after, "<"), (before, ">")):
            if uuid is not None:
                place = f"select {self._key}, id from {self._table} where uuid = ?"  # noqa: S608 - ours
                conditions.append(f"({self._key}, id) {comparison} ({place})")
                parameters.append(uuid)
        return " and ".join(conditions) or "true", parameters
