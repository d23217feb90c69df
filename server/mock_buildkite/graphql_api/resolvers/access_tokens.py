"""API access tokens: those that reach an organization, and how it takes itself away from one."""

from collections.abc import Sequence
from typing import Unpack

from ariadne import MutationType, ObjectType

from mock_buildkite import node_ids
from mock_buildkite.access_tokens import managing as access_tokens
from mock_buildkite.access_tokens.model import ApiAccessToken
from mock_buildkite.graphql_api.connections import Connection, Page, connect
from mock_buildkite.graphql_api.context import Info, Input, Payload
from mock_buildkite.graphql_api.fields import node_type, payload_of, user, visible_organization
from mock_buildkite.organizations.model import Organization, User

# Another bindable for the same type: this noun's fields of it.
organization = ObjectType("Organization")
mutation = MutationType()
api_access_token = node_type("APIAccessToken")
organization_token = ObjectType("OrganizationAPIAccessToken")
connection = ObjectType("OrganizationAPIAccessTokenConnection")


@organization.field("apiAccessTokens")
def resolve_api_access_tokens(
    source: Organization, info: Info, **page: Unpack[Page]
) -> Connection[ApiAccessToken]:
    """The live ones that reach it."""
    found = access_tokens.list_reaching(info.context.tx, info.context.caller, source)
    return connect(found, **page)


@connection.field("nodes")
def resolve_nodes(source: Connection[ApiAccessToken], _info: Info) -> Sequence[ApiAccessToken]:
    """What the edges lead to: this connection alone has it."""
    return [edge.node for edge in source.edges]


@organization_token.field("id")
def resolve_id(source: ApiAccessToken, _info: Info) -> str:
    """Unverified: that it is the one of `APIAccessToken`."""
    return node_ids.encode("APIAccessToken", source.uuid)


@organization_token.field("ipAddress")
def resolve_ip_address(source: ApiAccessToken, _info: Info) -> str | None:
    """Where it was last used from."""
    return source.last_used_from


@organization_token.field("lastAccessedAt")
def resolve_last_accessed_at(source: ApiAccessToken, _info: Info) -> object:
    """When it was last used."""
    return source.last_used_at


@organization_token.field("owner")
def resolve_owner(source: ApiAccessToken, info: Info) -> User | None:
    """Whose it is."""
    return user(info, source.user_id)


@organization_token.field("scopes")
def resolve_scopes(source: ApiAccessToken, _info: Info) -> list[str]:
    """What it may be used for."""
    return sorted(scope.upper() for scope in source.scopes)


@payload_of(mutation, "organizationApiAccessTokenRevoke")
def remove_organization(info: Info, given: Input) -> Payload:
    """Take an organization away from a token."""
    organization_ = visible_organization(info, given["organization_id"])
    uuid = node_ids.uuid_of(given["api_access_token_id"], "APIAccessToken")
    token = access_tokens.remove_organization(
        info.context.tx, info.context.caller, organization_, uuid or ""
    )
    return {"revoked_api_access_token_id": node_ids.encode("APIAccessToken", token.uuid)}


bindables = [organization, mutation, api_access_token, organization_token, connection]
