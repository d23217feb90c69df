"""`node(id:)`: whatever has a global ID and exists for the caller."""

from ariadne import InterfaceType, QueryType

from mock_buildkite import node_ids
from mock_buildkite.agent_tokens import service as agent_tokens
from mock_buildkite.agent_tokens.model import AgentToken
from mock_buildkite.agents import service as agents
from mock_buildkite.agents.model import Agent
from mock_buildkite.clusters import service as clusters
from mock_buildkite.clusters.model import Cluster
from mock_buildkite.graphql_api.context import Info
from mock_buildkite.graphql_api.resolvers.viewer import Viewer
from mock_buildkite.organizations import service as organizations
from mock_buildkite.organizations.model import Organization, User
from mock_buildkite.queues import service as queues
from mock_buildkite.queues.model import Queue

query = QueryType()
node = InterfaceType("Node")

_TYPE_NAMES = {
    Agent: "Agent",
    Cluster: "Cluster",
    Organization: "Organization",
    Queue: "ClusterQueue",
    User: "User",
    Viewer: "Viewer",
}


@query.field("node")
def resolve_node(_source: object, info: Info, *, id: str) -> object:  # noqa: A002, PLR0911 - theirs
    """Anything by its global ID; None for what is not there, or not for this caller."""
    decoded = node_ids.decode(id)
    if decoded is None:
        return None
    tx, caller = info.context.tx, info.context.caller
    type_name, uuid = decoded
    match type_name:
        case "Agent":
            return agents.find_visible(tx, caller, uuid)
        case "AgentToken" | "ClusterToken":
            clustered = type_name == "ClusterToken"
            return agent_tokens.find_visible(tx, caller, uuid, clustered=clustered)
        case "Cluster":
            return clusters.find_visible(tx, caller, uuid)
        case "ClusterQueue":
            return queues.find_visible(tx, caller, uuid)
        case "Organization":
            return organizations.find_visible(tx, caller, uuid=uuid)
        case "User":
            return organizations.find_visible_user(tx, caller, uuid)
        case "Viewer" if uuid == caller.user.uuid:
            return Viewer(caller.user)
    return None


@node.type_resolver
def type_of(value: object, _info: Info, _type: object) -> str | None:
    """The GraphQL type of a node."""
    if isinstance(value, AgentToken):
        return "ClusterToken" if value.is_clustered else "AgentToken"
    return _TYPE_NAMES.get(type(value))


bindables = [query, node]
