"""Calls of agents and of those who count them: register, connect, ping, metrics.

A handler takes everything off the socket, runs one unit that authorises before it looks at the
body, and encodes what the unit returned.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_buildkite import metrics as counting
from mock_buildkite.agent_api.wire import agents as wire
from mock_buildkite.agent_tokens import service as agent_tokens
from mock_buildkite.agents import service as agents
from mock_buildkite.agents import sessions
from mock_buildkite.agents.service import Registered
from mock_buildkite.bodies import decode
from mock_buildkite.clusters import service as clusters
from mock_buildkite.errors import InvalidInputError
from mock_buildkite.exchange import (
    NO_STORE,
    client_address,
    credential,
    json_answer,
    plain_body,
    world_of,
)
from mock_buildkite.jobs import authority
from mock_buildkite.metrics import Metrics
from mock_buildkite.organizations import service as organizations
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import State


async def register(request: Request[State]) -> Response:
    """POST register: exchange an agent token for an agent and its session token."""
    world = world_of(request)
    presented, body = credential(request, world.settings), await plain_body(request)
    address = client_address(request, world.settings)
    user_agent = request.headers.get("user-agent", "")

    def unit(tx: Transaction) -> Registered:
        agent_token = agent_tokens.authenticate(tx, presented)
        return agents.register(tx, world, agent_token, wire.registration(body, user_agent), address)

    registered = await world.database.write(unit, is_brief=True)
    return json_answer(wire.registered(registered, world.settings), headers=NO_STORE)


async def connect(request: Request[State]) -> Response:
    """POST connect: the agent is there."""
    world = world_of(request)
    presented, _ = credential(request, world.settings), await plain_body(request)
    await world.database.write(lambda tx: sessions.connect(tx, world, presented), is_brief=True)
    return json_answer({})


async def disconnect(request: Request[State]) -> Response:
    """POST disconnect: the agent leaves."""
    world = world_of(request)
    presented, _ = credential(request, world.settings), await plain_body(request)
    await world.database.write(lambda tx: sessions.disconnect(tx, world, presented), is_brief=True)
    return json_answer({})


async def ping(request: Request[State]) -> Response:
    """GET ping: what the agent is to do."""
    world = world_of(request)
    presented = credential(request, world.settings)
    told = await world.database.write(lambda tx: sessions.ping(tx, world, presented), is_brief=True)
    return json_answer(wire.instruction(told))


async def heartbeat(request: Request[State]) -> Response:
    """POST heartbeat: the agent lives."""
    world = world_of(request)
    presented, body = credential(request, world.settings), await plain_body(request)

    def unit(tx: Transaction) -> dict[str, object]:
        sessions.heartbeat(tx, world, presented)
        return wire.heartbeat(decode(body, wire.HeartbeatBody), tx)

    return json_answer(await world.database.write(unit, is_brief=True))


async def stop(request: Request[State]) -> Response:
    """POST stop: the agent, or a job on it, wants the agent stopped."""
    world = world_of(request)
    presented, body = credential(request, world.settings), await plain_body(request)

    def unit(tx: Transaction) -> None:
        session = authority.session_behind(tx, presented)
        wanted = decode(body, wire.StopBody)
        sessions.stop(tx, world, session, graceful=not wanted.force)

    await world.database.write(unit)
    return json_answer({})


async def pause(request: Request[State]) -> Response:
    """POST pause: the agent, or a job on it, wants the agent paused."""
    world = world_of(request)
    presented, body = credential(request, world.settings), await plain_body(request)

    def unit(tx: Transaction) -> None:
        session = authority.session_behind(tx, presented)
        wanted = decode(body, wire.PauseBody)
        sessions.pause(tx, world, session, wanted.note, wanted.timeout_in_minutes or None)

    await world.database.write(unit)
    return json_answer({})


async def resume(request: Request[State]) -> Response:
    """POST resume: the agent, or a job on it, wants the agent's pause ended."""
    world = world_of(request)
    presented, _ = credential(request, world.settings), await plain_body(request)

    def unit(tx: Transaction) -> None:
        sessions.resume(tx, world, authority.session_behind(tx, presented))

    await world.database.write(unit)
    return json_answer({})


async def token(request: Request[State]) -> Response:
    """GET token: what an agent token is."""
    world = world_of(request)
    presented = credential(request, world.settings)

    def unit(tx: Transaction) -> dict[str, str]:
        agent_token = agent_tokens.authenticate(tx, presented)
        organization = organizations.find(tx, agent_token.organization_id)
        cluster_id = agent_token.cluster_id
        cluster = None if cluster_id is None else clusters.find(tx, cluster_id)
        return wire.identity(agent_token, organization, cluster)

    return json_answer(await world.database.read(unit))


async def metrics(request: Request[State]) -> Response:
    """GET metrics: how many agents are idle and busy."""
    return json_answer(wire.metrics(await _counted(request)))


async def queue_metrics(request: Request[State]) -> Response:
    """GET metrics/queue?name=KEY: the same for one queue."""
    counted = await _counted(request)
    key = request.query_params.get("name")
    if not key:
        msg = "Parameter name is required"
        raise InvalidInputError(msg)
    return json_answer(wire.queue_metrics(counted, key))


async def _counted(request: Request[State]) -> Metrics:
    world = world_of(request)
    presented = credential(request, world.settings)
    return await world.database.read(
        lambda tx: counting.count(tx, agent_tokens.authenticate(tx, presented))
    )


routes = [
    Route("/ping", ping),
    Route("/heartbeat", heartbeat, methods=["POST"]),
    Route("/register", register, methods=["POST"]),
    Route("/connect", connect, methods=["POST"]),
    Route("/disconnect", disconnect, methods=["POST"]),
    Route("/stop", stop, methods=["POST"]),
    Route("/pause", pause, methods=["POST"]),
    Route("/resume", resume, methods=["POST"]),
    Route("/token", token),
    Route("/metrics", metrics),
    Route("/metrics/queue", queue_metrics),
]
