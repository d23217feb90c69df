"""How an agent sends what a job prints."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_buildkite.agent_api.wire import job_logs as wire
from mock_buildkite.exchange import (
    any_body,
    content_encoding,
    credential,
    json_answer,
    plain_body,
    segment,
    world_of,
)
from mock_buildkite.job_logs import service as job_logs
from mock_buildkite.job_logs.model import LARGEST_CHUNK_BODY
from mock_buildkite.jobs import authority
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import State

QUICKLY_INFLATED_BYTES = 32 * 1024
"""Of a gzipped chunk: what agents send each second, if a job is no more talkative than most."""


async def add_chunk(request: Request[State]) -> Response:
    """POST chunks: a piece of output."""
    world, uuid = world_of(request), segment(request, "uuid")
    presented = credential(request, world.settings)
    query, encoding = request.scope["query_string"].decode("latin-1"), content_encoding(request)
    body = await any_body(request, LARGEST_CHUNK_BODY)

    def unit(tx: Transaction) -> None:
        asking = authority.authenticate_own(tx, world, presented, uuid)
        job_logs.append(tx, asking, wire.chunk(query, encoding, body))

    await world.database.write(unit, is_brief=len(body) <= QUICKLY_INFLATED_BYTES)
    return json_answer({})


async def add_header_times(request: Request[State]) -> Response:
    """POST header_times: when the headers in the output were printed."""
    world, uuid = world_of(request), segment(request, "uuid")
    presented, body = credential(request, world.settings), await plain_body(request)

    def unit(tx: Transaction) -> None:
        asking = authority.authenticate_own(tx, world, presented, uuid)
        job_logs.record_header_times(tx, asking.job.id, wire.header_times(body))

    await world.database.write(unit)
    return json_answer({})


routes = [
    Route("/jobs/{uuid}/chunks", add_chunk, methods=["POST"]),
    Route("/jobs/{uuid}/header_times", add_header_times, methods=["POST"]),
]
