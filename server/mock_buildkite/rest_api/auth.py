"""Who calls, and may they: the same checks in the same order before every handler.

First the API access token, then its scope, then the organization. What lies below it (parents,
the thing itself, the body, its state) is the handler's, in that order.
"""

from mock_buildkite.access_tokens import service as access_tokens
from mock_buildkite.access_tokens.model import ApiCaller
from mock_buildkite.organizations import service as organizations
from mock_buildkite.rest_api.calls import Call, OrganizationCall, Received
from mock_buildkite.rest_api.rate_limits import Meter
from mock_buildkite.storage.database import Transaction

ORGANIZATION_PLACE = "organization"
"""The name that an organization's slug has in every path."""


def authenticate(tx: Transaction, received: Received, meter: Meter) -> ApiCaller:
    """Whoever calls.

    Raises:
        AuthenticationError: there is no API access token, or none that is good.
    """
    caller = access_tokens.authenticate(tx, received.credential)
    meter.count_for_user(caller.user)
    return caller


def call(tx: Transaction, received: Received, meter: Meter, scope: str | None) -> Call:
    """A call of somebody who has a scope; None asks for none.

    Raises:
        AuthenticationError: there is no API access token, or none that is good.
        PermissionDeniedError: it lacks the scope.
    """
    caller = authenticate(tx, received, meter)
    if scope is not None:
        access_tokens.require_scope(caller, scope)
    return Call(tx, caller, received)


def organization_call(
    tx: Transaction, received: Received, meter: Meter, scope: str | None
) -> OrganizationCall:
    """The same about the organization that the path names.

    Raises:
        AuthenticationError: there is no API access token, or none that is good.
        PermissionDeniedError: it lacks the scope.
        NotFoundError: the organization does not exist for the caller.
    """
    made = call(tx, received, meter, scope)
    slug = received.path[ORGANIZATION_PLACE]
    organization = organizations.require_visible(tx, made.caller, slug)
    meter.count_for_organization(organization)
    return OrganizationCall(tx, made.caller, received, organization)
