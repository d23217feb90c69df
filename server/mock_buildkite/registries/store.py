"""The SQL of package registries and their tokens."""

from typing import Any

from mock_buildkite.organizations.model import Organization
from mock_buildkite.registries.model import NewRegistry, Registry, RegistryToken
from mock_buildkite.storage.columns import reader
from mock_buildkite.storage.database import Transaction
from mock_buildkite.storage.json_text import to_json

_registry = reader(Registry)
_token = reader(RegistryToken)


def insert(
    tx: Transaction, organization: Organization, uuid: str, slug: str, new: NewRegistry
) -> Registry:
    """Add a registry, made now."""
    number = tx.insert(
        "registries",
        {
            "uuid": uuid,
            "organization_id": organization.id,
            "slug": slug,
            "name": new.name,
            "ecosystem": new.ecosystem,
            "description": new.description,
            "emoji": new.emoji,
            "color": new.color,
            "public": new.public,
            "oidc_policy": new.oidc_policy,
            "team_ids": to_json(new.team_ids),
            "created_at": tx.now_text,
        },
    )
    return find(tx, number)


def find(tx: Transaction, number: int) -> Registry:
    """The registry with that integer key, which must be there."""
    row = tx.one("select * from registries where id = ?", (number,))
    if row is None:
        raise LookupError(number)
    return _registry(row)


def find_by_uuid(tx: Transaction, uuid: str) -> Registry | None:
    """The registry with that UUID."""
    row = tx.one("select * from registries where uuid = ?", (uuid,))
    return None if row is None else _registry(row)


def find_by_slug(tx: Transaction, organization: Organization, slug: str) -> Registry | None:
    """An organization's registry of that slug."""
    sql = "select * from registries where organization_id = ? and slug = ?"
    row = tx.one(sql, (organization.id, slug))
    return None if row is None else _registry(row)


def list_of(tx: Transaction, organization: Organization) -> list[Registry]:
    """An organization's registries, oldest first."""
    sql = "select * from registries where organization_id = ? order by id"
    return [_registry(row) for row in tx.all(sql, (organization.id,))]


def update(tx: Transaction, registry: Registry, changes: dict[str, Any]) -> Registry:
    """Change columns of a registry."""
    if changes:
        tx.update("registries", registry.id, changes)
    return find(tx, registry.id)


def delete(tx: Transaction, registry: Registry) -> None:
    """Remove a registry with its tokens and packages."""
    tx.execute("delete from registries where id = ?", (registry.id,))


def insert_token(
    tx: Transaction, registry: Registry, uuid: str, description: str, created_by: int
) -> RegistryToken:
    """Add a token, made now."""
    number = tx.insert(
        "registry_tokens",
        {
            "uuid": uuid,
            "registry_id": registry.id,
            "description": description,
            "created_by": created_by,
            "created_at": tx.now_text,
        },
    )
    return _find_token(tx, number)


def find_token_by_uuid(tx: Transaction, uuid: str) -> RegistryToken | None:
    """The token with that UUID, deleted or not."""
    row = tx.one("select * from registry_tokens where uuid = ?", (uuid,))
    return None if row is None else _token(row)


def list_tokens(tx: Transaction, registry: Registry) -> list[RegistryToken]:
    """A registry's tokens that are not deleted, oldest first."""
    sql = "select * from registry_tokens where registry_id = ? and revoked_at is null order by id"
    return [_token(row) for row in tx.all(sql, (registry.id,))]


def describe_token(tx: Transaction, token: RegistryToken, description: str) -> RegistryToken:
    """Change what is said of a token."""
    tx.update("registry_tokens", token.id, {"description": description})
    return _find_token(tx, token.id)


def revoke_token(tx: Transaction, token: RegistryToken) -> None:
    """Record that a token opens nothing any more."""
    tx.update("registry_tokens", token.id, {"revoked_at": tx.now_text})


def _find_token(tx: Transaction, number: int) -> RegistryToken:
    row = tx.one("select * from registry_tokens where id = ?", (number,))
    if row is None:
        raise LookupError(number)
    return _token(row)
