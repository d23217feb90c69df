"""Making, finding, changing and deleting package registries. Every member of an organization may.

Teams, which could say otherwise, are not modelled.
"""

from typing import Any

from msgspec.structs import replace

from mock_buildkite.access_tokens.model import Caller
from mock_buildkite.audit import service as audit
from mock_buildkite.audit.model import EventType, Subject, SubjectType, a_caller, changed
from mock_buildkite.errors import ConflictError, NotFoundError
from mock_buildkite.names import checked_name, slug_made_of
from mock_buildkite.organizations.model import Organization
from mock_buildkite.registries import policy, store
from mock_buildkite.registries.model import NewRegistry, Registry, checked_ecosystem
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import World

list_of = store.list_of

_DESCRIBED = ("name", "description", "emoji", "color", "oidc_policy")


def require_in(tx: Transaction, organization: Organization, slug: str) -> Registry:
    """A registry of this very organization.

    Raises:
        NotFoundError: there is none.
    """
    registry = store.find_by_slug(tx, organization, slug)
    if registry is None:
        msg = "No registry found"
        raise NotFoundError(msg)
    return registry


def create(
    tx: Transaction, world: World, caller: Caller, organization: Organization, new: NewRegistry
) -> Registry:
    """Make a registry.

    Raises:
        ConflictError: the organization has one of that name.
        InvalidInputError: name, ecosystem or OIDC policy cannot be.
    """
    checked_ecosystem(new.ecosystem)
    slug = _free_slug(tx, organization, checked_name(new.name))
    new = replace(new, oidc_policy=policy.checked(new.oidc_policy))
    registry = store.insert(tx, organization, world.ids.uuid(), slug, new)
    _record(tx, EventType.REGISTRY_CREATED, registry, caller, {"name": registry.name})
    return registry


def update(
    tx: Transaction, caller: Caller, registry: Registry, changes: dict[str, Any]
) -> Registry:
    """Change what is said about a registry, by the names of its fields.

    Its slug stays: what is configured to use it goes on.

    Raises:
        InvalidInputError: the name or the OIDC policy cannot be.
    """
    if "name" in changes:
        checked_name(changes["name"])
    if "oidc_policy" in changes:
        changes = changes | {"oidc_policy": policy.checked(changes["oidc_policy"])}
    updated = store.update(tx, registry, changes)
    if said := changed(registry, updated, *_DESCRIBED):
        _record(tx, EventType.REGISTRY_UPDATED, updated, caller, said)
    if said := changed(registry, updated, "public"):
        _record(tx, EventType.REGISTRY_VISIBILITY_CHANGED, updated, caller, said)
    return updated


def delete(tx: Transaction, caller: Caller, registry: Registry) -> None:
    """Remove a registry with its tokens and packages."""
    _record(tx, EventType.REGISTRY_DELETED, registry, caller)
    store.delete(tx, registry)
    tx.falls_due(tx.now)  # the files of its packages are abandoned


def _record(
    tx: Transaction,
    type_: EventType,
    registry: Registry,
    caller: Caller,
    data: dict[str, Any] | None = None,
) -> None:
    subject = Subject(SubjectType.REGISTRY, registry.uuid, registry.name)
    audit.record(tx, registry.organization_id, type_, subject, a_caller(caller), data)


def _free_slug(tx: Transaction, organization: Organization, name: str) -> str:
    slug = slug_made_of(name)
    if store.find_by_slug(tx, organization, slug) is not None:
        msg = "Name has already been taken"
        raise ConflictError(msg)
    return slug
