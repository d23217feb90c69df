"""Artifacts of builds and of their jobs."""

from collections.abc import Callable

from mock_buildkite.artifacts import service as artifacts
from mock_buildkite.artifacts.addresses import REDIRECT_LIFE, Addresses
from mock_buildkite.artifacts.model import NOT_FOUND, Artifact
from mock_buildkite.builds import service as builds
from mock_buildkite.builds.model import Build
from mock_buildkite.errors import NotFoundError
from mock_buildkite.pipelines import service as pipelines
from mock_buildkite.rest_api.answers import Answer
from mock_buildkite.rest_api.calls import OrganizationCall
from mock_buildkite.rest_api.endpoints import in_organization
from mock_buildkite.rest_api.pagination import page_of, window
from mock_buildkite.rest_api.parents import BUILD, JOB, JOB_ALONE, build_of, job_of
from mock_buildkite.rest_api.wire import artifacts as wire


def list_of_build(call: OrganizationCall) -> Answer:
    """GET those of all jobs of a build."""
    return _listed(call, build_of(call), None)


def list_of_job(call: OrganizationCall) -> Answer:
    """GET those of a job."""
    job = job_of(call)
    return _listed(call, builds.find(call.tx, job.build_id), job.id)


def read(call: OrganizationCall) -> object:
    """GET one."""
    found = _artifact_of(call)
    return _spelling(call, builds.find(call.tx, found.build_id))(found)


def download(call: OrganizationCall) -> Answer:
    """GET …/download: where its file is, for a minute."""
    addresses = Addresses(call.links.base_url, call.world.keys.addresses, call.tx.now)
    url = addresses.download(_artifact_of(call), REDIRECT_LIFE)
    if url is None:
        raise NotFoundError(NOT_FOUND)
    return Answer({"url": url}, {"Location": url}, 302)


def delete(call: OrganizationCall) -> None:
    """DELETE one, with its file."""
    artifacts.delete(call.tx, _artifact_of(call))


def _listed(call: OrganizationCall, build: Build, job_id: int | None) -> Answer:
    state, path = wire.state(call.parameter("state")), call.parameter("path")
    wanted = artifacts.filter_of_build(build.id, job_id=job_id, state=state, path=path)
    asked, spell = window(call), _spelling(call, build)
    found = artifacts.list_of_build(call.tx, wanted, limit=asked.size, offset=asked.offset)
    total = artifacts.count_of_build(call.tx, wanted)
    return page_of(call, asked, [spell(each) for each in found], total)


def _spelling(call: OrganizationCall, build: Build) -> Callable[[Artifact], object]:
    pipeline = pipelines.find(call.tx, build.pipeline_id)
    return lambda each: wire.artifact(call.links, call.organization, pipeline, build, each)


def _artifact_of(call: OrganizationCall) -> Artifact:
    """The artifact of a job that a path names by its UUID."""
    job = job_of(call)
    found = artifacts.find_there(call.tx, call.path["artifact"])
    if found is None or found.job_id != job.id:
        raise NotFoundError(NOT_FOUND)
    return found


ENDPOINTS = [
    in_organization("GET", f"{BUILD}/artifacts", list_of_build, "read_artifacts"),
    *(
        in_organization(method, f"{job}/artifacts{path}", handle, scope)
        for job in (JOB, JOB_ALONE)
        for method, path, handle, scope in [
            ("GET", "", list_of_job, "read_artifacts"),
            ("GET", "/{artifact}", read, "read_artifacts"),
            ("GET", "/{artifact}/download", download, "read_artifacts"),
            ("DELETE", "/{artifact}", delete, "write_artifacts"),
        ]
    ),
]
