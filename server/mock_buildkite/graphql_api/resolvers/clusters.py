"""Clusters."""

from typing import Unpack

from ariadne import MutationType
from msgspec.structs import replace

from mock_buildkite import node_ids
from mock_buildkite.agent_tokens import service as agent_tokens
from mock_buildkite.agent_tokens.model import AgentToken
from mock_buildkite.clusters import deleting
from mock_buildkite.clusters import service as clusters
from mock_buildkite.clusters.model import Cluster, NewCluster
from mock_buildkite.graphql_api.connections import Connection, Page, connect
from mock_buildkite.graphql_api.context import Info, Input, Payload
from mock_buildkite.graphql_api.fields import node_type, payload_of, user, visible_organization
from mock_buildkite.organizations import service as organizations
from mock_buildkite.organizations.model import Organization, User
from mock_buildkite.queues import service as queues
from mock_buildkite.queues.model import Queue

mutation = MutationType()
cluster = node_type("Cluster")


def cluster_in(info: Info, organization: Organization, node_id: str) -> Cluster:
    """The cluster of an organization with that global ID.

    Raises:
        NotFoundError: there is none.
    """
    uuid = node_ids.uuid_of(node_id, "Cluster") or ""
    return clusters.require_in(info.context.tx, info.context.caller, organization, uuid)


@cluster.field("organization")
def resolve_organization(source: Cluster, info: Info) -> Organization:
    """Whose it is."""
    return organizations.find(info.context.tx, source.organization_id)


@cluster.field("createdBy")
def resolve_created_by(source: Cluster, info: Info) -> User | None:
    """Who made it."""
    return user(info, source.created_by)


@cluster.field("defaultQueue")
def resolve_default_queue(source: Cluster, info: Info) -> Queue | None:
    """The queue of agents and jobs that name none."""
    number = source.default_queue_id
    return None if number is None else queues.find(info.context.tx, number)


@cluster.field("queues")
def resolve_queues(
    source: Cluster, info: Info, *, order: str | None = "KEY", **page: Unpack[Page]
) -> Connection[Queue]:
    """Its queues."""
    newest_first = order == "RECENTLY_CREATED"
    ordered = queues.list_newest_first if newest_first else queues.list_by_key
    return connect(ordered(info.context.tx, source.id), **page)


@cluster.field("agentTokens")
def resolve_agent_tokens(
    source: Cluster, info: Info, *, first: int | None = None, last: int | None = None
) -> Connection[AgentToken]:
    """Its agent tokens, expired ones too."""
    found = agent_tokens.list_for_cluster(info.context.tx, info.context.caller, source)
    return connect(found, first=first, last=last)


@payload_of(mutation, "clusterCreate")
def create(info: Info, given: Input) -> Payload:
    """Make one, without queues."""
    made = clusters.create(
        info.context.tx,
        info.context.world,
        info.context.caller,
        visible_organization(info, given["organization_id"]),
        NewCluster(
            name=given["name"],
            description=given.get("description"),
            emoji=given.get("emoji"),
            color=given.get("color"),
        ),
    )
    return {"cluster": made}


@payload_of(mutation, "clusterUpdate")
def update(info: Info, given: Input) -> Payload:
    """Change one; a name of null stays as it is."""
    tx, caller = info.context.tx, info.context.caller
    found = cluster_in(info, visible_organization(info, given["organization_id"]), given["id"])
    said: dict[str, str | None] = {
        name: given[name] for name in ("description", "emoji", "color") if name in given
    }
    if given.get("name") is not None:
        said["name"] = given["name"]
    if said:
        found = clusters.update(tx, caller, found, replace(found, **said))
    if "default_queue_id" in given:
        node_id = given["default_queue_id"]
        uuid = (node_ids.uuid_of(node_id, "ClusterQueue") or "") if node_id else None
        found = queues.choose_default(tx, caller, found, uuid)
    return {"cluster": found}


@payload_of(mutation, "clusterDelete")
def delete(info: Info, given: Input) -> Payload:
    """Delete one, with its queues and agent tokens."""
    found = cluster_in(info, visible_organization(info, given["organization_id"]), given["id"])
    deleting.delete_cluster(info.context.tx, info.context.caller, found)
    return {"deleted_cluster_id": node_ids.encode("Cluster", found.uuid)}


bindables = [mutation, cluster]
