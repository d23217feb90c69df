"""How jobs annotate their build and themselves."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_buildkite.agent_api.wire import annotations as wire
from mock_buildkite.annotations import service as annotations
from mock_buildkite.annotations.model import Scope, scope_of
from mock_buildkite.exchange import credential, json_answer, plain_body, segment, world_of
from mock_buildkite.jobs import authority
from mock_buildkite.jobs.model import ReachedJob
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import State


async def annotate(request: Request[State]) -> Response:
    """POST annotations: write an annotation, or write over one."""
    world, uuid = world_of(request), segment(request, "uuid")
    presented = credential(request, world.settings)
    body = await plain_body(request, wire.LARGEST_BODY)

    def unit(tx: Transaction) -> None:
        asking = authority.authenticate(tx, world, presented)
        job = authority.reach_job(tx, asking, uuid)
        scope, writing = wire.annotation(body)
        annotations.write(tx, world, job.build_id, _job_id(job, scope), writing)

    await world.database.write(unit)
    return json_answer({})


async def remove(request: Request[State]) -> Response:
    """DELETE annotations/{context}: take an annotation off."""
    world, uuid = world_of(request), segment(request, "uuid")
    context, scope = segment(request, "context"), request.query_params.get("scope")
    presented, _ = credential(request, world.settings), await plain_body(request)

    def unit(tx: Transaction) -> None:
        asking = authority.authenticate(tx, world, presented)
        job = authority.reach_job(tx, asking, uuid)
        job_id = _job_id(job, scope_of(scope))
        annotations.remove(tx, annotations.require(tx, job.build_id, job_id, context))

    await world.database.write(unit)
    return json_answer({})


def _job_id(job: ReachedJob, scope: Scope) -> int | None:
    """The job that an annotation belongs to; None for its build's."""
    return job.id if scope is Scope.JOB else None


routes = [
    Route("/jobs/{uuid}/annotations", annotate, methods=["POST"]),
    Route("/jobs/{uuid}/annotations/{context}", remove, methods=["DELETE"]),
]
