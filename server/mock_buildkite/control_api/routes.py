"""The test author's controls, on the same services as everything else."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_buildkite import introducing, node_ids, sweeping
from mock_buildkite.agents import service as agents
from mock_buildkite.agents.model import Agent
from mock_buildkite.bodies import decode
from mock_buildkite.clock import to_text
from mock_buildkite.control_api import (
    access_tokens,
    errors,
    inspecting,
    leaks,
    outbox,
    portals,
    registries,
)
from mock_buildkite.exchange import NO_STORE, base_url, json_answer, plain_body, world_of
from mock_buildkite.refusals import api
from mock_buildkite.seeding import document, planting
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import State

LARGEST_SEED = 16 * 1024 * 1024


class ClockBody(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST /_mock/clock`."""

    advance_seconds: float
    silent: bool = False


async def seed(request: Request[State]) -> Response:
    """POST /_mock/seed: add what a document says, all or nothing; every id and value it minted."""
    world = world_of(request)
    said = document.parse(await plain_body(request, LARGEST_SEED))
    planted = await world.database.write(lambda tx: planting.plant(tx, world, said))
    return json_answer(_planted(planted), headers=NO_STORE)


async def clock(request: Request[State]) -> Response:
    """POST /_mock/clock: let time pass, and do what falls due."""
    world = world_of(request)
    wanted = decode(await plain_body(request), ClockBody)
    now = await sweeping.advance(world, wanted.advance_seconds, silent=wanted.silent)
    return json_answer({"now": to_text(now)})


async def reset(request: Request[State]) -> Response:
    """POST /_mock/reset: the world as it was at first, in the present; what `--json` printed."""
    await plain_body(request)
    worlds = request.state["worlds"]
    world = await worlds.reset()
    return json_answer(
        introducing.facts(world, base_url(request, world.settings)), headers=NO_STORE
    )


async def list_agents(request: Request[State]) -> Response:
    """GET /_mock/agents: every agent ever registered, with the agent token it used."""
    world = world_of(request)

    def unit(tx: Transaction) -> list[dict[str, Any]]:
        return [_agent(agent, uuid) for agent, uuid in agents.list_all(tx)]

    return json_answer(await world.database.read(unit))


def _planted(planted: planting.Planted) -> dict[str, Any]:
    """What was planted, with the GraphQL IDs and, for each organization, its introduction."""
    answer: dict[str, Any] = msgspec.to_builtins(planted)
    for user in answer["users"]:
        user["id"] = node_ids.encode("User", user["uuid"])
    for organization, made in zip(answer["organizations"], planted.organizations, strict=True):
        introduction = introducing.organization_from_seed(made)
        organization.update(introducing.organization_facts(introduction))
        organization["id"] = node_ids.encode("Organization", organization["uuid"])
        for agent_token in organization["agent_tokens"]:
            agent_token["id"] = node_ids.encode("AgentToken", agent_token["uuid"])
        for cluster in organization["clusters"]:
            cluster["id"] = node_ids.encode("Cluster", cluster["uuid"])
            for queue in cluster["queues"]:
                queue["id"] = node_ids.encode("ClusterQueue", queue["uuid"])
            for agent_token in cluster["agent_tokens"]:
                agent_token["id"] = node_ids.encode("ClusterToken", agent_token["uuid"])
            for secret in cluster["secrets"]:
                secret["id"] = node_ids.encode("ClusterSecret", secret["uuid"])
    return answer


def _agent(agent: Agent, agent_token_uuid: str) -> dict[str, Any]:
    def moment(value: Any) -> str | None:  # noqa: ANN401 - a datetime or None
        return None if value is None else to_text(value)

    return {
        "id": node_ids.encode("Agent", agent.uuid),
        "uuid": agent.uuid,
        "name": agent.name,
        "connection_state": agent.connection_state.value,
        "agent_token_uuid": agent_token_uuid,
        "meta_data": agent.tags,
        "version": agent.version,
        "ip_address": agent.ip_address,
        "created_at": moment(agent.created_at),
        "connected_at": moment(agent.connected_at),
        "heartbeat_at": moment(agent.heartbeat_at),
        "lost_at": moment(agent.lost_at),
        "disconnected_at": moment(agent.disconnected_at),
    }


app = api(
    [
        Route("/seed", seed, methods=["POST"]),
        Route("/clock", clock, methods=["POST"]),
        Route("/reset", reset, methods=["POST"]),
        Route("/agents", list_agents),
        *portals.ROUTES,
        *registries.ROUTES,
        *leaks.ROUTES,
        *outbox.ROUTES,
        *access_tokens.ROUTES,
        *inspecting.ROUTES,
    ],
    errors.encode,
)
