"""The audit log of an organization."""

from collections.abc import Sequence
from datetime import datetime
from typing import Unpack

from ariadne import ObjectType, QueryType, UnionType

from mock_buildkite import node_ids
from mock_buildkite.audit import service as audit
from mock_buildkite.audit.model import (
    Actor,
    ActorType,
    AgentApiContext,
    ApiContext,
    AuditEvent,
    Context,
    Subject,
    SubjectType,
    WebContext,
)
from mock_buildkite.graphql_api.connections import LongConnection, Page, connect_long
from mock_buildkite.graphql_api.context import Info
from mock_buildkite.graphql_api.fields import node_type
from mock_buildkite.graphql_api.resolvers.nodes import find_visible, type_of
from mock_buildkite.organizations.model import Organization

# Another bindable for the same type: this noun's field of it.
organization = ObjectType("Organization")
query = QueryType()
event = node_type("AuditEvent")
actor = ObjectType("AuditActor")
subject = ObjectType("AuditSubject")
web_context = ObjectType("AuditWebContext")
context = UnionType("AuditContext")

_CONTEXTS = {
    ApiContext: "AuditAPIContext",
    AgentApiContext: "AuditAgentAPIContext",
    WebContext: "AuditWebContext",
}
_ACTORS = {
    ActorType.AGENT: "Agent",
    ActorType.API_APPLICATION: "APIApplication",
    ActorType.USER: "User",
}
_SUBJECTS = {
    SubjectType.AGENT_TOKEN: "AgentToken",
    SubjectType.API_ACCESS_TOKEN: "APIAccessToken",
    SubjectType.CLUSTER_TOKEN: "ClusterToken",
    SubjectType.PORTAL: "Portal",
    SubjectType.PORTAL_SECRET: "PortalSecret",
    SubjectType.PORTAL_TOKEN: "PortalToken",
    SubjectType.PORTAL_TOKEN_CODE: "PortalTokenCode",
    SubjectType.REGISTRY: "Registry",
    SubjectType.REGISTRY_TOKEN: "RegistryToken",
}
"""The types that global IDs are made of; those without a type of their own: unverified."""


@organization.field("auditEvents")
def resolve_audit_events(  # noqa: PLR0913 - theirs
    source: Organization,
    info: Info,
    *,
    actor: Sequence[str] | None = None,
    actor_type: Sequence[str] | None = None,
    occurred_at_from: datetime | None = None,
    occurred_at_to: datetime | None = None,
    order: str | None = None,  # noqa: ARG001 - there is but one
    subject: Sequence[str] | None = None,
    subject_type: Sequence[str] | None = None,
    subject_uuid: Sequence[str] | None = None,
    type: Sequence[str] | None = None,  # noqa: A002 - theirs
    **page: Unpack[Page],
) -> LongConnection[AuditEvent]:
    """What happened, as far as it passes every filter."""
    subjects = _uuids(subject)
    if subject_uuid is not None:
        named = frozenset(subject_uuid)
        subjects = named if subjects is None else named & subjects
    wanted = audit.Search(
        types=type,
        actor_types=actor_type,
        actor_uuids=_uuids(actor),
        subject_types=subject_type,
        subject_uuids=subjects,
        earliest=occurred_at_from,
        before=occurred_at_to,
    )
    found = audit.search(info.context.tx, info.context.caller, source, wanted)
    return connect_long(found, **page)


@query.field("auditEvent")
def resolve_audit_event(_source: object, info: Info, *, uuid: str) -> AuditEvent | None:
    """One by its UUID."""
    return audit.find_visible(info.context.tx, info.context.caller, uuid)


@event.field("type")
def resolve_event_type(source: AuditEvent, _info: Info) -> str:
    """What happened."""
    return source.type.value


@actor.field("id")
def resolve_actor_id(source: Actor, _info: Info) -> str:
    """The global ID of whoever did it."""
    return node_ids.encode(_ACTORS[source.type], source.uuid)


@actor.field("type")
def resolve_actor_type(source: Actor, _info: Info) -> str:
    """What kind of thing did it."""
    return source.type.value


@actor.field("node")
def resolve_actor_node(source: Actor, info: Info) -> object:
    """Whoever did it."""
    return find_visible(info, _ACTORS[source.type], source.uuid)


@subject.field("id")
def resolve_subject_id(source: Subject, _info: Info) -> str:
    """The global ID of what it was done to."""
    return node_ids.encode(_SUBJECTS[source.type], source.uuid)


@subject.field("type")
def resolve_subject_type(source: Subject, _info: Info) -> str:
    """What kind of thing it was done to."""
    return source.type.value


@subject.field("node")
def resolve_subject_node(source: Subject, info: Info) -> object:
    """What it was done to."""
    return find_visible(info, _SUBJECTS[source.type], source.uuid)


@context.type_resolver
def resolve_context_type(value: Context, _info: Info, _type: object) -> str:
    """From where it was done."""
    return _CONTEXTS[type(value)]


@web_context.field("sessionUser")
def resolve_session_user(source: WebContext, info: Info) -> object:
    """Whose page it was."""
    return find_visible(info, "User", source.session_user_uuid or "")


for _name in ("sessionCreatedAt", "sessionEscalatedAt"):
    web_context.set_field(_name, lambda _source, _info: None)


def _uuids(ids: Sequence[str] | None) -> frozenset[str] | None:
    """The UUIDs in global IDs; those that are none stand for nothing."""
    if ids is None:
        return None
    decoded = [node_ids.decode(each) for each in ids]
    return frozenset(each[1] for each in decoded if each is not None)


bindables = [
    organization,
    query,
    event,
    actor,
    subject,
    web_context,
    context,
    UnionType("AuditActorNode", type_of),
    UnionType("AuditSubjectNode", type_of),
]
