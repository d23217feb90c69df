"""Jobs of builds."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import PlainTextResponse

from mock_buildkite.errors import InvalidStateError
from mock_buildkite.jobs import described, handing_over
from mock_buildkite.jobs import requests as jobs
from mock_buildkite.jobs.model import Job, JobKey, JobType, OfBuild
from mock_buildkite.rest_api.answers import Answer
from mock_buildkite.rest_api.calls import OrganizationCall
from mock_buildkite.rest_api.endpoints import in_organization
from mock_buildkite.rest_api.pagination import cursor_page
from mock_buildkite.rest_api.parents import BUILD, JOB, JOB_ALONE, build_of, job_of
from mock_buildkite.rest_api.wire import jobs as wire


def list_of_build(call: OrganizationCall) -> Answer:
    """GET those of a build, in the order of its steps; those that were retried, too."""
    wanted = OfBuild(
        include_retried=call.flag("include_retried_jobs", default=True),
        shown_states=wire.states(call.parameters("state")),
        step_key=call.parameter("step_key"),
        group_key=call.parameter("group_key"),
    )
    found = jobs.list_keys_of_build(call.tx, build_of(call).id, wanted)
    return cursor_page(call, found, lambda part: _spelled_by_key(call, part))


def read(call: OrganizationCall) -> object:
    """GET one."""
    return _alone(call, job_of(call))


def retry(call: OrganizationCall) -> object:
    """PUT …/retry: the job that takes its place."""
    return _alone(call, jobs.retry(call.tx, call.world, call.caller, job_of(call)))


def reprioritize(call: OrganizationCall) -> object:
    """PUT …/reprioritize: it goes before others, or after them."""
    job, body = job_of(call), call.body(wire.ReprioritizeBody)
    return _alone(call, jobs.reprioritize(call.tx, job, wire.priority(body)))


def unblock(call: OrganizationCall) -> object:
    """PUT …/unblock: the step is released."""
    job, body = job_of(call), call.body(wire.UnblockBody)
    unblocker = jobs.unblocker(call.tx, call.caller, call.organization, body.unblocker)
    fields = body.fields or {}
    return _alone(call, jobs.unblock(call.tx, call.world, unblocker, job, fields))


def environment(call: OrganizationCall) -> object:
    """GET …/env: the environment that its agent has, or so much of it as is known before."""
    if "text/plain" in call.received.headers.get("accept", ""):
        return environment_as_text(call)
    return {"env": _environment(call)}


def environment_as_text(call: OrganizationCall) -> PlainTextResponse:
    """GET …/env.txt: the same, a line for each variable."""
    return PlainTextResponse(wire.environment_as_text(_environment(call)))


def open_session(call: OrganizationCall) -> object:
    """POST …/ssh-session or …/vnc-session: no agent here is Buildkite's own."""
    job_of(call)
    msg = "The job is not a running command job on a supported macOS hosted agent"
    raise InvalidStateError(msg)


def _environment(call: OrganizationCall) -> dict[str, str]:
    """The environment of a job; one that runs no commands has none."""
    job = job_of(call)
    if job.type is not JobType.SCRIPT:
        return {}
    return handing_over.environment(call.tx, job, call.links.base_url)


def _alone(call: OrganizationCall, job: Job) -> object:
    (spelled,) = _spelled(call, [job])
    return spelled


def _spelled_by_key(call: OrganizationCall, keys: Sequence[JobKey]) -> list[Any]:
    found = jobs.find_several(call.tx, (key.id for key in keys))
    return _spelled(call, [found[key.id] for key in keys])


def _spelled(call: OrganizationCall, found: Sequence[Job]) -> list[Any]:
    shown = described.describe(call.tx, found)
    return [wire.job(call.links, call.organization, each) for each in shown]


ENDPOINTS = [
    in_organization("GET", f"{BUILD}/jobs", list_of_build, "read_builds"),
    *(
        in_organization(method, f"{job}{path}", handle, scope)
        for job in (JOB, JOB_ALONE)
        for method, path, handle, scope in [
            ("GET", "", read, "read_builds"),
            ("PUT", "/retry", retry, "write_builds"),
            ("PUT", "/reprioritize", reprioritize, "write_builds"),
            ("PUT", "/unblock", unblock, "write_builds"),
            ("GET", "/env", environment, "read_job_env"),
            ("GET", "/env.txt", environment_as_text, "read_job_env"),
        ]
    ),
    *(
        in_organization("POST", f"{JOB_ALONE}/{kind}-session", open_session, "write_builds")
        for kind in ("ssh", "vnc")
    ),
]
