"""Agents."""

from typing import Any

import msgspec

from mock_buildkite import node_ids
from mock_buildkite.agents.lifecycle import ConnectionState
from mock_buildkite.agents.model import Agent
from mock_buildkite.clusters import service as clusters
from mock_buildkite.clusters.model import Cluster
from mock_buildkite.jobs.described import DescribedJob
from mock_buildkite.organizations.model import Organization
from mock_buildkite.queues import service as queues
from mock_buildkite.queues.model import Queue, named_in
from mock_buildkite.rest_api.calls import Call
from mock_buildkite.rest_api.wire.addresses import page_of_agent
from mock_buildkite.rest_api.wire.jobs import job
from mock_buildkite.rest_api.wire.moments import spelled
from mock_buildkite.rest_api.wire.users import reference


class StopBody(msgspec.Struct):
    """The body of `PUT …/stop`."""

    force: bool = True


class PauseBody(msgspec.Struct):
    """The body of `PUT …/pause`."""

    note: str | None = None
    timeout_in_minutes: int | None = None


def agent(
    call: Call, organization: Organization, shown: Agent, at_work_on: DescribedJob | None
) -> dict[str, Any]:
    """An agent, in whatever state, and the job that it has."""
    is_stopped = shown.connection_state is ConnectionState.STOPPED
    return {
        "id": shown.uuid,
        "graphql_id": node_ids.encode("Agent", shown.uuid),
        "url": call.links.organization(organization, "agents", shown.uuid),
        "web_url": page_of_agent(call.links, organization, shown, _place(call, shown)),
        "name": shown.name,
        "connection_state": shown.connection_state.value,
        "hostname": shown.hostname,
        "ip_address": shown.ip_address,
        "user_agent": shown.user_agent,
        "version": shown.version,
        "os_id": shown.os_id,
        "arch": shown.arch,
        "queue": next(iter(named_in(shown.tags)), None),
        "creator": None,  # Unverified: a token made it, and the documented shape is a user's
        "created_at": spelled(shown.created_at),
        "connected_at": spelled(shown.connected_at),
        "disconnected_at": spelled(shown.disconnected_at),
        "lost_at": spelled(shown.lost_at),
        "stopped_at": spelled(shown.disconnected_at) if is_stopped else None,
        "job": None if at_work_on is None else _job(call, organization, at_work_on),
        "last_job_finished_at": spelled(shown.last_job_finished_at),
        "priority": shown.priority,
        "meta_data": shown.tags,
        **_pause(call, shown),
    }


def _job(call: Call, organization: Organization, shown: DescribedJob) -> dict[str, Any]:
    """The job that an agent has, which does not show the agent again."""
    spelled_job = job(call.links, organization, shown, with_agent=False)
    return {**spelled_job, "script_path": spelled_job["command"]}


def _pause(call: Call, shown: Agent) -> dict[str, Any]:
    pause = shown.pause
    return {
        "paused": pause is not None,
        "paused_at": None if pause is None else spelled(pause.at),
        "paused_by": None if pause is None else reference(call.tx, pause.by),
        "paused_note": None if pause is None else pause.note,
        "paused_timeout_in_minutes": None if pause is None else pause.timeout_in_minutes,
    }


def _place(call: Call, shown: Agent) -> tuple[Cluster, Queue] | None:
    if shown.cluster_id is None or shown.queue_id is None:
        return None
    return clusters.find(call.tx, shown.cluster_id), queues.find(call.tx, shown.queue_id)
