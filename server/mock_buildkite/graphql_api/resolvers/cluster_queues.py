"""Cluster queues."""

from typing import Any

from ariadne import MutationType, ObjectType

from mock_buildkite import node_ids
from mock_buildkite.clusters import deleting
from mock_buildkite.clusters import service as clusters
from mock_buildkite.clusters.model import Cluster
from mock_buildkite.errors import InvalidInputError
from mock_buildkite.graphql_api.context import Info, Input, Payload
from mock_buildkite.graphql_api.fields import (
    node_type,
    payload_of,
    required,
    user,
    visible_organization,
)
from mock_buildkite.graphql_api.resolvers.clusters import cluster_in
from mock_buildkite.organizations.model import User
from mock_buildkite.queues import hosted
from mock_buildkite.queues import service as queues
from mock_buildkite.queues.hosted import InstanceShape
from mock_buildkite.queues.model import NewQueue, Queue

QUEUE = "cluster queue"

mutation = MutationType()
queue = node_type("ClusterQueue")
hosted_agents = ObjectType("HostedAgentQueueSettings")


@queue.field("cluster")
def resolve_cluster(source: Queue, info: Info) -> Cluster:
    """Whose it is."""
    return clusters.find(info.context.tx, source.cluster_id)


@queue.field("createdBy")
def resolve_created_by(source: Queue, info: Info) -> User | None:
    """Who made it."""
    return user(info, source.created_by)


@queue.field("dispatchPaused")
def resolve_dispatch_paused(source: Queue, _info: Info) -> bool:
    """Whether its jobs wait."""
    return source.dispatch_paused_at is not None


@queue.field("dispatchPausedBy")
def resolve_dispatch_paused_by(source: Queue, info: Info) -> User | None:
    """Who paused it."""
    return user(info, source.dispatch_paused_by)


@queue.field("hosted")
def resolve_hosted(source: Queue, _info: Info) -> bool:
    """Whether Buildkite would host its agents."""
    return source.hosted_agents is not None


@hosted_agents.field("instanceShape")
def resolve_instance_shape(source: dict[str, Any], _info: Info) -> InstanceShape:
    """The machine that the kept name spells."""
    return hosted.instance_shape(source["instance_shape"])


@hosted_agents.field("platformSettings")
def resolve_platform_settings(source: dict[str, Any], _info: Info) -> dict[str, Any]:
    """The settings of one of the two platforms."""
    return {"linux": source.get("linux"), "macos": source.get("macos")}


for _name in ("metrics", "stackHealth"):  # no advanced metrics, no stacks
    queue.set_field(_name, lambda _source, _info: None)


@payload_of(mutation, "clusterQueueCreate")
def create(info: Info, given: Input) -> Payload:
    """Make one."""
    organization = visible_organization(info, given["organization_id"])
    made = queues.create(
        info.context.tx,
        info.context.world,
        info.context.caller,
        cluster_in(info, organization, given["cluster_id"]),
        NewQueue(
            key=given["key"],
            description=given.get("description"),
            retry_agent_affinity=given.get("retry_agent_affinity"),
            hosted_agents=given.get("hosted_agents"),
        ),
    )
    return {"cluster_queue": made}


@payload_of(mutation, "clusterQueueUpdate")
def update(info: Info, given: Input) -> Payload:
    """Change one; a preference of null stays as it is."""
    found, cluster = _queue_in(info, given)
    wanted = NewQueue(
        key=found.key,
        description=given.get("description", found.description),
        retry_agent_affinity=given.get("retry_agent_affinity") or found.retry_agent_affinity,
        hosted_agents=_hosted_agents_wanted(found, given.get("hosted_agents")),
    )
    changed = queues.update(info.context.tx, info.context.caller, cluster, found, wanted)
    return {"cluster_queue": changed}


@payload_of(mutation, "clusterQueueDelete")
def delete(info: Info, given: Input) -> Payload:
    """Delete one."""
    found, cluster = _queue_in(info, given)
    deleting.delete_queue(info.context.tx, info.context.caller, cluster, found)
    return {"deleted_cluster_queue_id": node_ids.encode("ClusterQueue", found.uuid)}


@payload_of(mutation, "clusterQueuePauseDispatch")
def pause_dispatch(info: Info, given: Input) -> Payload:
    """Hold back the jobs of one."""
    tx, caller = info.context.tx, info.context.caller
    found, cluster = _visible_queue(info, given["id"])
    paused = queues.pause_dispatch(tx, caller, cluster, found, given.get("note") or None)
    return {"queue": paused}


@payload_of(mutation, "clusterQueueResumeDispatch")
def resume_dispatch(info: Info, given: Input) -> Payload:
    """Hand out the jobs of one again."""
    context = info.context
    found, cluster = _visible_queue(info, given["id"])
    resumed = queues.resume_dispatch(context.tx, context.world, context.caller, cluster, found)
    return {"queue": resumed}


def _queue_in(info: Info, given: Input) -> tuple[Queue, Cluster]:
    """The queue that an input names, in the organization that it names too."""
    organization = visible_organization(info, given["organization_id"])
    found, cluster = _visible_queue(info, given["id"])
    return required(found if cluster.organization_id == organization.id else None, QUEUE), cluster


def _hosted_agents_wanted(present: Queue, given: Input | None) -> dict[str, Any] | None:
    """What is to change of a queue's hosted agents; no shape is the one that they have.

    Raises:
        InvalidInputError: an image is given twice, by its older name as well.
    """
    if given is None:
        return None
    platforms = given.get("platform_settings") or {}
    linux, image = platforms.get("linux") or {}, given.get("agent_image_ref")
    if image and linux.get("agent_image_ref"):
        msg = "Agent image ref and platform settings can't both have an image"
        raise InvalidInputError(msg)
    if image:
        platforms = {**platforms, "linux": {"agent_image_ref": image}}
    kept = present.hosted_agents or {}
    shape = given.get("instance_shape") or kept.get("instance_shape")
    return {"instance_shape": shape, "platform_settings": platforms}


def _visible_queue(info: Info, node_id: str) -> tuple[Queue, Cluster]:
    uuid = node_ids.uuid_of(node_id, "ClusterQueue") or ""
    tx = info.context.tx
    found = required(queues.find_visible(tx, info.context.caller, uuid), QUEUE)
    return found, clusters.find(tx, found.cluster_id)


bindables = [mutation, queue, hosted_agents]
