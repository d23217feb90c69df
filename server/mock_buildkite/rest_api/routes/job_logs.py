"""Logs of jobs: as JSON, as they came, as a terminal shows them, and the end of one."""

from collections.abc import AsyncIterator
from functools import partial

from starlette.responses import Response, StreamingResponse

from mock_buildkite.builds import service as builds
from mock_buildkite.errors import MalformedParameterError
from mock_buildkite.job_logs import service as job_logs
from mock_buildkite.jobs.model import Job
from mock_buildkite.pipelines import service as pipelines
from mock_buildkite.rest_api.answers import Answer, SlowAnswer, json_body
from mock_buildkite.rest_api.calls import OrganizationCall
from mock_buildkite.rest_api.endpoints import in_organization
from mock_buildkite.rest_api.parents import JOB, JOB_ALONE, job_of
from mock_buildkite.rest_api.wire import job_logs as wire
from mock_buildkite.rest_api.wire.job_logs import Form
from mock_buildkite.world import World

CHUNKS_AT_ONCE = 64
"""How many chunks of a log are read in one unit."""

RANGES = {"Accept-Ranges": "bytes"}


def read(call: OrganizationCall) -> object:
    """GET one, in the form that `Accept` asks for."""
    return _sent(call, wire.asked_form(call.received.headers.get("accept", "")))


def read_text(call: OrganizationCall) -> object:
    """GET one as it came."""
    return _sent(call, Form.TEXT)


def read_html(call: OrganizationCall) -> object:
    """GET one as a terminal shows it."""
    return _sent(call, Form.HTML)


def size(call: OrganizationCall) -> Response:
    """HEAD: how many bytes it has."""
    length = job_logs.size(call.tx, job_of(call).id)
    return Response(headers={**RANGES, "Content-Length": str(length)}, media_type=Form.TEXT.value)


def delete(call: OrganizationCall) -> None:
    """DELETE one."""
    job_logs.delete(call.tx, job_of(call).id)


def _sent(call: OrganizationCall, form: Form) -> object:
    job, asked_range = job_of(call), call.received.headers.get("range")
    if asked_range is not None:
        if form is not Form.TEXT:
            msg = "A Range needs the header Accept: text/plain"
            raise MalformedParameterError(msg)
        return _end(call, job, wire.asked_end(asked_range))
    match form:
        case Form.TEXT:
            return _text(call, job)
        case Form.HTML:
            return _html(call, job)
    return _json(call, job)


def _json(call: OrganizationCall, job: Job) -> SlowAnswer:
    chunks = job_logs.list_chunks(call.tx, job.id)
    times = job_logs.list_header_times(call.tx, job.id)
    build = builds.find(call.tx, job.build_id)
    pipeline = pipelines.find(call.tx, build.pipeline_id)
    url = wire.url(call.links, call.organization, pipeline, build, job)

    def body() -> bytes:
        content = b"".join(chunk.content for chunk in chunks)
        return json_body(wire.log(url, content, times))

    return SlowAnswer(body)


def _text(call: OrganizationCall, job: Job) -> Response:
    length = job_logs.size(call.tx, job.id)
    return StreamingResponse(
        _contents(call.world, job.id, length),
        headers={**RANGES, "Content-Length": str(length)},
        media_type=Form.TEXT.value,
    )


async def _contents(world: World, job_id: int, length: int) -> AsyncIterator[bytes]:
    """The first `length` bytes of a log: it may grow while it is sent."""
    offset = 0
    while length > 0:
        next_ones = partial(
            job_logs.list_chunks, job_id=job_id, from_offset=offset, most=CHUNKS_AT_ONCE
        )
        chunks = await world.database.read(next_ones)
        if not chunks:
            return  # it was deleted meanwhile
        content = b"".join(chunk.content for chunk in chunks)[:length]
        length -= len(content)
        offset = chunks[-1].end
        yield content


def _html(call: OrganizationCall, job: Job) -> SlowAnswer:
    end = job_logs.tail(call.tx, job.id, wire.SHOWN_BYTES)
    is_whole = len(end) == job_logs.size(call.tx, job.id)
    return SlowAnswer(lambda: wire.html(end, is_whole=is_whole), media_type=Form.HTML.value)


def _end(call: OrganizationCall, job: Job, count: int) -> Response | Answer:
    length = job_logs.size(call.tx, job.id)
    if length == 0:
        return Answer({"message": "The log is empty"}, {"Content-Range": "bytes */0"}, 416)
    end = job_logs.tail(call.tx, job.id, min(count, length))
    place = f"bytes {length - len(end)}-{length - 1}/{length}"
    return Response(end, 206, {**RANGES, "Content-Range": place}, Form.TEXT.value)


ENDPOINTS = [
    in_organization(method, f"{job}/{log}", handle, scope)
    for job in (JOB, JOB_ALONE)
    for method, log, handle, scope in [
        ("GET", "log", read, "read_build_logs"),
        ("HEAD", "log", size, "read_build_logs"),
        ("DELETE", "log", delete, "write_build_logs"),
        ("GET", "log.txt", read_text, "read_build_logs"),
        ("GET", "log.html", read_html, "read_build_logs"),
    ]
]
