"""What an audit event says.

Source: pages/platform/audit_log.md of Buildkite's documentation, and the types of its GraphQL
schema.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum, auto
from typing import Any

from msgspec import Struct

from mock_buildkite.access_tokens.model import (
    ApiAccessToken,
    ApiCaller,
    BriefApiAccessToken,
    Caller,
)
from mock_buildkite.agent_tokens.model import AgentToken
from mock_buildkite.agents.model import Agent
from mock_buildkite.organizations.model import User


class _Named(Enum):
    """An enumeration whose values are the names of its members."""

    @staticmethod
    def _generate_next_value_(name: str, *_: object) -> str:
        return name


class EventType(_Named):
    """What happened. Buildkite has more of them, for nouns that are not audited here."""

    AGENT_TOKEN_CREATED = auto()
    AGENT_TOKEN_REVOKED = auto()
    AGENT_TOKEN_UPDATED = auto()
    API_ACCESS_TOKEN_CREATED = auto()
    API_ACCESS_TOKEN_DELETED = auto()
    API_ACCESS_TOKEN_ORGANIZATION_ACCESS_REVOKED = auto()
    API_ACCESS_TOKEN_UPDATED = auto()
    CLUSTER_TOKEN_CREATED = auto()
    CLUSTER_TOKEN_DELETED = auto()
    CLUSTER_TOKEN_UPDATED = auto()
    PORTAL_CREATED = auto()
    PORTAL_DELETED = auto()
    PORTAL_SECRET_CREATED = auto()
    PORTAL_SECRET_DELETED = auto()
    PORTAL_TOKEN_CODE_AUTHORIZED = auto()
    PORTAL_TOKEN_CREATED = auto()
    PORTAL_TOKEN_DELETED = auto()
    PORTAL_UPDATED = auto()
    REGISTRY_CREATED = auto()
    REGISTRY_DELETED = auto()
    REGISTRY_TOKEN_CREATED = auto()
    REGISTRY_TOKEN_DELETED = auto()
    REGISTRY_TOKEN_UPDATED = auto()
    REGISTRY_UPDATED = auto()
    REGISTRY_VISIBILITY_CHANGED = auto()
    USER_API_ACCESS_TOKEN_ORGANIZATION_ACCESS_ADDED = auto()
    USER_API_ACCESS_TOKEN_ORGANIZATION_ACCESS_REMOVED = auto()


class SubjectType(_Named):
    """What it happened to."""

    AGENT_TOKEN = auto()
    API_ACCESS_TOKEN = auto()
    CLUSTER_TOKEN = auto()
    PORTAL = auto()
    PORTAL_SECRET = auto()
    PORTAL_TOKEN = auto()
    PORTAL_TOKEN_CODE = auto()
    REGISTRY = auto()
    REGISTRY_TOKEN = auto()


class ActorType(_Named):
    """What kind of thing did it."""

    AGENT = auto()
    API_APPLICATION = auto()
    USER = auto()


class Actor(Struct, frozen=True):
    """Who did it, as they were called at the time."""

    type: ActorType
    uuid: str
    name: str


class Subject(Struct, frozen=True):
    """What it was done to, as it was called at the time."""

    type: SubjectType
    uuid: str
    name: str | None


class ApiContext(Struct, frozen=True):
    """From where: a request to the REST or GraphQL API."""

    request_api_access_token_uuid: str | None
    """None for a portal's token."""
    request_ip_address: str | None
    request_user_agent: str | None


class WebContext(Struct, frozen=True):
    """From where: a page; here, one of the controls that stand for pages."""

    request_ip_address: str
    request_user_agent: str | None
    session_user_uuid: str | None = None


class AgentApiContext(Struct, frozen=True):
    """From where: a request to the Agent API."""

    agent_uuid: str
    authentication_type: str
    connection_state: str
    organization_uuid: str
    request_ip_address: str | None
    session_ip_address: str | None


Context = ApiContext | WebContext | AgentApiContext


class Performer(Struct, frozen=True):
    """Who does something, and from where; nobody, where it happens by itself."""

    actor: Actor | None
    context: Context | None


class AuditEvent(Struct, frozen=True):
    """One entry of an organization's audit log."""

    id: int
    uuid: str
    organization_id: int
    type: EventType
    actor: Actor | None
    subject: Subject
    context: Context | None
    data: Mapping[str, Any]
    """What was set, or for each thing changed what it was and what it is."""
    occurred_at: datetime


def a_caller(caller: Caller) -> Performer:
    """Whoever calls the REST or GraphQL API."""
    token = caller.api_access_token if isinstance(caller, ApiCaller) else None
    context = ApiContext(
        request_api_access_token_uuid=None if token is None else token.uuid,
        request_ip_address=caller.address,
        request_user_agent=caller.user_agent,
    )
    return Performer(_user(caller.user), context)


def a_user_on_a_page(user: User, address: str, user_agent: str | None) -> Performer:
    """A user who does what Buildkite has only pages for."""
    return Performer(_user(user), WebContext(address, user_agent, user.uuid))


def an_agent(agent: Agent, organization_uuid: str, authentication_type: str) -> Performer:
    """An agent that calls the Agent API, with a kind of token."""
    context = AgentApiContext(
        agent_uuid=agent.uuid,
        authentication_type=authentication_type,
        connection_state=agent.connection_state.value,
        organization_uuid=organization_uuid,
        request_ip_address=agent.ip_address,
        session_ip_address=agent.ip_address,
    )
    return Performer(Actor(ActorType.AGENT, agent.uuid, agent.name), context)


def changed(before: object, after: object, *names: str) -> dict[str, list[Any]]:
    """Of the named attributes those that two things differ in: what each was, and what it is."""
    pairs = {name: [_listed(getattr(each, name)) for each in (before, after)] for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _listed(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else value


def an_agent_token(token: AgentToken) -> Subject:
    """An agent token, of a cluster or not."""
    type_ = SubjectType.CLUSTER_TOKEN if token.is_clustered else SubjectType.AGENT_TOKEN
    return Subject(type_, token.uuid, token.description)


def an_api_access_token(token: ApiAccessToken | BriefApiAccessToken) -> Subject:
    """An API access token."""
    return Subject(SubjectType.API_ACCESS_TOKEN, token.uuid, token.description)


def _user(user: User) -> Actor:
    return Actor(ActorType.USER, user.uuid, user.name)
