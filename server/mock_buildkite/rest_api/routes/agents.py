"""Agents: those that are connected, any one of them, and what they are told to do."""

from collections.abc import Sequence
from typing import Any

from mock_buildkite.agents import connected
from mock_buildkite.agents import service as agents
from mock_buildkite.agents.model import Agent
from mock_buildkite.agents.service import Search
from mock_buildkite.jobs import described
from mock_buildkite.jobs import requests as jobs
from mock_buildkite.queues import service as queues
from mock_buildkite.rest_api.answers import Answer
from mock_buildkite.rest_api.calls import OrganizationCall
from mock_buildkite.rest_api.endpoints import ORGANIZATION, in_organization
from mock_buildkite.rest_api.pagination import page_together
from mock_buildkite.rest_api.wire import agents as wire

AGENTS = f"{ORGANIZATION}/agents"
AGENT = f"{AGENTS}/{{agent}}"


def list_agents(call: OrganizationCall) -> Answer:
    """GET those that are connected or stopping, as far as they pass every filter."""
    wanted = Search(
        states=connected.STATES,
        name=call.parameter("name"),
        hostname=call.parameter("hostname"),
        version=call.parameter("version"),
        queue_ids=_queue_ids(call),
    )
    found = agents.search(call.tx, call.organization.id, wanted)
    return page_together(call, found, lambda part: _spelled(call, part))


def read(call: OrganizationCall) -> object:
    """GET one, in whatever state."""
    (spelled,) = _spelled(call, [_agent(call)])
    return spelled


def stop(call: OrganizationCall) -> None:
    """PUT …/stop: at once, unless it is to finish its job."""
    agent, wanted = _agent(call), call.body(wire.StopBody)
    connected.stop(call.tx, call.world, call.caller, agent, graceful=not wanted.force)


def pause(call: OrganizationCall) -> None:
    """PUT …/pause: it takes no work for a while."""
    agent, wanted = _agent(call), call.body(wire.PauseBody)
    minutes = wanted.timeout_in_minutes or None
    connected.pause(
        call.tx, call.world, call.caller, agent, note=wanted.note, timeout_in_minutes=minutes
    )


def resume(call: OrganizationCall) -> None:
    """PUT …/resume: it takes work again."""
    connected.resume(call.tx, call.world, call.caller, _agent(call))


def _agent(call: OrganizationCall) -> Agent:
    return agents.require_in(call.tx, call.caller, call.organization, call.path["agent"])


def _spelled(call: OrganizationCall, found: Sequence[Agent]) -> list[Any]:
    their = jobs.find_several(call.tx, (agent.job_id for agent in found))
    shown = {each.job.id: each for each in described.describe(call.tx, their.values())}
    return [
        wire.agent(call, call.organization, each, shown.get(each.job_id or 0)) for each in found
    ]


def _queue_ids(call: OrganizationCall) -> frozenset[int] | None:
    """The queue that is asked for; one that is not there has no agents."""
    uuid = call.parameter("cluster_queue_id")
    if uuid is None:
        return None
    queue = queues.find_visible(call.tx, call.caller, uuid)
    return frozenset() if queue is None else frozenset({queue.id})


ENDPOINTS = [
    in_organization("GET", AGENTS, list_agents, "read_agents"),
    in_organization("GET", AGENT, read, "read_agents"),
    in_organization("PUT", f"{AGENT}/stop", stop, "write_agents"),
    in_organization("PUT", f"{AGENT}/pause", pause, "write_agents"),
    in_organization("PUT", f"{AGENT}/resume", resume, "write_agents"),
]
