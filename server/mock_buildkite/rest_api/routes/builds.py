"""Builds."""

from typing import Any

from msgspec.structs import replace

from mock_buildkite.builds import described
from mock_buildkite.builds import service as builds
from mock_buildkite.builds.model import Build, Search
from mock_buildkite.errors import MalformedParameterError
from mock_buildkite.jobs import requests as jobs
from mock_buildkite.rest_api.answers import Answer
from mock_buildkite.rest_api.calls import Call, OrganizationCall
from mock_buildkite.rest_api.endpoints import ORGANIZATION, for_caller, in_organization
from mock_buildkite.rest_api.pagination import page_of, window
from mock_buildkite.rest_api.parents import BUILD, PIPELINE, build_of, pipeline_of
from mock_buildkite.rest_api.wire import build_searches
from mock_buildkite.rest_api.wire import builds as wire

BUILDS = f"{PIPELINE}/builds"
DEEPEST = 10_000  # Unverified: how many builds may come before a page
TOO_DEEP = (
    "Listing builds this deep is not supported."
    " Please narrow your query using filters such as branch or created_from."
)


def list_all(call: Call) -> Answer:
    """GET /builds: those of every organization that the API access token reaches."""
    return _page(call, build_searches.search(call, organization_ids=list(call.caller.roles)))


def list_of_organization(call: OrganizationCall) -> Answer:
    """GET those of all its pipelines."""
    return _page(call, build_searches.search(call, organization_ids=[call.organization.id]))


def list_of_pipeline(call: OrganizationCall) -> Answer:
    """GET those of a pipeline."""
    return _page(call, build_searches.search(call, pipeline_id=pipeline_of(call).id))


def read(call: OrganizationCall) -> object:
    """GET one, and how many of its jobs are in which state."""
    build = build_of(call)
    counts = jobs.count_by_shown_state(
        call.tx, build.id, include_retried=call.flag("include_retried_jobs")
    )
    return {**_spelled(call, build), "job_state_counts": wire.job_state_counts(counts)}


def create(call: OrganizationCall) -> object:
    """POST one."""
    pipeline = pipeline_of(call)
    new = wire.new_build(call.body_of_fields(wire.NewBuildBody))
    creator = builds.creator_of(call.tx, call.caller, pipeline, new.author)
    new = replace(new, created_by=creator)
    return _spelled(call, builds.create(call.tx, call.world, pipeline, new))


def cancel(call: OrganizationCall) -> object:
    """PUT …/cancel."""
    return _spelled(call, builds.cancel(call.tx, call.world, call.caller, build_of(call)))


def rebuild(call: OrganizationCall) -> object:
    """PUT …/rebuild: another one of the same commit."""
    return _spelled(call, builds.rebuild(call.tx, call.world, call.caller, build_of(call)))


def retry_failed_jobs(call: OrganizationCall) -> object:
    """PUT …/retry_failed_jobs: all that came out in one of some ways."""
    build, states = build_of(call), wire.states(call.body_of_fields(wire.RetryFailedJobsBody))
    count = builds.retry_failed_jobs(call.tx, call.world, call.caller, build, states)
    now = builds.find(call.tx, build.id)
    return {**_spelled(call, now), "retried_jobs_count": count}


def _page(call: Call, wanted: Search) -> Answer:
    asked, found = window(call), builds.search(call.tx, wanted)
    if asked.offset > DEEPEST:
        raise MalformedParameterError(TOO_DEEP)
    part = found.part(size=asked.size, offset=asked.offset)
    shown = described.describe(call.tx, part, build_searches.jobs(call))
    with_pipeline = not call.flag("exclude_pipeline")
    spelled = [wire.build(call.links, each, with_pipeline=with_pipeline) for each in shown]
    return page_of(call, asked, spelled, found.count())


def _spelled(call: Call, build: Build) -> dict[str, Any]:
    (shown,) = described.describe(call.tx, [build], build_searches.jobs(call))
    return wire.build(call.links, shown, with_pipeline=not call.flag("exclude_pipeline"))


ENDPOINTS = [
    for_caller("GET", "/builds", list_all, "read_builds"),
    in_organization("GET", f"{ORGANIZATION}/builds", list_of_organization, "read_builds"),
    in_organization("GET", BUILDS, list_of_pipeline, "read_builds"),
    in_organization("POST", BUILDS, create, "write_builds", status=201),
    in_organization("GET", BUILD, read, "read_builds"),
    in_organization("PUT", f"{BUILD}/cancel", cancel, "write_builds"),
    in_organization("PUT", f"{BUILD}/rebuild", rebuild, "write_builds"),
    in_organization(
        "PUT", f"{BUILD}/retry_failed_jobs", retry_failed_jobs, "write_builds", status=202
    ),
]
