"""Calls about artifacts: announced, reported on, searched for. Their files go to another host."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_buildkite.agent_api.wire import artifacts as wire
from mock_buildkite.artifacts import service as artifacts
from mock_buildkite.artifacts.addresses import Addresses
from mock_buildkite.exchange import base_url, credential, json_answer, plain_body, segment, world_of
from mock_buildkite.jobs import authority
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import State


async def create(request: Request[State]) -> Response:
    """POST jobs/{uuid}/artifacts: a job has files, and asks where to put them."""
    world = world_of(request)
    presented, body = credential(request, world.settings), await plain_body(request)
    job_uuid, base = segment(request, "uuid"), base_url(request, world.settings)

    def unit(tx: Transaction) -> dict[str, Any]:
        asking = authority.authenticate(tx, world, presented)
        job = authority.reach_job(tx, asking, job_uuid)
        new = wire.batch(body)
        created = artifacts.create(tx, world, job, new)
        addresses = Addresses(base, world.keys.addresses, tx.now)
        return wire.created(created, new.request_id, addresses)

    return json_answer(await world.database.write(unit), 201)


async def report(request: Request[State]) -> Response:
    """PUT jobs/{uuid}/artifacts: which of them were uploaded, and which could not be."""
    world = world_of(request)
    presented, body = credential(request, world.settings), await plain_body(request)
    job_uuid = segment(request, "uuid")

    def unit(tx: Transaction) -> None:
        asking = authority.authenticate(tx, world, presented)
        job = authority.reach_job(tx, asking, job_uuid)
        artifacts.report(tx, job, wire.reports(body))

    await world.database.write(unit)
    return json_answer({})


async def search(request: Request[State]) -> Response:
    """GET builds/{uuid}/artifacts/search: what a download, a search or a shasum is about."""
    world = world_of(request)
    presented, base = credential(request, world.settings), base_url(request, world.settings)
    build_uuid, query = segment(request, "uuid"), request.query_params

    def unit(tx: Transaction) -> list[dict[str, Any]]:
        asking = authority.authenticate(tx, world, presented)
        build_id = authority.reach_build(tx, asking, build_uuid)
        addresses = Addresses(base, world.keys.addresses, tx.now)
        found = artifacts.search(tx, build_id, wire.search(query))
        return [wire.found(each, addresses) for each in found]

    return json_answer(await world.database.read(unit))


routes = [
    Route("/jobs/{uuid}/artifacts", create, methods=["POST"]),
    Route("/jobs/{uuid}/artifacts", report, methods=["PUT"]),
    Route("/builds/{uuid}/artifacts/search", search),
]
