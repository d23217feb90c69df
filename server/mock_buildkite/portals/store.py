"""The SQL of portals."""

from typing import Any

from mock_buildkite.clock import to_text
from mock_buildkite.organizations.model import Organization
from mock_buildkite.portals.model import Portal
from mock_buildkite.storage.columns import reader
from mock_buildkite.storage.database import Transaction

_portal = reader(Portal)


def insert(tx: Transaction, portal: Portal) -> Portal:
    """Add a portal; its `id` is ignored."""
    number = tx.insert(
        "portals",
        {
            "uuid": portal.uuid,
            "organization_id": portal.organization_id,
            "slug": portal.slug,
            "name": portal.name,
            "description": portal.description,
            "query": portal.query,
            "allowed_ip_addresses": portal.allowed_ip_addresses,
            "user_invokable": portal.user_invokable,
            "created_by": portal.created_by,
            "created_at": to_text(portal.created_at),
        },
    )
    return find(tx, number)


def find(tx: Transaction, number: int) -> Portal:
    """The portal with that integer key, which must be there."""
    row = tx.one("select * from portals where id = ?", (number,))
    if row is None:
        raise LookupError(number)
    return _portal(row)


def find_by_slug(tx: Transaction, organization: Organization, slug: str) -> Portal | None:
    """An organization's portal of that slug."""
    sql = "select * from portals where organization_id = ? and slug = ?"
    row = tx.one(sql, (organization.id, slug))
    return None if row is None else _portal(row)


def list_of(tx: Transaction, organization: Organization) -> list[Portal]:
    """An organization's portals, oldest first."""
    sql = "select * from portals where organization_id = ? order by id"
    return [_portal(row) for row in tx.all(sql, (organization.id,))]


def update(tx: Transaction, portal: Portal, changes: dict[str, Any]) -> Portal:
    """Change columns of a portal."""
    if changes:
        tx.update("portals", portal.id, changes)
    return find(tx, portal.id)


def delete(tx: Transaction, portal: Portal) -> None:
    """Remove a portal with all that opens it."""
    tx.execute("delete from portals where id = ?", (portal.id,))
