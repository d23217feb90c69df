"""Cluster queues."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from mock_buildkite import node_ids
from mock_buildkite.clusters.model import Cluster
from mock_buildkite.queues.hosted import instance_shape
from mock_buildkite.queues.model import NewQueue, Queue
from mock_buildkite.rest_api.calls import OrganizationCall
from mock_buildkite.rest_api.wire.clusters import address
from mock_buildkite.rest_api.wire.moments import spelled
from mock_buildkite.rest_api.wire.users import reference


class HostedAgentsBody(msgspec.Struct, rename="camel"):
    """The machines of hosted agents, in camel case on the way in."""

    instance_shape: str | None = None
    agent_image_ref: str | None = None


class NewQueueBody(msgspec.Struct):
    """The body that makes a queue."""

    key: str | None = None
    description: str | None = None
    retry_agent_affinity: str | None = None
    hosted_agents: HostedAgentsBody | None = msgspec.field(default=None, name="hostedAgents")


class QueueBody(msgspec.Struct):
    """The body that changes a queue: what is not in it stays, and so does the key."""

    description: str | UnsetType | None = UNSET
    retry_agent_affinity: str | UnsetType | None = UNSET
    hosted_agents: HostedAgentsBody | None = msgspec.field(default=None, name="hostedAgents")


class PauseDispatchBody(msgspec.Struct):
    """The body of `POST …/pause_dispatch`: the note has one name in a table, another in a curl."""

    dispatch_paused_note: str | None = None
    note: str | None = None


def new_queue(body: NewQueueBody) -> NewQueue:
    """The queue that is asked for. A new one always has the default image."""
    hosted_agents = None
    if body.hosted_agents is not None:
        hosted_agents = {"instance_shape": body.hosted_agents.instance_shape or ""}
    return NewQueue(body.key or "", body.description, body.retry_agent_affinity, hosted_agents)


def changed(present: Queue, body: QueueBody) -> NewQueue:
    """What is wanted of a queue. Hosted agents are said only where they change."""
    hosted_agents = None
    if body.hosted_agents is not None:
        image = {"agent_image_ref": body.hosted_agents.agent_image_ref}
        hosted_agents = {
            "instance_shape": body.hosted_agents.instance_shape,
            "platform_settings": {"linux": image},
        }
    affinity = body.retry_agent_affinity
    return NewQueue(
        key=present.key,
        description=present.description if body.description is UNSET else body.description,
        retry_agent_affinity=present.retry_agent_affinity if affinity is UNSET else affinity,
        hosted_agents=hosted_agents,
    )


def queue(call: OrganizationCall, cluster: Cluster, shown: Queue) -> dict[str, Any]:
    """A queue of a cluster."""
    place = ("clusters", cluster.uuid, "queues", shown.uuid)
    return {
        "id": shown.uuid,
        "graphql_id": node_ids.encode("ClusterQueue", shown.uuid),
        "key": shown.key,
        "description": shown.description,
        "url": call.links.organization(call.organization, *place),
        "web_url": call.links.web("organizations", call.organization.slug, *place),
        "cluster_url": address(call, cluster),
        "retry_agent_affinity": shown.retry_agent_affinity,
        "dispatch_paused": shown.dispatch_paused_at is not None,
        "dispatch_paused_by": reference(call.tx, shown.dispatch_paused_by),
        "dispatch_paused_at": spelled(shown.dispatch_paused_at),
        "dispatch_paused_note": shown.dispatch_paused_note,
        "created_at": spelled(shown.created_at),
        "created_by": reference(call.tx, shown.created_by),
        **_hosted(shown.hosted_agents),
    }


def _hosted(kept: dict[str, Any] | None) -> dict[str, Any]:
    """What only a hosted queue has."""
    if kept is None:
        return {}
    shape = instance_shape(kept["instance_shape"])
    platforms = {name: kept[name] for name in ("linux", "macos") if name in kept}
    return {
        "hosted": True,
        "hosted_agents": {
            "instance_shape": {
                "machine_type": shape.machine_type.lower(),
                "architecture": shape.architecture.lower(),
                "cpu": shape.vcpu,
                "memory": shape.memory,
                "name": shape.name,
            },
            "platform_settings": platforms,
        },
    }
