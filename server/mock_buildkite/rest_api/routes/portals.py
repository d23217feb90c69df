"""Portals.

Their secrets and further tokens are made on pages only: see `control_api/portals.py`.
"""

from mock_buildkite.exchange import NO_STORE
from mock_buildkite.portals import service as portals
from mock_buildkite.portals.model import Portal
from mock_buildkite.rest_api.answers import Answer
from mock_buildkite.rest_api.calls import OrganizationCall
from mock_buildkite.rest_api.endpoints import ORGANIZATION, UPDATE, in_organization
from mock_buildkite.rest_api.pagination import page
from mock_buildkite.rest_api.wire import portals as wire

PORTALS = f"{ORGANIZATION}/portals"
PORTAL = f"{PORTALS}/{{portal}}"


def list_portals(call: OrganizationCall) -> Answer:
    """GET those of an organization, oldest first."""
    found = portals.list_of(call.tx, call.caller, call.organization)
    return page(call, found, lambda each: wire.portal(call, each))


def read(call: OrganizationCall) -> object:
    """GET one."""
    return wire.portal(call, _portal_of(call))


def create(call: OrganizationCall) -> Answer:
    """POST one: the only answer with the value of its first service token."""
    portals.require_manager(call.caller, call.organization)
    new = wire.new_portal(call.body(wire.NewPortalBody))
    made = portals.create(call.tx, call.world, call.caller, call.organization, new)
    return Answer({**wire.portal(call, made.portal), "token": made.value}, NO_STORE)


def update(call: OrganizationCall) -> object:
    """PUT what is to change of one."""
    portal, wanted = _portal_of(call), call.body(wire.PortalBody)
    changes = wire.changes(wanted)
    changed = portals.update(call.tx, call.caller, call.organization, portal, changes)
    return wire.portal(call, changed)


def delete(call: OrganizationCall) -> None:
    """DELETE one, with all that opens it."""
    portals.delete(call.tx, call.caller, _portal_of(call))


def _portal_of(call: OrganizationCall) -> Portal:
    return portals.require_in(call.tx, call.caller, call.organization, call.path["portal"])


ENDPOINTS = [
    in_organization("GET", PORTALS, list_portals, "read_portals"),
    in_organization("POST", PORTALS, create, "write_portals", status=201),
    in_organization("GET", PORTAL, read, "read_portals"),
    in_organization(UPDATE, PORTAL, update, "write_portals"),
    in_organization("DELETE", PORTAL, delete, "write_portals"),
]
