"""Agent tokens of clusters."""

from ariadne import MutationType

from mock_buildkite import ip_addresses, node_ids
from mock_buildkite.agent_tokens import service as agent_tokens
from mock_buildkite.agent_tokens.model import AgentToken
from mock_buildkite.clusters import service as clusters
from mock_buildkite.clusters.model import Cluster
from mock_buildkite.errors import NotFoundError
from mock_buildkite.graphql_api.context import Info, Input, Payload
from mock_buildkite.graphql_api.fields import node_type, payload_of, user, visible_organization
from mock_buildkite.graphql_api.resolvers.clusters import cluster_in
from mock_buildkite.organizations.model import User

mutation = MutationType()
cluster_token = node_type("ClusterToken")


@cluster_token.field("token")
def resolve_token(_source: AgentToken, _info: Info) -> str:
    """Deprecated: always empty."""
    return ""


@cluster_token.field("cluster")
def resolve_cluster(source: AgentToken, info: Info) -> Cluster:
    """Whose it is."""
    assert source.cluster_id is not None  # noqa: S101 - what makes it a ClusterToken
    return clusters.find(info.context.tx, source.cluster_id)


@cluster_token.field("createdBy")
def resolve_created_by(source: AgentToken, info: Info) -> User | None:
    """Nobody, for the initial one."""
    return user(info, source.created_by)


@payload_of(mutation, "clusterAgentTokenCreate")
def create(info: Info, given: Input) -> Payload:
    """Make one; the payload is the only answer with its value."""
    organization = visible_organization(info, given["organization_id"])
    minted = agent_tokens.create_for_cluster(
        info.context.tx,
        info.context.world,
        info.context.caller,
        cluster_in(info, organization, given["cluster_id"]),
        description=given["description"],
        expires_at=given.get("expires_at"),
        allowed_ip_addresses=given.get("allowed_ip_addresses"),
    )
    return {"cluster_agent_token": minted.agent_token, "token_value": minted.value}


@payload_of(mutation, "clusterAgentTokenUpdate")
def update(info: Info, given: Input) -> Payload:
    """Change its description and, if they are given at all, the addresses it allows."""
    allowed = given.get("allowed_ip_addresses") or ip_addresses.ANYWHERE
    updated = agent_tokens.update(
        info.context.tx,
        info.context.world,
        info.context.caller,
        visible_organization(info, given["organization_id"]),
        _uuid(given["id"]),
        description=given["description"],
        allowed_ip_addresses=allowed if "allowed_ip_addresses" in given else None,
    )
    return {"cluster_agent_token": updated}


@payload_of(mutation, "clusterAgentTokenRevoke")
def revoke(info: Info, given: Input) -> Payload:
    """Revoke one: it is gone from every list, its agents are not."""
    revoked = agent_tokens.revoke_clustered(
        info.context.tx,
        info.context.caller,
        visible_organization(info, given["organization_id"]),
        _uuid(given["id"]),
    )
    return {"deleted_cluster_agent_token_id": node_ids.encode("ClusterToken", revoked.uuid)}


def _uuid(node_id: str) -> str:
    uuid = node_ids.uuid_of(node_id, "ClusterToken")
    if uuid is None:
        msg = "No agent token found"
        raise NotFoundError(msg)
    return uuid


bindables = [mutation, cluster_token]
