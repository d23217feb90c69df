"""Moments, as the REST API writes them."""

from datetime import UTC, datetime
from typing import overload

from mock_buildkite.errors import MalformedParameterError


@overload
def spelled(moment: datetime) -> str: ...
@overload
def spelled(moment: None) -> None: ...
@overload
def spelled(moment: datetime | None) -> str | None: ...
def spelled(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC with three digits of the second's fraction, and `Z`."""
    if moment is None:
        return None
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def whole_seconds(moment: datetime) -> str:
    """The same without a fraction."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def in_words(moment: datetime | None) -> str | None:
    """The form of the access token: no ISO 8601, which tries the fallbacks of clients."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def read(name: str, text: str | None) -> datetime | None:
    """A moment that a parameter names; one without an offset is in UTC.

    Raises:
        MalformedParameterError: it is none, as ISO 8601 writes them.
    """
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        msg = f"{name} must be a moment in ISO 8601"
        raise MalformedParameterError(msg) from None
