"""What an agent token is, and the rules it lives by."""

from datetime import datetime, timedelta
from enum import Enum

from msgspec import Struct

from mock_buildkite.errors import InvalidInputError, InvalidStateError

SHORTEST_LIFE = timedelta(minutes=10)


class DerivedFrom(Enum):
    """The key from which a token's value can be derived again."""

    SEED = "seed"
    REVEAL = "reveal"


class AgentToken(Struct, frozen=True):
    """What admits agents: to one cluster, or, without one, to the unclustered queues."""

    id: int
    uuid: str
    organization_id: int
    cluster_id: int | None
    derived_from: DerivedFrom | None
    description: str | None
    public: bool
    allowed_ip_addresses: str
    expires_at: datetime | None
    created_by: int | None
    created_at: datetime
    revoked_at: datetime | None
    revoked_by: int | None
    revoked_reason: str | None
    first_used_at: datetime | None = None
    """When the first agent registered with it."""

    @property
    def is_clustered(self) -> bool:
        """Whether it belongs to a cluster."""
        return self.cluster_id is not None

    def is_usable(self, now: datetime) -> bool:
        """Whether it admits a new agent: not revoked, not expired.

        Expiry is exclusive: at that very moment it is expired. Neither touches an agent that was
        admitted before.
        """
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def checked_description(description: str | None) -> str:
    """The description that administrators tell tokens apart by.

    Raises:
        InvalidInputError: there is none.
    """
    if description is None or not description.strip():
        msg = "Description can't be blank"
        raise InvalidInputError(msg)
    return description


def checked_expiry(expires_at: datetime | None, now: datetime) -> datetime | None:
    """A moment of expiry that a new token can have; None for never.

    Raises:
        InvalidInputError: it is less than ten minutes ahead.

    Source: pages/agent/self_hosted/tokens.md of Buildkite's documentation.
    """
    if expires_at is not None and expires_at < now + SHORTEST_LIFE:
        msg = "Expires at must be at least 10 minutes in the future"
        raise InvalidInputError(msg)
    return expires_at


def require_not_revoked(token: AgentToken) -> None:
    """Refuse to revoke twice.

    Raises:
        InvalidStateError: the token was revoked before.
    """
    if token.revoked_at is not None:
        msg = "Agent token has already been revoked"
        raise InvalidStateError(msg)
