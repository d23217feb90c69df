"""Writing the audit log, and reading it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import count
from typing import Any

from msgspec import Struct

from mock_buildkite.access_tokens.model import Caller
from mock_buildkite.audit import store
from mock_buildkite.audit.model import (
    AuditEvent,
    EventType,
    Performer,
    Subject,
)
from mock_buildkite.ids import DerivedIds
from mock_buildkite.organizations import service as organizations
from mock_buildkite.organizations.model import Organization
from mock_buildkite.storage.database import Transaction
from mock_buildkite.storage.listing import Listing

_ACT = "view the audit log"


class Search(Struct, frozen=True):
    """Which events are wanted, types by their names; None asks for nothing."""

    types: Collection[str] | None = None
    actor_types: Collection[str] | None = None
    actor_uuids: Collection[str] | None = None
    subject_types: Collection[str] | None = None
    subject_uuids: Collection[str] | None = None
    earliest: datetime | None = None
    before: datetime | None = None


def record(
    tx: Transaction,
    organization_id: int,
    type_: EventType,
    subject: Subject,
    by: Performer,
    data: dict[str, Any] | None = None,
) -> None:
    """Write down what is being done; it stands if the unit does. Never give it a value.

    Performers are made by `audit.model.a_caller` and its neighbours.
    """
    record_all(tx, type_, [(organization_id, subject, data or {})], by)


def record_all(
    tx: Transaction,
    type_: EventType,
    what: Sequence[tuple[int, Subject, dict[str, Any]]],
    by: Performer,
) -> None:
    """The same for many things that are done at once: to which organization, to what, and how."""
    if not what:
        return
    first = store.next_number(tx)
    # Derived: nothing here is worth a draw of chance, and callers need no source of it.
    uuids = DerivedIds(what[0][1].uuid.encode(), f"audit event {first}").uuids(len(what))
    store.insert_all(tx, type_, by, zip(count(first), uuids, what, strict=False))


def search(
    tx: Transaction, caller: Caller, organization: Organization, wanted: Search
) -> Listing[AuditEvent]:
    """An organization's events as far as they are wanted, the latest first.

    Raises:
        PermissionDeniedError: the caller is no administrator.
    """
    organizations.require_admin(caller, organization, _ACT)
    listing = store.listing(tx, organization)
    listing.ask_among("type", wanted.types)
    listing.ask_among("actor_type", wanted.actor_types)
    listing.ask_among("actor_uuid", wanted.actor_uuids)
    listing.ask_among("subject_type", wanted.subject_types)
    listing.ask_among("subject_uuid", wanted.subject_uuids)
    listing.ask_between("occurred_at", wanted.earliest, wanted.before)
    return listing


def find_visible(tx: Transaction, caller: Caller, uuid: str) -> AuditEvent | None:
    """An event of an organization that the caller sees.

    Raises:
        PermissionDeniedError: the caller does not administer it.
    """
    event = store.find_by_uuid(tx, uuid)
    if event is None or not caller.reaches(event.organization_id):
        return None
    organizations.require_admin(caller, organizations.find(tx, event.organization_id), _ACT)
    return event
