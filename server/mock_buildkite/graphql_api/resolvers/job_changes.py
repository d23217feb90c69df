"""Jobs canceled, tried again and released."""

from typing import Any

from ariadne import MutationType

from mock_buildkite import node_ids
from mock_buildkite.errors import InvalidInputError
from mock_buildkite.graphql_api.context import Info, Input, Payload
from mock_buildkite.graphql_api.fields import payload_of, required
from mock_buildkite.graphql_api.job_types import is_named
from mock_buildkite.jobs import requests as jobs
from mock_buildkite.jobs.model import Job, JobType

mutation = MutationType()


@payload_of(mutation, "jobTypeCommandCancel")
def cancel(info: Info, given: Input) -> Payload:
    """Have one end."""
    context, job = info.context, visible_job(info, given["id"], JobType.SCRIPT)
    return {"job_type_command": jobs.cancel(context.tx, context.world, context.caller, job)}


@payload_of(mutation, "jobTypeCommandRetry")
def retry(info: Info, given: Input) -> Payload:
    """Try one again."""
    context, job = info.context, visible_job(info, given["id"], JobType.SCRIPT)
    retried_in = jobs.retry(context.tx, context.world, context.caller, job)
    return {
        "job_type_command": jobs.find(context.tx, job.id),
        "retried_in_job_type_command": retried_in,
    }


@payload_of(mutation, "jobTypeBlockUnblock")
def unblock(info: Info, given: Input) -> Payload:
    """Release one, with what was filled in."""
    context, job = info.context, visible_job(info, given["id"], JobType.MANUAL)
    fields = _fields(given.get("fields"))
    unblocked = jobs.unblock(context.tx, context.world, context.caller.user, job, fields)
    return {"job_type_block": unblocked}


def visible_job(info: Info, node_id: str, kind: JobType) -> Job:
    """The job of a kind with that global ID, or the one that REST has of it.

    Raises:
        NotFoundError: there is none for this caller.
    """
    type_name, uuid = node_ids.decode(node_id) or ("", "")
    job = jobs.find_visible(info.context.tx, info.context.caller, uuid)
    is_meant = job is not None and job.type is kind and is_named(job, type_name)
    return required(job if is_meant else None, "job")


def _fields(given: Any) -> dict[str, str | list[str]]:  # noqa: ANN401 - what JSON can hold
    """What was filled in, by the keys of the fields.

    Raises:
        InvalidInputError: it is no object of texts and lists of texts.
    """
    fields = {} if given is None else given
    if not isinstance(fields, dict) or not all(map(_is_filled_in, fields.values())):
        msg = "Fields must be a JSON object of texts, or of lists of texts"
        raise InvalidInputError(msg)
    return fields


def _is_filled_in(value: object) -> bool:
    if isinstance(value, list):
        return all(isinstance(each, str) for each in value)
    return isinstance(value, str)


bindables = [mutation]
