"""Portals."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from mock_buildkite.errors import InvalidInputError
from mock_buildkite.graphql_api.documents import documents
from mock_buildkite.portals.model import NewPortal, Portal
from mock_buildkite.rest_api.calls import OrganizationCall
from mock_buildkite.rest_api.wire.moments import spelled
from mock_buildkite.rest_api.wire.users import reference


class NewPortalBody(msgspec.Struct):
    """The body that makes a portal."""

    name: str | None = None
    query: str | None = None
    slug: str | None = None
    description: str | None = None
    allowed_ip_addresses: str | None = None
    user_invokable: bool | None = None


class PortalBody(msgspec.Struct):
    """The body that changes one: what is not in it stays."""

    name: str | UnsetType | None = UNSET
    query: str | UnsetType | None = UNSET
    slug: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    allowed_ip_addresses: str | UnsetType | None = UNSET
    user_invokable: bool | UnsetType | None = UNSET


def new_portal(body: NewPortalBody) -> NewPortal:
    """The portal that is asked for.

    Raises:
        InvalidInputError: its document cannot be run.
    """
    return NewPortal(
        name=body.name or "",
        query=_sound(body.query),
        slug=body.slug or None,
        description=body.description,
        allowed_ip_addresses=body.allowed_ip_addresses,
        user_invokable=bool(body.user_invokable),
    )


def changes(body: PortalBody) -> dict[str, Any]:
    """What is to change of a portal, by the names of its fields.

    Raises:
        InvalidInputError: its document cannot be run.
    """
    given = msgspec.structs.asdict(body)
    changed = {name: value for name, value in given.items() if value is not UNSET}
    for name in ("name", "slug"):
        if name in changed:
            changed[name] = changed[name] or ""
    if "query" in changed:
        changed["query"] = _sound(changed["query"])
    if "user_invokable" in changed:
        changed["user_invokable"] = bool(changed["user_invokable"])
    return changed


def portal(call: OrganizationCall, shown: Portal) -> dict[str, Any]:
    """A portal, without what opens it."""
    maker = reference(call.tx, shown.created_by)
    assert maker is not None  # noqa: S101 - every portal has one
    return {
        "uuid": shown.uuid,
        "slug": shown.slug,
        "organization_uuid": call.organization.uuid,
        "name": shown.name,
        "description": shown.description,
        "query": shown.query,
        "created_at": spelled(shown.created_at),
        # The Terraform provider reads `uuid`, which is not documented.
        "created_by": {**maker, "uuid": maker["id"]},
        "allowed_ip_addresses": shown.allowed_ip_addresses,
        "user_invokable": shown.user_invokable,
    }


def _sound(query: str | None) -> str:
    if query is None or not query.strip():
        msg = "Query can't be blank"
        raise InvalidInputError(msg)
    documents.at_hand(query).require_sound()
    return query
