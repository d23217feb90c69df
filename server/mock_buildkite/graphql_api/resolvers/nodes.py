"""`node(id:)`: whatever has a global ID and exists for the caller."""

from collections.abc import Callable
from functools import partial

from ariadne import InterfaceType, QueryType

from mock_buildkite import node_ids
from mock_buildkite.access_tokens import managing as access_tokens
from mock_buildkite.access_tokens.model import ApiAccessToken, Caller
from mock_buildkite.agent_tokens import service as agent_tokens
from mock_buildkite.agent_tokens.model import AgentToken
from mock_buildkite.agents import service as agents
from mock_buildkite.agents.model import Agent
from mock_buildkite.annotations import service as annotations
from mock_buildkite.annotations.model import Annotation
from mock_buildkite.artifacts import service as artifacts
from mock_buildkite.artifacts.model import Artifact
from mock_buildkite.audit import service as audit
from mock_buildkite.audit.model import AuditEvent
from mock_buildkite.builds import service as builds
from mock_buildkite.builds.model import Build
from mock_buildkite.clusters import service as clusters
from mock_buildkite.clusters.model import Cluster
from mock_buildkite.graphql_api.context import Info
from mock_buildkite.graphql_api.job_types import ANY_KIND, TYPE_NAMES, is_named
from mock_buildkite.graphql_api.resolvers.viewer import Viewer
from mock_buildkite.jobs import requests as jobs
from mock_buildkite.jobs.model import Job
from mock_buildkite.organizations import service as organizations
from mock_buildkite.organizations.model import Organization, User
from mock_buildkite.pipelines import service as pipelines
from mock_buildkite.pipelines.model import Pipeline
from mock_buildkite.queues import service as queues
from mock_buildkite.queues.model import Queue
from mock_buildkite.storage.database import Transaction

query = QueryType()
node = InterfaceType("Node")

_TYPE_NAMES: dict[type, str] = {
    Agent: "Agent",
    ApiAccessToken: "APIAccessToken",
    Annotation: "Annotation",
    Artifact: "Artifact",
    AuditEvent: "AuditEvent",
    Build: "Build",
    Cluster: "Cluster",
    Organization: "Organization",
    Pipeline: "Pipeline",
    Queue: "ClusterQueue",
    User: "User",
    Viewer: "Viewer",
}


@query.field("node")
def resolve_node(_source: object, info: Info, *, id: str) -> object:  # noqa: A002 - theirs
    """Anything by its global ID; None for what is not there, or not for this caller."""
    return find_visible(info, *(node_ids.decode(id) or ("", "")))


def find_visible(info: Info, type_name: str, uuid: str) -> object:
    """Anything by its type and UUID; None for what is not there, or not for this caller."""
    find = _FINDERS.get(type_name)
    return None if find is None else find(info.context.tx, info.context.caller, uuid)


@node.type_resolver
def type_of(value: object, _info: Info, _type: object) -> str | None:
    """The GraphQL type of a node."""
    if isinstance(value, AgentToken):
        return "ClusterToken" if value.is_clustered else "AgentToken"
    if isinstance(value, Job):
        return TYPE_NAMES[value.type]
    return _TYPE_NAMES.get(type(value))


def _find_organization(tx: Transaction, caller: Caller, uuid: str) -> Organization | None:
    return organizations.find_visible(tx, caller, uuid=uuid)


def _find_viewer(_tx: Transaction, caller: Caller, uuid: str) -> Viewer | None:
    return Viewer(caller.user) if uuid == caller.user.uuid else None


def _find_job(type_name: str, tx: Transaction, caller: Caller, uuid: str) -> Job | None:
    job = jobs.find_visible(tx, caller, uuid)
    return job if job is not None and is_named(job, type_name) else None


_FINDERS: dict[str, Callable[[Transaction, Caller, str], object]] = {
    "APIAccessToken": access_tokens.find_visible,
    "Agent": agents.find_visible,
    "AgentToken": partial(agent_tokens.find_visible, clustered=False),
    "Annotation": annotations.find_visible,
    "Artifact": artifacts.find_visible,
    "AuditEvent": audit.find_visible,
    "Build": builds.find_visible,
    "Cluster": clusters.find_visible,
    "ClusterQueue": queues.find_visible,
    "ClusterToken": partial(agent_tokens.find_visible, clustered=True),
    "Organization": _find_organization,
    "Pipeline": pipelines.find_visible,
    "User": organizations.find_visible_user,
    "Viewer": _find_viewer,
    **{name: partial(_find_job, name) for name in (ANY_KIND, *TYPE_NAMES.values())},
}

bindables = [query, node]
