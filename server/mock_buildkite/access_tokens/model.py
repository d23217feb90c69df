"""What an API access token is, its scopes, and the caller whom it stands for."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from mock_buildkite.errors import InvalidInputError
from mock_buildkite.organizations.model import Role, User

GRAPHQL = "graphql"
USUAL_LIFE = timedelta(days=7)
"""How long a token lives that nobody chose an end for."""
NOTED_EVERY = timedelta(minutes=1)

_READ_AND_WRITE = (
    "agents artifacts builds build_logs clusters pipelines pipeline_templates rules"
    " organizations organization_invitations organization_settings notification_services"
    " teams suites test_plan portals registries packages"
)
_READ_ONLY = "job_env organization_repository_connections audit_events user secrets_details"

SCOPES: tuple[str, ...] = (
    *(f"read_{noun}" for noun in f"{_READ_AND_WRITE} {_READ_ONLY}".split()),
    *(f"write_{noun}" for noun in f"{_READ_AND_WRITE} secrets".split()),
    "delete_registries",
    "delete_packages",
    GRAPHQL,
)
"""Every scope a token can be given.

Source: pages/apis/managing_api_tokens.md of Buildkite's documentation.
"""


class ApiAccessToken(Struct, frozen=True):
    """A user's credential for the REST and GraphQL APIs."""

    id: int
    uuid: str
    user_id: int
    description: str
    scopes: frozenset[str]
    every_organization: bool
    allowed_ip_addresses: str
    expires_at: datetime | None
    created_at: datetime
    revoked_at: datetime | None = None
    first_used_at: datetime | None = None
    last_used_at: datetime | None = None
    """To the minute, as long as it is used from one address."""
    last_used_from: str | None = None

    def is_usable(self, now: datetime) -> bool:
        """Whether it still opens anything: not revoked, not expired.

        Expiry is exclusive: at that very moment it is expired.
        """
        return _is_usable(self, now)

    def is_use_worth_noting(self, now: datetime, address: str) -> bool:
        """Whether its use is to be written down: not more than once a minute for an address."""
        return (
            self.last_used_at is None
            or self.last_used_from != address
            or now - self.last_used_at >= NOTED_EVERY
        )


class BriefApiAccessToken(Struct, frozen=True):
    """What has to be known of a token to end it. A report of leaked ones may have thousands."""

    id: int
    uuid: str
    user_id: int
    description: str
    expires_at: datetime | None
    revoked_at: datetime | None

    def is_usable(self, now: datetime) -> bool:
        """Whether it still opens anything, as for the whole token."""
        return _is_usable(self, now)


def _is_usable(token: ApiAccessToken | BriefApiAccessToken, now: datetime) -> bool:
    return token.revoked_at is None and (token.expires_at is None or now < token.expires_at)


def checked_description(description: str) -> str:
    """The description that its owner, and administrators, tell a token by.

    Raises:
        InvalidInputError: there is none.
    """
    if not description.strip():
        msg = "Description can't be blank"
        raise InvalidInputError(msg)
    return description


def checked_scopes(scopes: Iterable[str]) -> frozenset[str]:
    """Scopes that a token can be given.

    Raises:
        InvalidInputError: one is none of Buildkite's.
    """
    given = frozenset(scopes)
    unknown = sorted(given.difference(SCOPES))
    if unknown:
        msg = f"Scopes {', '.join(map(repr, unknown))} do not exist"
        raise InvalidInputError(msg)
    return given


def checked_expiry(expires_at: datetime | None, now: datetime) -> datetime | None:
    """A moment of expiry that a new token can have; None for never.

    Raises:
        InvalidInputError: it is not ahead.
    """
    if expires_at is not None and expires_at <= now:
        msg = "Expires at must be in the future"
        raise InvalidInputError(msg)
    return expires_at


class Caller(Struct, frozen=True):
    """Who asks: a user, through something that may not reach all they are in."""

    user: User
    roles: Mapping[int, Role]
    """What the user counts as in each organization that may be reached."""
    address: str | None = None
    """Where the caller is: an IP address, behind the proxies that are trusted."""
    user_agent: str | None = None
    """What the caller's program says it is."""

    def reaches(self, organization_id: int) -> bool:
        """Whether an organization exists at all for this caller."""
        return organization_id in self.roles

    def administers(self, organization_id: int) -> bool:
        """Whether an organization is one that this caller administers."""
        return self.roles.get(organization_id) is Role.ADMIN


class ApiCaller(Caller, frozen=True, kw_only=True):
    """A user who calls through an API access token."""

    api_access_token: ApiAccessToken
