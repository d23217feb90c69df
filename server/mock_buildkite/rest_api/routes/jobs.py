"""Jobs of builds."""

from mock_buildkite.jobs import described
from mock_buildkite.jobs import requests as jobs
from mock_buildkite.jobs.model import Job
from mock_buildkite.rest_api.calls import OrganizationCall
from mock_buildkite.rest_api.endpoints import in_organization
from mock_buildkite.rest_api.parents import JOB, JOB_ALONE, job_of
from mock_buildkite.rest_api.wire import jobs as wire


def read(call: OrganizationCall) -> object:
    """GET one."""
    return _spelled(call, job_of(call))


def retry(call: OrganizationCall) -> object:
    """PUT …/retry: the job that takes its place."""
    return _spelled(call, jobs.retry(call.tx, call.world, call.caller, job_of(call)))


def unblock(call: OrganizationCall) -> object:
    """PUT …/unblock: the step is released."""
    job, body = job_of(call), call.body(wire.UnblockBody)
    unblocker = jobs.unblocker(call.tx, call.caller, call.organization, body.unblocker)
    fields = body.fields or {}
    return _spelled(call, jobs.unblock(call.tx, call.world, unblocker, job, fields))


def _spelled(call: OrganizationCall, job: Job) -> object:
    (shown,) = described.describe(call.tx, [job])
    return wire.job(call, call.organization, shown)


ENDPOINTS = [
    endpoint
    for job in (JOB, JOB_ALONE)
    for endpoint in [
        in_organization("GET", job, read, "read_builds"),
        in_organization("PUT", f"{job}/retry", retry, "write_builds"),
        in_organization("PUT", f"{job}/unblock", unblock, "write_builds"),
    ]
]
