"""The SQL of the audit log. Nothing in it is ever changed."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from mock_buildkite.audit.model import (
    Actor,
    ActorType,
    AgentApiContext,
    ApiContext,
    AuditEvent,
    Context,
    EventType,
    Subject,
    SubjectType,
    WebContext,
)
from mock_buildkite.clock import from_text, to_text
from mock_buildkite.organizations.model import Organization
from mock_buildkite.storage.database import Row, Transaction
from mock_buildkite.storage.json_text import from_json, to_json
from mock_buildkite.storage.listing import Listing

_CONTEXTS: dict[str, type[Context]] = {
    "api": ApiContext,
    "web": WebContext,
    "agent": AgentApiContext,
}

_COLUMNS = (
    "id",
    "uuid",
    "organization_id",
    "type",
    "actor_type",
    "actor_uuid",
    "actor_name",
    "subject_type",
    "subject_uuid",
    "subject_name",
    "context",
    "data",
    "occurred_at",
)


def next_number(tx: Transaction) -> int:
    """The integer key that the next event gets."""
    number: int = tx.value("select coalesce(max(id), 0) + 1 from audit_events")
    return number


def insert_all(tx: Transaction, events: Iterable[AuditEvent]) -> None:
    """Add events."""
    tx.insert_all("audit_events", _COLUMNS, map(_row, events))


def find_by_uuid(tx: Transaction, uuid: str) -> AuditEvent | None:
    """The event with that UUID."""
    row = tx.one("select * from audit_events where uuid = ?", (uuid,))
    return None if row is None else _audit_event(row)


def listing(tx: Transaction, organization: Organization) -> Listing[AuditEvent]:
    """The events of an organization, the latest first."""
    events = Listing(tx, "audit_events", _audit_event)
    events.ask("organization_id = ?", organization.id)
    return events


def _row(event: AuditEvent) -> tuple[Any, ...]:
    actor, subject, context = event.actor, event.subject, event.context
    return (
        event.id,
        event.uuid,
        event.organization_id,
        event.type.value,
        None if actor is None else actor.type.value,
        None if actor is None else actor.uuid,
        None if actor is None else actor.name,
        subject.type.value,
        subject.uuid,
        subject.name,
        None if context is None else to_json(_tagged(context)),
        to_json(event.data),
        to_text(event.occurred_at),
    )


def _audit_event(row: Row) -> AuditEvent:
    actor = None
    if row["actor_type"] is not None:
        actor = Actor(ActorType(row["actor_type"]), row["actor_uuid"], row["actor_name"])
    return AuditEvent(
        id=row["id"],
        uuid=row["uuid"],
        organization_id=row["organization_id"],
        type=EventType(row["type"]),
        actor=actor,
        subject=Subject(SubjectType(row["subject_type"]), row["subject_uuid"], row["subject_name"]),
        context=None if row["context"] is None else _untagged(from_json(row["context"])),
        data=from_json(row["data"]),
        occurred_at=from_text(row["occurred_at"]),
    )


def _tagged(context: Context) -> dict[str, Any]:
    tag = next(tag for tag, shape in _CONTEXTS.items() if isinstance(context, shape))
    return {"kind": tag, **asdict(context)}


def _untagged(stored: dict[str, Any]) -> Context:
    return _CONTEXTS[stored.pop("kind")](**stored)
