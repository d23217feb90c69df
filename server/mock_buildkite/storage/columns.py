"""Rows read into frozen dataclasses whose fields are named as the columns are."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from enum import Enum
from functools import lru_cache
from operator import itemgetter
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from mock_buildkite.clock import from_text
from mock_buildkite.storage.database import Row
from mock_buildkite.storage.json_text import from_json

T = TypeVar("T")

Convert = Callable[[Any], Any]


def columns(cls: type[Any]) -> str:
    """The columns that a dataclass has, for a query that reads no others."""
    return ", ".join(f'"{field.name}"' for field in fields(cls))


def reader(cls: type[T]) -> Callable[[Row], T]:
    """A function that reads a row of a table into a dataclass.

    Moments, booleans, enums and JSON are converted by the field's type; a null stays None. Columns
    that the dataclass does not have are passed over.
    """
    hints = get_type_hints(cls)
    names = [field.name for field in fields(cls)]  # type: ignore[arg-type]
    conversions = [
        (index, convert)
        for index, convert in enumerate(_conversion(hints[name]) for name in names)
        if convert is not None
    ]

    @lru_cache
    def picker(columns: tuple[str, ...]) -> Callable[[Row], tuple[Any, ...]]:
        # By number: a row looks for a name among all of its columns, one after the other.
        return itemgetter(*(columns.index(name) for name in names))

    def read(row: Row) -> T:
        values = list(picker(tuple(row.keys()))(row))
        for index, convert in conversions:
            value = values[index]
            if value is not None:
                values[index] = convert(value)
        return cls(*values)

    return read


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


_JSON: dict[object, Convert] = {
    dict: from_json,
    list: from_json,
    Mapping: from_json,
    frozenset: _frozenset,
    tuple: lambda text: tuple(from_json(text)),
}


def _members(cls: type[Enum]) -> dict[str, Enum]:
    return {member.value: member for member in cls}
