"""What an API access token is, its scopes, and the caller whom it stands for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mock_buildkite.organizations.model import Role, User

GRAPHQL = "graphql"

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


@dataclass(frozen=True, slots=True)
class ApiAccessToken:
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

    def is_usable(self, now: datetime) -> bool:
        """Whether it still opens anything: not revoked, not expired.

        Expiry is exclusive: at that very moment it is expired.
        """
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a user, through something that may not reach all they are in."""

    user: User
    roles: Mapping[int, Role]
    """What the user counts as in each organization that may be reached."""

    def reaches(self, organization_id: int) -> bool:
        """Whether an organization exists at all for this caller."""
        return organization_id in self.roles

    def administers(self, organization_id: int) -> bool:
        """Whether an organization is one that this caller administers."""
        return self.roles.get(organization_id) is Role.ADMIN


@dataclass(frozen=True, slots=True)
class ApiCaller(Caller):
    """A user who calls through an API access token."""

    api_access_token: ApiAccessToken
