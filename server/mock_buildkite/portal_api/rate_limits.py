"""How often an organization's portals were used lately, told in every answer's headers.

Source: pages/apis/graphql/portals/limits.md of Buildkite's documentation.
"""

from mock_buildkite.allowances import PORTAL
from mock_buildkite.organizations.model import Organization
from mock_buildkite.portal_api.errors import LimitExceededError
from mock_buildkite.world import World


class Meter:
    """Counts one request of somebody who proved to belong to an organization's portal.

    Others are not counted: nobody is to use up what somebody else has.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._organization: Organization | None = None

    def admit(self, organization: Organization) -> None:
        """Whose portal it is is known.

        Raises:
            LimitExceededError: nothing is left, with `--portal-limits` only.
        """
        self._organization = organization
        allowance = self._world.allowances.of(PORTAL, organization.id, self._world.clock.now())
        if self._world.settings.portal_limits and allowance.remaining <= 0:
            msg = "You have exceeded the rate limit of portal requests."
            raise LimitExceededError(msg)

    def headers(self) -> dict[str, str]:
        """Take it off what is left; the headers that tell of that."""
        if self._organization is None:
            return {}
        now = self._world.clock.now()
        allowance = self._world.allowances.of(PORTAL, self._organization.id, now)
        allowance.used += 1
        return {
            "RateLimit-Remaining": str(max(0, allowance.remaining)),
            "RateLimit-Limit": str(allowance.limit),
            "RateLimit-Reset": str(allowance.seconds_left(now)),
            "RateLimit-Scope": allowance.budget.scope,
        }
