"""Rows read into frozen structs whose fields have the columns' names; a null stays None."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from functools import lru_cache
from operator import itemgetter
from types import UnionType
from typing import Any, Generic, TypeVar, Union, get_args, get_origin, get_type_hints

from msgspec import Struct

from mock_buildkite.clock import from_text
from mock_buildkite.storage.database import Row
from mock_buildkite.storage.json_text import from_json

T = TypeVar("T", bound=Struct)

Convert = Callable[[Any], Any]


class Part(Generic[T]):
    """The columns of one table in a query that names them all: those of a row, or a part of them.

    They are read by their place, which takes half the time of finding them by name.
    """

    __slots__ = ("_cls", "_conversions", "_start", "columns", "end")

    def __init__(self, cls: type[T], table: str, *, after: "Part[Any] | None" = None) -> None:
        names = _names(cls)
        self._cls = cls
        self._conversions = _conversions(cls)
        self._start: int = 0 if after is None else after.end
        self.end: int = self._start + len(names)
        """The place of the first column after them."""
        self.columns = ", ".join(f'{table}."{name}"' for name in names)
        """For the query, which has them right after those of the part before."""

    def read(self, row: Row) -> T:
        """What the row has in their places."""
        values = list(row[self._start : self.end])
        return _build(self._cls, values, self._conversions)

    def read_if_there(self, row: Row) -> T | None:
        """The same, or None where an outer join has found nothing; the first is never null else."""
        return None if row[self._start] is None else self.read(row)


def reader(cls: type[T]) -> Callable[[Row], T]:
    """A function that reads a row of a table into a struct.

    Columns that it does not have are passed over.
    """
    names, conversions = _names(cls), _conversions(cls)

    @lru_cache
    def picker(columns: tuple[str, ...]) -> Callable[[Row], tuple[Any, ...]]:
        # By number: a row looks for a name among all of its columns, one after the other.
        return itemgetter(*(columns.index(name) for name in names))

    def read(row: Row) -> T:
        return _build(cls, list(picker(tuple(row.keys()))(row)), conversions)

    return read


def _build(cls: type[T], values: list[Any], conversions: Sequence[tuple[int, Convert]]) -> T:
    for index, convert in conversions:
        value = values[index]
        if value is not None:
            values[index] = convert(value)
    return cls(*values)


def _names(cls: type[Struct]) -> list[str]:
    return list(cls.__struct_fields__)


def _conversions(cls: type[Struct]) -> list[tuple[int, Convert]]:
    """What makes moments, booleans, enums and JSON of columns, by the fields' types and places."""
    hints = get_type_hints(cls)
    found = ((index, _conversion(hints[name])) for index, name in enumerate(_names(cls)))
    return [(index, convert) for index, convert in found if convert is not None]


def _conversion(hint: Any) -> Convert | None:  # noqa: ANN401 - a type of any form
    if get_origin(hint) in {Union, UnionType}:
        (hint,) = (each for each in get_args(hint) if each is not type(None))
    origin = get_origin(hint) or hint
    if origin is datetime:
        return from_text
    if origin is bool:
        return bool
    if isinstance(origin, type) and issubclass(origin, Enum):
        return _members(origin).__getitem__
    return _JSON.get(origin)


@lru_cache
def _frozenset(text: str) -> frozenset[Any]:
    return frozenset(from_json(text))


@lru_cache
def _tuple(text: str) -> tuple[Any, ...]:
    return tuple(from_json(text))


_JSON: dict[object, Convert] = {
    dict: from_json,
    list: from_json,
    Mapping: from_json,
    frozenset: _frozenset,
    tuple: _tuple,
}


def _members(cls: type[Enum]) -> dict[str, Enum]:
    return {member.value: member for member in cls}
