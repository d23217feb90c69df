"""Relay connections over lists: pages, cursors and counts.

Source: pages/apis/graphql/graphql-resource-limits of Buildkite's documentation.
"""

import base64
import binascii
from collections.abc import Sequence
from typing import Generic, Protocol, TypedDict, TypeVar, Unpack

from msgspec import Struct

from mock_buildkite.errors import InvalidInputError
from mock_buildkite.storage.listing import Listing

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


class Edge(Struct, Generic[T], frozen=True):
    """One thing on a page."""

    cursor: str
    node: T


class PageInfo(Struct, frozen=True):
    """Where a page begins and ends."""

    start_cursor: str | None
    end_cursor: str | None
    has_previous_page: bool
    has_next_page: bool


class Connection(Struct, Generic[T], frozen=True):
    """A page of a list, and the size of the whole list."""

    count: int
    edges: list[Edge[T]]
    page_info: PageInfo


class LongConnection(Generic[T]):
    """A page of a list that may be long: of the rest no more is found out than is asked for."""

    def __init__(self, listing: Listing[T], page: Sequence[T], page_arguments: Page) -> None:
        self._listing = listing
        self._after = _uuid(page_arguments.get("after"))
        self.edges = [Edge(cursor(item), item) for item in page]

    @property
    def count(self) -> int:
        """The size of the whole list."""
        return self._listing.count()

    @property
    def page_info(self) -> PageInfo:
        """Where the page begins and ends, and whether there is more."""
        if not self.edges:
            before_it = self._after is not None and self._listing.is_any()
            return PageInfo(None, None, before_it, self._listing.is_any(after=self._after))
        first, last = self.edges[0], self.edges[-1]
        return PageInfo(
            start_cursor=first.cursor,
            end_cursor=last.cursor,
            has_previous_page=self._listing.is_any(before=first.node.uuid),
            has_next_page=self._listing.is_any(after=last.node.uuid),
        )


def connect(
    items: Sequence[T],
    *,
    first: int | None = None,
    last: int | None = None,
    after: str | None = None,
    before: str | None = None,
    largest: int = LARGEST_PAGE,
) -> Connection[T]:
    """The page of a list that was asked for; 500 at most, also when no size was given.

    Some lists have larger pages, for those who ask.

    A cursor whose thing has gone since gives an empty page.

    Raises:
        InvalidInputError: a negative size, or a cursor that is none.
    """
    _check_sizes(first, last)
    start, end = 0, len(items)
    if after:
        start = _position(items, after, missing=end) + 1
    if before:
        end = _position(items, before, missing=0)
    end = max(start, end)
    if first is not None or last is None:
        end = min(end, start + _page_size(first, largest))
    if last is not None:
        start = max(start, end - _page_size(last, largest))
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


def connect_long(listing: Listing[T], **page: Unpack[Page]) -> LongConnection[T]:
    """The same of a list that only the database reads as a whole.

    Raises:
        InvalidInputError: a negative size, or a cursor that is none.
    """
    first, last = page.get("first"), page.get("last")
    _check_sizes(first, last)
    after, before = _uuid(page.get("after")), _uuid(page.get("before"))
    if first is None and last is not None:
        size = _page_size(last)
        return LongConnection(listing, listing.between(after, before, size, from_end=True), page)
    found = listing.between(after, before, _page_size(first))
    if last is not None:
        found = found[max(0, len(found) - _page_size(last)) :]
    return LongConnection(listing, found, page)


def cursor(item: HasUuid) -> str:
    """The opaque text that stands for a place in a list."""
    return base64.b64encode(item.uuid.encode()).decode()


def _check_sizes(first: int | None, last: int | None) -> None:
    for name, size in (("first", first), ("last", last)):
        if size is not None and size < 0:
            msg = f"{name} must not be negative"
            raise InvalidInputError(msg)


def _page_size(asked: int | None, largest: int = LARGEST_PAGE) -> int:
    return LARGEST_PAGE if asked is None else min(asked, largest)


def _uuid(text: str | None) -> str | None:
    """What a cursor points at; None for none, which some clients send empty."""
    if not text:
        return None
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError) as error:
        msg = f"{text!r} is not a cursor"
        raise InvalidInputError(msg) from error


def _position(items: Sequence[T], text: str, *, missing: int) -> int:
    uuid = _uuid(text)
    return next((place for place, item in enumerate(items) if item.uuid == uuid), missing)
