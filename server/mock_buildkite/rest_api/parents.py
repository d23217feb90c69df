"""What stands above a thing in its path: a pipeline, a build, a job."""

from mock_buildkite.builds import service as builds
from mock_buildkite.builds.model import Build
from mock_buildkite.errors import NotFoundError
from mock_buildkite.jobs import requests as jobs
from mock_buildkite.jobs.model import Job
from mock_buildkite.pipelines import service as pipelines
from mock_buildkite.pipelines.model import Pipeline
from mock_buildkite.rest_api.calls import OrganizationCall
from mock_buildkite.rest_api.endpoints import ORGANIZATION

PIPELINE = f"{ORGANIZATION}/pipelines/{{pipeline}}"
BUILD = f"{PIPELINE}/builds/{{build}}"
JOB = f"{BUILD}/jobs/{{job}}"
JOB_ALONE = f"{ORGANIZATION}/jobs/{{job}}"
"""The same without its build, whose number not everybody knows."""

_LONGEST_NUMBER = 18
"""Digits that the database holds."""


def pipeline_of(call: OrganizationCall) -> Pipeline:
    """The pipeline that a path names by its slug.

    Raises:
        NotFoundError: there is none.
    """
    pipeline = pipelines.find_by_slug(call.tx, call.organization, call.path["pipeline"])
    if pipeline is None:
        msg = "No pipeline found"
        raise NotFoundError(msg)
    return pipeline


def build_of(call: OrganizationCall) -> Build:
    """The build that a path names by its number; its UUID is none.

    Raises:
        NotFoundError: there is none.
    """
    pipeline, number = pipeline_of(call), call.path["build"]
    is_number = number.isascii() and number.isdecimal() and len(number) <= _LONGEST_NUMBER
    build = builds.find_by_number(call.tx, pipeline, int(number)) if is_number else None
    if build is None:
        msg = "No build found"
        raise NotFoundError(msg)
    return build


def job_of(call: OrganizationCall) -> Job:
    """The job that a path names by its UUID, alone or below its build.

    Raises:
        NotFoundError: there is none there.
    """
    build = build_of(call) if "build" in call.path else None
    job = jobs.find_visible(call.tx, call.caller, call.path["job"].lower())
    is_there = (
        job is not None
        and job.organization_id == call.organization.id
        and (build is None or job.build_id == build.id)
    )
    if job is None or not is_there:
        msg = "No job found"
        raise NotFoundError(msg)
    return job
