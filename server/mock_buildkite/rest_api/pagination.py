"""Lists in parts: by the number of a page, or, for a few nouns, by cursors.

Source: pages/apis/rest_api.md of Buildkite's documentation; the parsers of the `Link` header in
buildkite/go-buildkite buildkite.go and pyasi/pybuildkite pybuildkite/client.py, which split it at
commas and semicolons wherever those stand.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar
from urllib.parse import urlencode

from msgspec import Struct

from mock_buildkite.errors import MalformedParameterError
from mock_buildkite.rest_api.answers import Answer
from mock_buildkite.rest_api.calls import Call

DEFAULT_SIZE = 30
LARGEST_SIZE = 100
HIGHEST_NUMBER = 2**53
_OWN_PARAMETERS = {"page", "per_page", "after", "before"}
_CREDENTIALS = {"access_token", "api_key", "token"}
"""Nothing reads these from a query. What somebody sends there is not sent back."""


class HasUuid(Protocol):
    """What a cursor can point at."""

    @property
    def uuid(self) -> str:
        """What tells it from the others."""
        ...


T = TypeVar("T")
U = TypeVar("U", bound=HasUuid)


class Window(Struct, frozen=True):
    """The part of a list that is asked for."""

    number: int
    """Of the page, from 1."""
    size: int

    @property
    def offset(self) -> int:
        """How many come before it."""
        return (self.number - 1) * self.size


def window(call: Call) -> Window:
    """The page that a call asks for.

    Raises:
        MalformedParameterError: `page` or `per_page` is no number.
    """
    return Window(_number(call, "page") or 1, _size(call))


def page(call: Call, items: Sequence[T], spell: Callable[[T], object]) -> Answer:
    """The asked page of a whole list. One beyond its end is empty."""
    return page_together(call, items, lambda part: [spell(item) for item in part])


def page_together(
    call: Call, items: Sequence[T], spell: Callable[[Sequence[T]], list[Any]]
) -> Answer:
    """The same, with all its items spelled at once."""
    asked = window(call)
    part = items[asked.offset : asked.offset + asked.size]
    return page_of(call, asked, spell(part), len(items))


def page_of(call: Call, asked: Window, spelled: list[Any], total: int) -> Answer:
    """A page that was read alone, of a list of that total length."""
    last = max(1, -(-total // asked.size))
    numbers: dict[str, int] = {}
    if asked.number > 1:
        numbers |= {"first": 1, "prev": min(asked.number - 1, last)}
    if asked.number < last:
        numbers |= {"next": asked.number + 1, "last": last}
    links = [
        f'<{_address(call, page=number, per_page=asked.size)}>; rel="{relation}"'
        for relation, number in numbers.items()
    ]
    return Answer(spelled, {"Link": ", ".join(links)} if links else {})


def cursor_page(
    call: Call, items: Sequence[U], spell: Callable[[Sequence[U]], list[Any]]
) -> Answer:
    """The asked part of a whole list whose parts are told by what stands next to them.

    Raises:
        MalformedParameterError: both cursors are given, one is unknown, or `per_page` is no number.
    """
    after, before, size = call.parameter("after"), call.parameter("before"), _size(call)
    if after and before:
        msg = "after and before cannot be given together"
        raise MalformedParameterError(msg)
    start = _position(items, after) + 1 if after else 0
    if before:
        end = _position(items, before)
        start = max(0, end - size)
    part = items[start : end if before else start + size]
    cursors = {"after": after} if after else {"before": before} if before else {}
    links = {"self": _address(call, per_page=size, **cursors)}
    if part and start + len(part) < len(items):
        links["next"] = _address(call, per_page=size, after=part[-1].uuid)
    if part and start > 0:
        links["prev"] = _address(call, per_page=size, before=part[0].uuid)
    links["first"] = _address(call, per_page=size)
    return Answer({"items": spell(part), "links": links})


def _size(call: Call) -> int:
    return min(_number(call, "per_page") or DEFAULT_SIZE, LARGEST_SIZE)


def _number(call: Call, name: str) -> int:
    """A parameter that counts; 0 when it is not given. pybuildkite sends `page=0` for the first."""
    text = call.parameter(name) or "0"
    if not (text.isascii() and text.isdecimal()) or int(text[:20]) > HIGHEST_NUMBER:
        msg = f"{name} must be a positive integer"
        raise MalformedParameterError(msg)
    return int(text)


def _position(items: Sequence[HasUuid], cursor: str) -> int:
    for place, item in enumerate(items):
        if item.uuid == cursor:
            return place
    msg = "Cursor is not one of this list"
    raise MalformedParameterError(msg)


def _address(call: Call, **own: object) -> str:
    """The called address with these parameters, and the call's others as they are."""
    dropped = _OWN_PARAMETERS | _CREDENTIALS
    others = [pair for pair in call.received.query.multi_items() if pair[0] not in dropped]
    return f"{call.received.url}?{urlencode([*own.items(), *others])}"
