"""Moments, as the REST API writes them."""

from datetime import UTC, datetime
from typing import overload


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
