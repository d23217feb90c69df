"""Relay connections over lists: pages, cursors and counts.

Source: pages/apis/graphql/graphql-resource-limits of Buildkite's documentation.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypedDict, TypeVar

from mock_buildkite.errors import InvalidInputError

LARGEST_PAGE = 500


class HasUuid(Protocol):
    """What a cursor can point at."""

    @property
    def uuid(self) -> str:
        """What tells it from the others."""
        ...


T = TypeVar("T", bound=HasUuid)


class Page(TypedDict, total=False):
    """The arguments of a connection that has them all."""

    first: int | None
    last: int | None
    after: str | None
    before: str | None


@dataclass(frozen=True, slots=True)
class Edge(Generic[T]):
    """One thing on a page."""

    cursor: str
    node: T


@dataclass(frozen=True, slots=True)
class PageInfo:
    """Where a page begins and ends."""

    start_cursor: str | None
    end_cursor: str | None
    has_previous_page: bool
    has_next_page: bool


@dataclass(frozen=True, slots=True)
class Connection(Generic[T]):
    """A page of a list, and the size of the whole list."""

    count: int
    edges: list[Edge[T]]
    page_info: PageInfo


def connect(
    items: Sequence[T],
    *,
    first: int | None = None,
    last: int | None = None,
    after: str | None = None,
    before: str | None = None,
) -> Connection[T]:
    """The page of a list that was asked for; 500 at most, also when no size was given.

    A cursor whose thing has gone since gives an empty page.

    Raises:
        InvalidInputError: a negative size, or a cursor that is none.
    """
    for name, size in (("first", first), ("last", last)):
        if size is not None and size < 0:
            msg = f"{name} must not be negative"
            raise InvalidInputError(msg)
    start, end = 0, len(items)
    if after:
        start = _position(items, after, missing=end) + 1
    if before:
        end = _position(items, before, missing=0)
    end = max(start, end)
    if first is not None or last is None:
        end = min(end, start + _page_size(first))
    if last is not None:
        start = max(start, end - _page_size(last))
    page = items[start:end]
    edges = [Edge(cursor(item), item) for item in page]
    return Connection(
        count=len(items),
        edges=edges,
        page_info=PageInfo(
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
            has_previous_page=start > 0 and bool(items),
            has_next_page=end < len(items),
        ),
    )


def cursor(item: HasUuid) -> str:
    """The opaque text that stands for a place in a list."""
    return base64.b64encode(item.uuid.encode()).decode()


def _page_size(asked: int | None) -> int:
    return LARGEST_PAGE if asked is None else min(asked, LARGEST_PAGE)


def _position(items: Sequence[T], text: str, *, missing: int) -> int:
    try:
        uuid = base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError) as error:
        msg = f"{text!r} is not a cursor"
        raise InvalidInputError(msg) from error
    return next((place for place, item in enumerate(items) if item.uuid == uuid), missing)
