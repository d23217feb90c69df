"""The SQL of the audit log. Nothing in it is ever changed."""

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


def next_number(tx: Transaction) -> int:
    """The integer key that the next event gets."""
    number: int = tx.value("select coalesce(max(id), 0) + 1 from audit_events")
    return number


def insert(tx: Transaction, event: AuditEvent) -> None:
    """Add an event."""
    actor, subject, context = event.actor, event.subject, event.context
    tx.insert(
        "audit_events",
        {
            "id": event.id,
            "uuid": event.uuid,
            "organization_id": event.organization_id,
            "type": event.type.value,
            "actor_type": None if actor is None else actor.type.value,
            "actor_uuid": None if actor is None else actor.uuid,
            "actor_name": None if actor is None else actor.name,
            "subject_type": subject.type.value,
            "subject_uuid": subject.uuid,
            "subject_name": subject.name,
            "context": None if context is None else to_json(_tagged(context)),
            "data": to_json(event.data),
            "occurred_at": to_text(event.occurred_at),
        },
    )


def find_by_uuid(tx: Transaction, uuid: str) -> AuditEvent | None:
    """The event with that UUID."""
    row = tx.one("select * from audit_events where uuid = ?", (uuid,))
    return None if row is None else _audit_event(row)


def listing(tx: Transaction, organization: Organization) -> Listing[AuditEvent]:
    """The events of an organization, the latest first."""
    events = Listing(tx, "audit_events", _audit_event)
    events.ask("organization_id = ?", organization.id)
    return events


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
