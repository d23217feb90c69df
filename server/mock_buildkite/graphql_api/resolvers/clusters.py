"""Clusters."""

from typing import Unpack

from ariadne import MutationType

from mock_buildkite import node_ids
from mock_buildkite.agent_tokens import service as agent_tokens
from mock_buildkite.agent_tokens.model import AgentToken
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


bindables = [mutation, cluster]
