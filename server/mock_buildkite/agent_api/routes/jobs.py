"""Calls about one job: accept, acquire, start, its state, changes, finish."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_buildkite.agent_api.wire import jobs as wire
from mock_buildkite.agents import sessions
from mock_buildkite.agents.model import Session
from mock_buildkite.bodies import decode
from mock_buildkite.exchange import (
    NO_STORE,
    base_url,
    credential,
    json_answer,
    plain_body,
    segment,
    world_of,
)
from mock_buildkite.jobs import authority, service
from mock_buildkite.jobs.service import Accepted
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import State, World


async def accept(request: Request[State]) -> Response:
    """PUT jobs/{uuid}/accept: the agent takes the job that it was offered."""
    return await _handed_over(request, service.accept)


async def acquire(request: Request[State]) -> Response:
    """PUT jobs/{uuid}/acquire: the agent takes a job that it was told of by others."""
    return await _handed_over(request, service.acquire)


async def start(request: Request[State]) -> Response:
    """PUT jobs/{uuid}/start: the agent begins. When it did so is counted from this call."""
    world, uuid = world_of(request), segment(request, "uuid")
    presented, _ = credential(request, world.settings), await plain_body(request)

    def unit(tx: Transaction) -> None:
        asking = authority.authenticate_own(tx, world, presented, uuid)
        service.start(tx, world, asking)

    await world.database.write(unit, is_brief=True)
    return json_answer({})


async def state(request: Request[State]) -> Response:
    """GET jobs/{uuid}: whether the job is to stop."""
    world, uuid = world_of(request), segment(request, "uuid")
    presented = credential(request, world.settings)

    def unit(tx: Transaction) -> dict[str, str]:
        asking = authority.authenticate_own(tx, world, presented, uuid)
        return {"id": asking.job.uuid, "state": service.state_told(tx, asking).value}

    return json_answer(await world.database.read(unit, is_brief=True))


async def update(request: Request[State]) -> Response:
    """PUT jobs/{uuid}: the job changes how long it may take."""
    world, uuid = world_of(request), segment(request, "uuid")
    presented, body = credential(request, world.settings), await plain_body(request)

    def unit(tx: Transaction) -> dict[str, str]:
        asking = authority.authenticate_own(tx, world, presented, uuid)
        service.change_timeout(tx, asking, wire.timeout(decode(body, wire.UpdateBody)))
        return {"id": asking.job.uuid}

    return json_answer(await world.database.write(unit))


async def promise_failure(request: Request[State]) -> Response:
    """PUT jobs/{uuid}/promise_failure: the job will fail, whatever it does yet."""
    world, uuid = world_of(request), segment(request, "uuid")
    presented, body = credential(request, world.settings), await plain_body(request)

    def unit(tx: Transaction) -> None:
        asking = authority.authenticate_own(tx, world, presented, uuid)
        promised = decode(body, wire.PromiseBody)
        exit_status = wire.number("exit_status", promised.exit_status)
        service.promise_failure(tx, world, asking, exit_status, promised.reason)

    await world.database.write(unit)
    return Response(status_code=204)


async def finish(request: Request[State]) -> Response:
    """PUT jobs/{uuid}/finish: the job is at its end, and so is its job token."""
    world, uuid = world_of(request), segment(request, "uuid")
    presented, body = credential(request, world.settings), await plain_body(request)

    def unit(tx: Transaction) -> None:
        asking = authority.authenticate_own(tx, world, presented, uuid)
        said = decode(body, wire.FinishBody)
        leaves = said.ignore_agent_in_dispatches
        ending = wire.ending(said)
        service.finish(tx, world, asking, ending, ignore_agent_in_dispatches=leaves)

    await world.database.write(unit, is_brief=True)
    return json_answer({})


async def _handed_over(
    request: Request[State], take: Callable[[Transaction, World, Session, str, str], Accepted]
) -> Response:
    """A job that an agent takes in one way or the other, with its job token."""
    world, uuid = world_of(request), segment(request, "uuid")
    presented, _ = credential(request, world.settings), await plain_body(request)
    url = base_url(request, world.settings)

    def unit(tx: Transaction) -> Accepted:
        return take(tx, world, sessions.authenticate(tx, presented), uuid, url)

    return json_answer(
        wire.accepted(await world.database.write(unit, is_brief=True)), headers=NO_STORE
    )


routes = [
    Route("/jobs/{uuid}", state),
    Route("/jobs/{uuid}", update, methods=["PUT"]),
    Route("/jobs/{uuid}/accept", accept, methods=["PUT"]),
    Route("/jobs/{uuid}/acquire", acquire, methods=["PUT"]),
    Route("/jobs/{uuid}/start", start, methods=["PUT"]),
    Route("/jobs/{uuid}/finish", finish, methods=["PUT"]),
    Route("/jobs/{uuid}/promise_failure", promise_failure, methods=["PUT"]),
]
