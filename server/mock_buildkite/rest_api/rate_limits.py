"""How often somebody has called lately, told in every answer's headers. Nobody is refused for it.

Source: pages/apis/rest_api/rate_limits.md of Buildkite's documentation.
"""

from datetime import datetime, timedelta

from mock_buildkite.allowances import Allowance
from mock_buildkite.organizations.model import Organization, User
from mock_buildkite.world import World

WINDOW = timedelta(seconds=60)
ORGANIZATION_LIMIT = 200
USER_LIMIT = 50
EXHAUSTED = "You have exceeded your API rate limit."


def of_organization(world: World, organization: Organization, now: datetime) -> Allowance:
    """The requests that an organization has left in the present minute."""
    name = f"rest organization {organization.id}"
    return world.allowances.of(name, ORGANIZATION_LIMIT, now, WINDOW)


def of_user(world: World, user: User, now: datetime) -> Allowance:
    """The same for a user."""
    return world.allowances.of(f"rest user {user.id}", USER_LIMIT, now, WINDOW)


class Meter:
    """Counts one request, refused or not, on whom it turns out to be by."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._user: User | None = None
        self._organization: Organization | None = None

    def count_user(self, user: User) -> None:
        """Who calls is known."""
        self._user = user

    def count_organization(self, organization: Organization) -> None:
        """Where they call is known too."""
        self._organization = organization

    def headers(self) -> dict[str, str]:
        """Take it off what both have left; the headers that tell of that."""
        now = self._world.clock.now()
        told: dict[str, str] = {}
        if self._organization is not None:
            allowance = of_organization(self._world, self._organization, now)
            told |= _spend("RateLimit", "rest", allowance, now)
        if self._user is not None:
            allowance = of_user(self._world, self._user, now)
            told |= _spend("RateLimit-User", "rest_user", allowance, now)
        return told


def _spend(prefix: str, scope: str, allowance: Allowance, now: datetime) -> dict[str, str]:
    allowance.used += 1
    told = {
        f"{prefix}-Scope": scope,
        f"{prefix}-Limit": str(allowance.limit),
        f"{prefix}-Remaining": str(max(0, allowance.remaining)),
        f"{prefix}-Reset": str(allowance.seconds_left(now)),
    }
    if allowance.remaining < 0:
        told[f"{prefix}-Warning"] = EXHAUSTED
    return told
