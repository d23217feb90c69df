"""Making, finding, changing and deleting portals."""

from typing import Any

from msgspec import Struct

from mock_buildkite import ip_addresses
from mock_buildkite.access_tokens.model import Caller
from mock_buildkite.audit.model import EventType, a_caller, changed
from mock_buildkite.errors import ConflictError, InvalidInputError, NotFoundError
from mock_buildkite.names import LONGEST_NAME, checked_name, slug_made_of
from mock_buildkite.organizations import service as organizations
from mock_buildkite.organizations.model import Organization, checked_slug
from mock_buildkite.portals import auditing, store, tokens
from mock_buildkite.portals.model import NewPortal, Portal
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import World

_NOT_FOUND = "No portal found"
_CHANGEABLE = ("name", "slug", "description", "query", "allowed_ip_addresses", "user_invokable")


class Made(Struct, frozen=True):
    """A portal just made, and the value of its first service token, which no later answer has."""

    portal: Portal
    value: str


def require_manager(caller: Caller, organization: Organization) -> None:
    """Refuse whoever may not manage an organization's portals: its administrators do.

    Raises:
        PermissionDeniedError: the caller is none of them.
    """
    organizations.require_admin(caller, organization, "manage its portals")


def list_of(tx: Transaction, caller: Caller, organization: Organization) -> list[Portal]:
    """An organization's portals, oldest first, for its administrators."""
    require_manager(caller, organization)
    return store.list_of(tx, organization)


def require_in(tx: Transaction, caller: Caller, organization: Organization, slug: str) -> Portal:
    """A portal of this very organization, for its administrators.

    Raises:
        NotFoundError: there is none.
        PermissionDeniedError: the caller is none of them.
    """
    require_manager(caller, organization)
    return find_by_slug(tx, organization, slug)


def find_by_slug(tx: Transaction, organization: Organization, slug: str) -> Portal:
    """A portal of this very organization, without asking who wants it.

    Raises:
        NotFoundError: there is none.
    """
    portal = store.find_by_slug(tx, organization, slug)
    if portal is None:
        raise NotFoundError(_NOT_FOUND)
    return portal


def create(
    tx: Transaction, world: World, caller: Caller, organization: Organization, new: NewPortal
) -> Made:
    """Make a portal with a service token. That its document is sound was seen to before.

    Raises:
        ConflictError: the organization has one of that slug.
        InvalidInputError: name, slug or addresses cannot be.
        PermissionDeniedError: the caller is no administrator.
    """
    require_manager(caller, organization)
    name = checked_name(new.name)
    portal = Portal(
        id=0,
        uuid=world.ids.uuid(),
        organization_id=organization.id,
        slug=_free_slug(tx, organization, new.slug or slug_made_of(name)),
        name=name,
        description=new.description,
        query=new.query,
        allowed_ip_addresses=_checked_addresses(new.allowed_ip_addresses),
        user_invokable=new.user_invokable,
        created_by=caller.user.id,
        created_at=tx.now,
    )
    portal, by = store.insert(tx, portal), a_caller(caller)
    auditing.record(tx, portal, EventType.PORTAL_CREATED, by, {"name": name, "slug": portal.slug})
    return Made(portal, tokens.create_service_token(tx, world, portal, by).value)


def update(
    tx: Transaction,
    caller: Caller,
    organization: Organization,
    portal: Portal,
    changes: dict[str, Any],
) -> Portal:
    """Change what is said about a portal, by the names of its fields; its tokens stay.

    Raises:
        ConflictError: the organization has another one of that slug.
        InvalidInputError: name, slug or addresses cannot be.
    """
    changes = dict(changes)
    if "name" in changes:
        checked_name(changes["name"])
    if changes.get("slug", portal.slug) != portal.slug:
        _free_slug(tx, organization, changes["slug"])
    if "allowed_ip_addresses" in changes:
        changes["allowed_ip_addresses"] = _checked_addresses(changes["allowed_ip_addresses"])
    updated = store.update(tx, portal, changes)
    data = changed(portal, updated, *_CHANGEABLE)
    auditing.record(tx, updated, EventType.PORTAL_UPDATED, a_caller(caller), data)
    return updated


def delete(tx: Transaction, caller: Caller, portal: Portal) -> None:
    """Remove a portal with its tokens, secrets and codes."""
    auditing.record(tx, portal, EventType.PORTAL_DELETED, a_caller(caller))
    store.delete(tx, portal)


def _checked_addresses(text: str | None) -> str | None:
    return ip_addresses.checked(text) if (text or "").strip() else None


def _free_slug(tx: Transaction, organization: Organization, slug: str) -> str:
    if len(slug) > LONGEST_NAME:
        msg = f"Slug is too long (maximum is {LONGEST_NAME} characters)"
        raise InvalidInputError(msg)
    if store.find_by_slug(tx, organization, checked_slug(slug)) is not None:
        msg = "Slug has already been taken"
        raise ConflictError(msg)
    return slug
