"""Unclustered agent tokens."""

from ariadne import MutationType, QueryType

from mock_buildkite import node_ids
from mock_buildkite.agent_tokens import service as agent_tokens
from mock_buildkite.agent_tokens.model import AgentToken
from mock_buildkite.errors import NotFoundError
from mock_buildkite.graphql_api.connections import Edge, cursor
from mock_buildkite.graphql_api.context import Info, Input, Payload
from mock_buildkite.graphql_api.fields import (
    node_type,
    payload_of,
    permission,
    user,
    visible_organization,
)
from mock_buildkite.organizations import service as organizations
from mock_buildkite.organizations.model import Organization, User

query = QueryType()
mutation = MutationType()
agent_token = node_type("AgentToken")


@query.field("agentToken")
def resolve_agent_token(_source: object, info: Info, *, slug: str) -> AgentToken | None:
    """An unclustered token by `organization/uuid`, revoked or not."""
    organization_slug, _, uuid = slug.partition("/")
    tx, caller = info.context.tx, info.context.caller
    organization = organizations.find_visible(tx, caller, slug=organization_slug)
    found = agent_tokens.find_visible(tx, caller, uuid, clustered=False)
    if organization is None or found is None or found.organization_id != organization.id:
        return None
    return found


@agent_token.field("token")
def resolve_token(source: AgentToken, info: Info) -> str:
    """Deprecated: empty. In the older era the value, for the administrators who get here."""
    return agent_tokens.revealed_value(info.context.tx, info.context.world, source) or ""


@agent_token.field("organization")
def resolve_organization(source: AgentToken, info: Info) -> Organization:
    """Whose it is."""
    return organizations.find(info.context.tx, source.organization_id)


@agent_token.field("permissions")
def resolve_permissions(source: AgentToken, info: Info) -> Payload:
    """What the caller may do with it; nobody revokes it twice."""
    may_manage = agent_tokens.may_manage(info.context.tx, info.context.caller, source)
    return {"agent_token_revoke": permission(allowed=may_manage and source.revoked_at is None)}


@agent_token.field("createdBy")
def resolve_created_by(source: AgentToken, info: Info) -> User | None:
    """Nobody, for the default one."""
    return user(info, source.created_by)


@agent_token.field("revokedBy")
def resolve_revoked_by(source: AgentToken, info: Info) -> User | None:
    """Who revoked it."""
    return user(info, source.revoked_by)


@payload_of(mutation, "agentTokenCreate")
def create(info: Info, given: Input) -> Payload:
    """Make one; the payload is the only answer with its value."""
    organization = visible_organization(info, given["organization_id"])
    minted = agent_tokens.create_unclustered(
        info.context.tx,
        info.context.world,
        info.context.caller,
        organization,
        description=given.get("description"),
        public=given.get("public") or False,
    )
    return {
        "agent_token_edge": Edge(cursor(minted.agent_token), minted.agent_token),
        "organization": organization,
        "token_value": minted.value,
    }


@payload_of(mutation, "agentTokenRevoke")
def revoke(info: Info, given: Input) -> Payload:
    """Revoke one, for a reason."""
    uuid = node_ids.uuid_of(given["id"], "AgentToken")
    if uuid is None:
        msg = "No agent token found"
        raise NotFoundError(msg)
    revoked = agent_tokens.revoke_unclustered(
        info.context.tx, info.context.caller, uuid, given["reason"]
    )
    return {"agent_token": revoked}


bindables = [query, mutation, agent_token]
