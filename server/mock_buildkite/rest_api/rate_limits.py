"""How often somebody has called lately, told in every answer's headers. Nobody is refused for it.

Source: pages/apis/rest_api/rate_limits.md of Buildkite's documentation.
"""

from datetime import datetime

from mock_buildkite.allowances import REST, REST_USER, Allowance
from mock_buildkite.organizations.model import Organization, User
from mock_buildkite.world import World

EXHAUSTED = "You have exceeded your API rate limit."


class Meter:
    """Counts one request, refused or not, for whoever it turns out to be by."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._user: User | None = None
        self._organization: Organization | None = None

    def count_for_user(self, user: User) -> None:
        """Who calls is known."""
        self._user = user

    def count_for_organization(self, organization: Organization) -> None:
        """Where they call is known too."""
        self._organization = organization

    def headers(self) -> dict[str, str]:
        """Take it off what both have left; the headers that tell of that."""
        now, of = self._world.clock.now(), self._world.allowances.of
        told: dict[str, str] = {}
        if self._organization is not None:
            told |= _spend("RateLimit", of(REST, self._organization.id, now), now)
        if self._user is not None:
            told |= _spend("RateLimit-User", of(REST_USER, self._user.id, now), now)
        return told


def _spend(prefix: str, allowance: Allowance, now: datetime) -> dict[str, str]:
    allowance.used += 1
    told = {
        f"{prefix}-Scope": allowance.budget.scope,
        f"{prefix}-Limit": str(allowance.limit),
        f"{prefix}-Remaining": str(max(0, allowance.remaining)),
        f"{prefix}-Reset": str(allowance.seconds_left(now)),
    }
    if allowance.remaining < 0:
        told[f"{prefix}-Warning"] = EXHAUSTED
    return told
