"""What is left of an organization's allowances."""

from typing import Any

from mock_buildkite.allowances import GRAPHQL, REST, Budget
from mock_buildkite.rest_api.calls import OrganizationCall
from mock_buildkite.rest_api.wire.moments import whole_seconds


def rate_limit(call: OrganizationCall) -> dict[str, Any]:
    """What the organization that is called about has left of both APIs."""
    is_enforced = {REST: False, GRAPHQL: call.world.settings.graphql_limits}
    return {
        "scopes": {
            budget.scope: {**_spelled(call, budget), "enforced": enforced}
            for budget, enforced in is_enforced.items()
        }
    }


def _spelled(call: OrganizationCall, budget: Budget) -> dict[str, Any]:
    left = call.world.allowances.of(budget, call.organization.id, call.tx.now)
    return {
        "limit": left.limit,
        "current": left.used,
        "reset": left.seconds_left(call.tx.now),
        "reset_at": whole_seconds(left.ends_at),
    }
