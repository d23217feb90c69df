"""The artifacts' host: a form, a part, a download, each at an address that says it may be.

Bodies are taken as they come, and written as they come: no file is ever whole in memory.
"""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from mock_buildkite.artifact_host import errors
from mock_buildkite.artifacts import addresses, uploads
from mock_buildkite.artifacts import service as artifacts
from mock_buildkite.artifacts.model import Artifact
from mock_buildkite.errors import InvalidInputError, UnsupportedEncodingError
from mock_buildkite.exchange import segment, world_of
from mock_buildkite.forms import Form
from mock_buildkite.refusals import api
from mock_buildkite.storage.blobs import Incoming
from mock_buildkite.world import State, World

_HARMLESS = {
    # Somebody else's page must not be taken for one of ours, whatever type it claims.
    "Content-Security-Policy": "sandbox allow-scripts",
    "X-Content-Type-Options": "nosniff",
}


async def upload_form(request: Request[State]) -> Response:
    """POST a file of a batch, as a form."""
    world, batch_uuid = world_of(request), segment(request, "batch")
    _check_address(request, world, "batches", batch_uuid)
    _require_plain(request)
    form = Form(request.headers.get("content-type"), request.stream(), uploads.FILE_FIELD)
    expected = await world.database.read(lambda tx: uploads.expect_form(tx, batch_uuid))
    candidates = expected.by_path((await form.fields()).get(uploads.PATH_FIELD, ""))
    most = max(each.file_size for each in candidates)
    async with world.blobs.receive(world.ids.uuid(), most, uploads.WHOLE) as incoming:
        async for piece in form.pieces():
            await incoming.write(piece)
        await incoming.finish()
        await _keep_whole(world, uploads.match(candidates, incoming), incoming)
    return Response(status_code=204)


async def upload_part(request: Request[State]) -> Response:
    """PUT a part of a file. The last one that comes is answered once the file is whole."""
    world = world_of(request)
    uuid, spelled = segment(request, "artifact"), segment(request, "number")
    _check_address(request, world, uuid, "parts", spelled)
    _require_plain(request)
    number = int(spelled)  # signed, so it is one
    artifact = await world.database.read(lambda tx: uploads.expect_part(tx, uuid, number))
    size = artifact.size_of_part(number)
    async with world.blobs.receive(world.ids.uuid(), size, uploads.PART) as incoming:
        async for chunk in request.stream():
            await incoming.write(chunk)
        if incoming.size < size:
            msg = f"Part {number} has {incoming.size} bytes; {size} were announced"
            raise InvalidInputError(msg)
        await incoming.finish()
        etag = f'"{incoming.digest(*uploads.PART)}"'
        taken = await world.database.write(
            lambda tx: uploads.record_part(tx, uuid, number, etag, incoming.name)
        )
        if taken.is_new:
            incoming.stay()
    if taken.files:
        await _join(world, artifact, taken.files)
    return Response(headers={"ETag": etag})


async def download(request: Request[State]) -> Response:
    """GET a file, or a range of it."""
    world = world_of(request)
    uuid = segment(request, "artifact")
    _check_address(request, world, uuid, segment(request, "filename"))
    artifact = await world.database.read(lambda tx: artifacts.require_file(tx, uuid))
    assert artifact.file is not None  # noqa: S101 - required
    return Download(
        world.blobs.path(artifact.file),
        headers={
            "Content-Type": artifact.content_type,
            "ETag": f'"{artifact.sha256sum}"',
            **_HARMLESS,
        },
        filename=artifact.filename,
        stat_result=world.blobs.stat(artifact.file),
        content_disposition_type="inline",
    )


class Download(FileResponse):
    """A file that is sent in larger pieces than Starlette's own."""

    chunk_size = 256 * 1024


async def _join(world: World, artifact: Artifact, parts: Sequence[str]) -> None:
    size = artifact.file_size
    async with world.blobs.receive(world.ids.uuid(), size, uploads.WHOLE) as incoming:
        await incoming.join(parts)
        await _keep_whole(world, uploads.match([artifact], incoming), incoming)


async def _keep_whole(world: World, artifact: Artifact, incoming: Incoming) -> None:
    if await world.database.write(lambda tx: uploads.record_whole(tx, artifact.uuid, incoming)):
        await incoming.keep()


def _check_address(request: Request[State], world: World, *place: str) -> None:
    query = request.query_params
    method = "GET" if request.method == "HEAD" else request.method
    presented = addresses.Presented(
        method, place, query.get("expires", ""), query.get("signature", "")
    )
    addresses.check(presented, world.keys.addresses, world.clock.now())


def _require_plain(request: Request[State]) -> None:
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        msg = f"Content-Encoding {encoding!r} is not read here"
        raise UnsupportedEncodingError(msg)


app = api(
    [
        Route("/batches/{batch}", upload_form, methods=["POST"]),
        Route("/{artifact}/parts/{number}", upload_part, methods=["PUT"]),
        Route("/{artifact}/{filename}", download),
    ],
    errors.encode,
)
