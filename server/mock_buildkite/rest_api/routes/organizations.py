"""Organizations, and how much of their allowance is left."""

from mock_buildkite.organizations import service as organizations
from mock_buildkite.rest_api.answers import Answer
from mock_buildkite.rest_api.calls import Call, OrganizationCall
from mock_buildkite.rest_api.endpoints import ORGANIZATION, for_caller, in_organization
from mock_buildkite.rest_api.pagination import page
from mock_buildkite.rest_api.wire import organizations as wire
from mock_buildkite.rest_api.wire import rate_limits as limits_wire


def list_organizations(call: Call) -> Answer:
    """GET /organizations: those that the API access token reaches."""
    found = organizations.list_visible(call.tx, call.caller)
    return page(call, found, lambda each: wire.organization(call.links, each))


def read(call: OrganizationCall) -> object:
    """GET one."""
    return wire.organization(call.links, call.organization)


def rate_limit(call: OrganizationCall) -> object:
    """GET what it has left. No token can have the scope that is documented, `read_accounts`."""
    return limits_wire.rate_limit(call)


ENDPOINTS = [
    for_caller("GET", "/organizations", list_organizations, "read_organizations"),
    in_organization("GET", ORGANIZATION, read, "read_organizations"),
    in_organization("GET", f"{ORGANIZATION}/rate_limit", rate_limit, "read_organizations"),
]
