"""The SQL of the audit log. Nothing in it is ever changed."""

from collections.abc import Iterable
from typing import Any

from msgspec.structs import asdict

from mock_buildkite.audit.model import (
    Actor,
    ActorType,
    AgentApiContext,
    ApiContext,
    AuditEvent,
    Context,
    EventType,
    Performer,
    Subject,
    SubjectType,
    WebContext,
)
from mock_buildkite.clock import from_text
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


def insert_all(
    tx: Transaction,
    type_: EventType,
    by: Performer,
    happened: Iterable[tuple[int, str, tuple[int, Subject, dict[str, Any]]]],
) -> None:
    """Add events that somebody caused at once.

    Of each its integer key and UUID are given, and in which organization, to what and how it
    happened.
    """
    actor, context, type_name, now = by.actor, by.context, type_.value, tx.now_text
    performer = (None, None, None) if actor is None else (actor.type.value, actor.uuid, actor.name)
    context_text = None if context is None else to_json(_tagged(context))
    tx.insert_all(
        "audit_events",
        _COLUMNS,
        (
            (
                number,
                uuid,
                organization_id,
                type_name,
                *performer,
                subject.type.value,
                subject.uuid,
                subject.name,
                context_text,
                to_json(data),
                now,
            )
            for number, uuid, (organization_id, subject, data) in happened
        ),
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
