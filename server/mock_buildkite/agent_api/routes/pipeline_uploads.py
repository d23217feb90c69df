"""Calls of `buildkite-agent pipeline upload`."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_buildkite.agent_api.wire import pipeline_uploads as wire
from mock_buildkite.bodies import decode
from mock_buildkite.exchange import base_url, credential, json_answer, plain_body, segment, world_of
from mock_buildkite.jobs import authority
from mock_buildkite.pipelines import uploads
from mock_buildkite.pipelines.uploads import Upload
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import State

LARGEST_PIPELINE = 8 * 1024 * 1024  # Unverified: how large an upload may be
ASK_AGAIN = {"Retry-After": "0.2"}


async def upload(request: Request[State]) -> Response:
    """POST jobs/{uuid}/pipelines: add steps to the job's build, now or soon."""
    world, uuid = world_of(request), segment(request, "uuid")
    presented = credential(request, world.settings)
    body = await plain_body(request, LARGEST_PIPELINE)

    def unit(tx: Transaction) -> Upload:
        asking = authority.authenticate_own(tx, world, presented, uuid)
        wanted = decode(body, wire.UploadBody)
        upload_uuid, pipeline = wanted.uuid or world.ids.uuid(), wanted.pipeline
        return uploads.upload(tx, world, asking, upload_uuid, pipeline, replaces=wanted.replace)

    uploaded = await world.database.write(unit)
    if not uploaded.is_pending:
        return json_answer(wire.upload(uploaded))
    url = f"{base_url(request, world.settings)}/v3/jobs/{uuid}/pipelines/{uploaded.uuid}"
    return json_answer(wire.upload(uploaded), 202, {"Location": url, **ASK_AGAIN})


async def status(request: Request[State]) -> Response:
    """GET jobs/{uuid}/pipelines/{uuid}: what became of an upload."""
    world, uuid = world_of(request), segment(request, "uuid")
    presented, upload_uuid = credential(request, world.settings), segment(request, "upload")

    def unit(tx: Transaction) -> Upload:
        asking = authority.authenticate_own(tx, world, presented, uuid)
        return uploads.status(tx, asking, upload_uuid)

    uploaded = await world.database.read(unit)
    return json_answer(wire.upload(uploaded), headers=ASK_AGAIN if uploaded.is_pending else None)


routes = [
    Route("/jobs/{uuid}/pipelines", upload, methods=["POST"]),
    Route("/jobs/{uuid}/pipelines/{upload}", status),
]
