"""Pieces of logs as agents send them.

Source: buildkite/agent api/chunks.go and, of 3.x, api/header_times.go.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec

from mock_buildkite.bodies import decode
from mock_buildkite.errors import InvalidInputError
from mock_buildkite.exchange import unread_encoding
from mock_buildkite.job_logs.model import Chunk, received

_PARAMETER = re.compile("(?:^|&)(sequence|offset|size)=([^&]*)")
"""Digits are never percent-encoded; reading any query takes longer than adding a chunk."""

_PACKED = {"gzip": True, "identity": False}
_MOST_DIGITS = 18
LARGEST_INTEGER = 2**63 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class HeaderTimesBody(msgspec.Struct):
    """The body of `POST header_times`: moments by the running numbers of headers."""

    header_times: dict[str, Annotated[datetime, msgspec.Meta(tz=True)]]


def chunk(query: str, encoding: str, body: bytes) -> Chunk:
    """A piece of output.

    Raises:
        UnsupportedEncodingError: it is compressed with something else than gzip.
        InvalidInputError: a parameter is no number, or the body is not what they say.
    """
    if encoding not in _PACKED:
        raise unread_encoding(encoding)
    parameters = dict(_PARAMETER.findall(query))
    _whole_number("sequence", parameters.get("sequence"))  # says nothing that the offset does not
    offset = _whole_number("offset", parameters.get("offset"))
    size = _whole_number("size", parameters.get("size"))
    return received(offset, size, body, is_packed=_PACKED[encoding])


def header_times(body: bytes) -> dict[int, int]:
    """When headers were printed: Unix nanoseconds by the number of the header.

    Raises:
        InvalidInputError: a header's number is none, or a moment is none.
    """
    times = decode(body, HeaderTimesBody).header_times
    return {
        _whole_number("A header's number", number): _nanoseconds(moment)
        for number, moment in times.items()
    }


def _whole_number(name: str, text: str | None) -> int:
    if text is None or not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        msg = f"{name} must be a whole number that is not negative"
        raise InvalidInputError(msg)
    return int(text)


def _nanoseconds(moment: datetime) -> int:
    nanoseconds = (moment - _EPOCH) // timedelta(microseconds=1) * 1000
    if not 0 <= nanoseconds <= LARGEST_INTEGER:
        msg = f"No header was printed at {moment.isoformat()}"
        raise InvalidInputError(msg)
    return nanoseconds
