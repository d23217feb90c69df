"""What the audit log has of portals and of what opens them.

Buildkite has no event for the use of a portal token, so its first use is not on record.
"""

from typing import Any

from mock_buildkite.audit import service as audit
from mock_buildkite.audit.model import (
    Actor,
    ActorType,
    ApiContext,
    EventType,
    Performer,
    Subject,
    SubjectType,
)
from mock_buildkite.ids import DerivedIds
from mock_buildkite.organizations.model import User
from mock_buildkite.portals.model import Portal, PortalCode, PortalSecret, PortalToken
from mock_buildkite.storage.database import Transaction


def record(
    tx: Transaction,
    portal: Portal,
    type_: EventType,
    by: Performer,
    data: dict[str, Any] | None = None,
) -> None:
    """Write down what is done to a portal itself."""
    subject = Subject(SubjectType.PORTAL, portal.uuid, portal.name)
    audit.record(tx, portal.organization_id, type_, subject, by, data)


def record_token(
    tx: Transaction, portal: Portal, token: PortalToken, type_: EventType, by: Performer
) -> None:
    """Write down what is done to one of its tokens."""
    subject = Subject(SubjectType.PORTAL_TOKEN, token.uuid, portal.name)
    audit.record(tx, portal.organization_id, type_, subject, by, {"kind": token.kind.value})


def record_secret(
    tx: Transaction, portal: Portal, secret: PortalSecret, type_: EventType, by: Performer
) -> None:
    """Write down what is done to one of its secrets."""
    subject = Subject(SubjectType.PORTAL_SECRET, secret.uuid, portal.name)
    audit.record(tx, portal.organization_id, type_, subject, by)


def record_approval(tx: Transaction, portal: Portal, code: PortalCode, by: Performer) -> None:
    """Write down that a code was approved."""
    # Codes have no UUID, and an event's subject must have one.
    uuid = DerivedIds(code.secret_digest, "portal token code").uuid()
    subject = Subject(SubjectType.PORTAL_TOKEN_CODE, uuid, portal.name)
    type_ = EventType.PORTAL_TOKEN_CODE_AUTHORIZED
    audit.record(tx, portal.organization_id, type_, subject, by)


def an_exchange(address: str, user: User | None) -> Performer:
    """Whoever exchanges a secret, or a user's code, for a token: with a secret nobody is known."""
    actor = None if user is None else Actor(ActorType.USER, user.uuid, user.name)
    return Performer(actor, ApiContext(None, address, None))
