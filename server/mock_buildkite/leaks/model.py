"""What is reported, and what comes of it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from msgspec import Struct


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that looks like a token, found by GitHub in public."""

    token: str = field(repr=False)
    """As it was found, with whatever else was taken for a part of it."""
    type: str
    """What GitHub takes it for; nothing depends on it."""
    url: str
    """Where it was found; may be empty. It is somebody else's text, and nothing fetches it."""
    source: str


class Action(Enum):
    """What a report led to."""

    REVOKED = "revoked"
    """The token was ended, everywhere."""
    ALREADY_OVER = "already_over"
    """It would have been, but had been revoked or had expired."""
    RECORDED = "recorded"
    """Nothing else: tokens of that kind go on."""


class Leaked(Struct, frozen=True):
    """A token on record that a report is about."""

    digest: bytes
    kind: str
    token_uuid: str
    """That of its agent or job, for a session or job token."""
    organizations: tuple[str, ...]
    """The slugs of those that it opens something of."""
    action: Action


class Leak(Struct, frozen=True):
    """A token that was found in a place."""

    id: int
    digest: bytes
    kind: str
    token_uuid: str
    """Of its agent or job, for a session or job token."""
    organizations: tuple[str, ...]
    """The slugs of those that it opens something of."""
    reported_type: str
    url: str
    source: str
    action: Action
    times_reported: int
    first_reported_at: datetime
    last_reported_at: datetime
