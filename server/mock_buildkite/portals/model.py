"""What a portal is, and what opens it for how long."""

from datetime import datetime, timedelta
from enum import Enum

from msgspec import Struct

from mock_buildkite.errors import InvalidInputError

MOST_SECRETS = 2
"""Enough to replace one by another."""
CODE_LIFE = timedelta(minutes=5)
_LONGEST_EXPIRES_IN = 10**9


class PortalTokenKind(Enum):
    """How a portal token was got, which decides in whose name it acts and for how long."""

    SERVICE = "service"
    """With the portal, or by an administrator: it lives until it is removed."""
    EPHEMERAL = "ephemeral"
    """In exchange for a portal secret."""
    USER = "user"
    """In exchange for a code that a user approved: it acts as that user."""


LONGEST_LIVES = {
    PortalTokenKind.EPHEMERAL: timedelta(minutes=60),
    PortalTokenKind.USER: timedelta(hours=12),
}


class NewPortal(Struct, frozen=True):
    """What is chosen about a portal when it is made."""

    name: str
    query: str
    slug: str | None = None
    """None: made of the name."""
    description: str | None = None
    allowed_ip_addresses: str | None = None
    user_invokable: bool = False


class Portal(Struct, frozen=True):
    """A GraphQL document of an organization, to be run by whoever has a token for it."""

    id: int
    uuid: str
    organization_id: int
    slug: str
    name: str
    description: str | None
    query: str
    allowed_ip_addresses: str | None
    """None: anywhere."""
    user_invokable: bool
    created_by: int
    created_at: datetime


class PortalSecret(Struct, frozen=True):
    """What ephemeral portal tokens are had in exchange for."""

    id: int
    uuid: str
    portal_id: int
    created_at: datetime
    revoked_at: datetime | None


class PortalToken(Struct, frozen=True):
    """What opens one portal."""

    id: int
    uuid: str
    portal_id: int
    kind: PortalTokenKind
    user_id: int | None
    """Whom it acts as; None for those that act as the organization."""
    expires_at: datetime | None
    created_at: datetime
    revoked_at: datetime | None

    def is_usable(self, now: datetime) -> bool:
        """Whether it still opens anything: not removed, not expired.

        Expiry is exclusive: at that very moment it is expired.
        """
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class PortalCode(Struct, frozen=True):
    """What a user approves so that somebody gets a token in that user's name."""

    id: int
    portal_id: int
    secret_digest: bytes
    """Of what only the one who asked for the code was told."""
    expires_at: datetime
    approved_by: int | None
    redeemed_at: datetime | None

    def is_usable(self, now: datetime) -> bool:
        """Whether a token can still come of it."""
        return self.redeemed_at is None and now < self.expires_at


def expiry(kind: PortalTokenKind, expires_in_minutes: int | None, now: datetime) -> datetime:
    """When a token that is made now expires: as late as it can, unless something shorter is asked.

    Raises:
        InvalidInputError: what is asked is no time at all.
    """
    longest = LONGEST_LIVES[kind]
    if expires_in_minutes is None:
        return now + longest
    if expires_in_minutes < 1:
        msg = "expires_in must be a positive number of minutes"
        raise InvalidInputError(msg)
    # Unverified: what becomes of a longer time than there is. It is cut short.
    return now + min(longest, timedelta(minutes=min(expires_in_minutes, _LONGEST_EXPIRES_IN)))
