"""Cluster queues."""

from mock_buildkite.clusters import deleting
from mock_buildkite.clusters.model import Cluster
from mock_buildkite.queues import service as queues
from mock_buildkite.queues.model import Queue
from mock_buildkite.rest_api.answers import Answer
from mock_buildkite.rest_api.calls import OrganizationCall
from mock_buildkite.rest_api.endpoints import UPDATE, in_organization
from mock_buildkite.rest_api.pagination import page
from mock_buildkite.rest_api.routes.clusters import CLUSTER, cluster_of
from mock_buildkite.rest_api.wire import queues as wire

QUEUES = f"{CLUSTER}/queues"
QUEUE = f"{QUEUES}/{{queue}}"


def list_queues(call: OrganizationCall) -> Answer:
    """GET those of a cluster."""
    cluster = cluster_of(call)
    found = queues.list_by_key(call.tx, cluster.id)
    return page(call, found, lambda each: wire.queue(call, cluster, each))


def read(call: OrganizationCall) -> object:
    """GET one."""
    return wire.queue(call, *_queue_of(call))


def create(call: OrganizationCall) -> object:
    """POST one."""
    cluster, wanted = cluster_of(call), wire.new_queue(call.body(wire.NewQueueBody))
    made = queues.create(call.tx, call.world, call.caller, cluster, wanted)
    return wire.queue(call, cluster, made)


def update(call: OrganizationCall) -> object:
    """PUT what is to change of one."""
    cluster, queue = _queue_of(call)
    wanted = wire.changed(queue, call.body(wire.QueueBody))
    return wire.queue(call, cluster, queues.update(call.tx, call.caller, cluster, queue, wanted))


def delete(call: OrganizationCall) -> None:
    """DELETE one."""
    deleting.delete_queue(call.tx, call.caller, *_queue_of(call))


def pause_dispatch(call: OrganizationCall) -> object:
    """POST …/pause_dispatch: its jobs wait."""
    cluster, queue = _queue_of(call)
    wanted = call.body(wire.PauseDispatchBody)
    note = wanted.dispatch_paused_note or wanted.note
    paused = queues.pause_dispatch(call.tx, call.caller, cluster, queue, note)
    return wire.queue(call, cluster, paused)


def resume_dispatch(call: OrganizationCall) -> object:
    """POST …/resume_dispatch: its jobs wait no more."""
    cluster, queue = _queue_of(call)
    return wire.queue(
        call, cluster, queues.resume_dispatch(call.tx, call.world, call.caller, cluster, queue)
    )


def _queue_of(call: OrganizationCall) -> tuple[Cluster, Queue]:
    cluster = cluster_of(call)
    return cluster, queues.require_in(call.tx, cluster, call.path["queue"])


ENDPOINTS = [
    in_organization("GET", QUEUES, list_queues, "read_clusters"),
    in_organization("POST", QUEUES, create, "write_clusters", status=201),
    in_organization("GET", QUEUE, read, "read_clusters"),
    in_organization(UPDATE, QUEUE, update, "write_clusters"),
    in_organization("DELETE", QUEUE, delete, "write_clusters"),
    in_organization("POST", f"{QUEUE}/pause_dispatch", pause_dispatch, "write_clusters"),
    in_organization("POST", f"{QUEUE}/resume_dispatch", resume_dispatch, "write_clusters"),
]
