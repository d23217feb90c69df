"""Organizations, and how much of their allowance is left."""

from mock_buildkite.organizations import service as organizations
from mock_buildkite.rest_api.answers import Answer
from mock_buildkite.rest_api.calls import Call, OrganizationCall
from mock_buildkite.rest_api.endpoints import ORGANIZATION, for_caller, in_organization
from mock_buildkite.rest_api.pagination import page
from mock_buildkite.rest_api.wire import organizations as wire


def list_organizations(call: Call) -> Answer:
    """GET /organizations: those that the API access token reaches."""
    found = organizations.list_visible(call.tx, call.caller)
    return page(call, found, lambda each: wire.organization(call.links, each))


def read(call: OrganizationCall) -> object:
    """GET one."""
    return wire.organization(call.links, call.organization)


ENDPOINTS = [
    for_caller("GET", "/organizations", list_organizations, "read_organizations"),
    in_organization("GET", ORGANIZATION, read, "read_organizations"),
]
