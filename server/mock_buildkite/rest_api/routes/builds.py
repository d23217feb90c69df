"""Builds."""

from mock_buildkite.builds import described
from mock_buildkite.builds import service as builds
from mock_buildkite.builds.model import Build, Search
from mock_buildkite.rest_api.answers import Answer
from mock_buildkite.rest_api.calls import OrganizationCall
from mock_buildkite.rest_api.endpoints import ORGANIZATION, in_organization
from mock_buildkite.rest_api.pagination import page_of, window
from mock_buildkite.rest_api.parents import BUILD, PIPELINE, build_of, pipeline_of
from mock_buildkite.rest_api.wire import builds as wire

BUILDS = f"{PIPELINE}/builds"


def list_of_pipeline(call: OrganizationCall) -> Answer:
    """GET those of a pipeline, the newest first."""
    return _page(call, Search(pipeline_id=pipeline_of(call).id))


def list_of_organization(call: OrganizationCall) -> Answer:
    """GET those of all its pipelines, the newest first."""
    return _page(call, Search(organization_ids=[call.organization.id]))


def read(call: OrganizationCall) -> object:
    """GET one."""
    return _spelled(call, build_of(call))


def create(call: OrganizationCall) -> object:
    """POST one."""
    pipeline, body = pipeline_of(call), call.body(wire.NewBuildBody)
    new = wire.new_build(body, call.caller.user)
    return _spelled(call, builds.create(call.tx, call.world, pipeline, new))


def cancel(call: OrganizationCall) -> object:
    """PUT …/cancel."""
    return _spelled(call, builds.cancel(call.tx, call.world, call.caller, build_of(call)))


def rebuild(call: OrganizationCall) -> object:
    """PUT …/rebuild: another one of the same commit."""
    return _spelled(call, builds.rebuild(call.tx, call.world, call.caller, build_of(call)))


def _page(call: OrganizationCall, wanted: Search) -> Answer:
    asked, found = window(call), builds.search(call.tx, wanted)
    part = found.part(size=asked.size, offset=asked.offset)
    shown = described.describe(call.tx, part)
    return page_of(call, asked, [wire.build(call, each) for each in shown], found.count())


def _spelled(call: OrganizationCall, build: Build) -> object:
    with_retried = call.flag("include_retried_jobs")
    with_jobs = not call.flag("exclude_jobs")
    (shown,) = described.describe(call.tx, [build], with_jobs=with_jobs, with_retried=with_retried)
    return wire.build(
        call, shown, with_jobs=with_jobs, with_pipeline=not call.flag("exclude_pipeline")
    )


ENDPOINTS = [
    in_organization("GET", f"{ORGANIZATION}/builds", list_of_organization, "read_builds"),
    in_organization("GET", BUILDS, list_of_pipeline, "read_builds"),
    in_organization("POST", BUILDS, create, "write_builds", status=201),
    in_organization("GET", BUILD, read, "read_builds"),
    in_organization("PUT", f"{BUILD}/cancel", cancel, "write_builds"),
    in_organization("PUT", f"{BUILD}/rebuild", rebuild, "write_builds"),
]
