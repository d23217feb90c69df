"""What jobs of all kinds have, lists of them, and those that run on no agent."""

from collections.abc import Sequence
from typing import Unpack

from ariadne import InterfaceType, ObjectType, QueryType, UnionType

from mock_buildkite.agents.model import Agent
from mock_buildkite.builds import service as builds
from mock_buildkite.builds.model import Build
from mock_buildkite.graphql_api.connections import LongConnection, connect_long
from mock_buildkite.graphql_api.context import Info
from mock_buildkite.graphql_api.fields import node_type, user
from mock_buildkite.graphql_api.job_types import TYPE_NAMES
from mock_buildkite.graphql_api.resolvers.organizations import cluster_ids, queue_ids
from mock_buildkite.graphql_api.searches import JobArguments, jobs_wanted, page_of
from mock_buildkite.jobs import requests as jobs
from mock_buildkite.jobs.lifecycle import JobState
from mock_buildkite.jobs.model import Job, JobType
from mock_buildkite.organizations.model import Organization, User
from mock_buildkite.pipelines.definition import TriggerStep, decode_step
from mock_buildkite.steps.model import Step

query = QueryType()
job = UnionType("Job")
job_interface = InterfaceType("JobInterface")
of_organization = ObjectType("Organization")
of_agent = ObjectType("Agent")
kinds = {job_type: node_type(name) for job_type, name in TYPE_NAMES.items()}
block, trigger = kinds[JobType.MANUAL], kinds[JobType.TRIGGER]
steps = [ObjectType(name) for name in ("StepCommand", "StepInput", "StepTrigger", "StepWait")]


@query.field("job")
def resolve_job(_source: object, info: Info, *, uuid: str) -> Job | None:
    """A job by its UUID."""
    return jobs.find_visible(info.context.tx, info.context.caller, uuid)


@job.type_resolver
@job_interface.type_resolver
def type_of_job(value: Job, _info: Info, _type: object) -> str:
    """The GraphQL type of a job."""
    return TYPE_NAMES[value.type]


@of_organization.field("jobs")
def resolve_jobs_of_organization(
    source: Organization,
    info: Info,
    *,
    cluster: str | None = None,
    cluster_queue: Sequence[str] | None = None,
    clustered: bool | None = True,
    **given: Unpack[JobArguments],
) -> LongConnection[Job]:
    """The jobs of all its builds that pass every filter."""
    wanted = jobs_wanted(
        given,
        organization_id=source.id,
        cluster_ids=None if not cluster else cluster_ids(info, cluster),
        queue_ids=None if not cluster_queue else queue_ids(info, cluster_queue),
        is_in_queue=False if clustered is False else None,
    )
    return connect_long(jobs.search(info.context.tx, wanted), **page_of(given))


@of_agent.field("jobs")
def resolve_jobs_of_agent(
    source: Agent, info: Info, **given: Unpack[JobArguments]
) -> LongConnection[Job]:
    """The jobs that it was given and has kept, as far as they pass every filter."""
    wanted = jobs_wanted(given, agent_id=source.id)
    return connect_long(jobs.search(info.context.tx, wanted), **page_of(given))


@of_agent.field("job")
def resolve_job_of_agent(source: Agent, info: Info) -> Job | None:
    """The job that it has now."""
    return None if source.job_id is None else jobs.find(info.context.tx, source.job_id)


def resolve_build(source: Job, info: Info) -> Build:
    """The build that a job is of."""
    return builds.find(info.context.tx, source.build_id)


def resolve_state(source: Job, _info: Info) -> str:
    """How a job stands."""
    return source.state.value.upper()


def resolve_step(source: Job, info: Info) -> Step:
    """The step that a job is of."""
    return jobs.step_of(info.context.tx, source)


def resolve_retried_by(source: Job, info: Info) -> User | None:
    """Who had a job retried, if a person did."""
    return user(info, source.retried_by)


def resolve_retries_count(source: Job, _info: Info) -> int | None:
    """How often it had been tried before, if ever."""
    return source.retries_count or None


def resolve_retry_source(source: Job, info: Info) -> Job | None:
    """The job whose place another took."""
    number = source.retry_source_job_id
    return None if number is None else jobs.find(info.context.tx, number)


def resolve_retry_type(source: Job, info: Info) -> str | None:
    """How a job came to be retried."""
    if source.retried_in_job_id is None:
        return None
    retry_type = jobs.find(info.context.tx, source.retried_in_job_id).retry_type
    return None if retry_type is None else retry_type.value.upper()


for _kind in kinds.values():
    _kind.set_field("build", resolve_build)
    _kind.set_alias("label", "name")
    _kind.set_alias("retried", "is_retried")
    _kind.set_field("retriedBy", resolve_retried_by)
    _kind.set_field("retriesCount", resolve_retries_count)
    _kind.set_field("retrySource", resolve_retry_source)
    _kind.set_field("retryType", resolve_retry_type)
    _kind.set_field("state", resolve_state)
    _kind.set_field("step", resolve_step)


@block.field("isUnblockable")
def resolve_is_unblockable(source: Job, _info: Info) -> bool:
    """Whether it waits for a person now."""
    return source.state is JobState.BLOCKED


@block.field("unblockedBy")
def resolve_unblocked_by(source: Job, info: Info) -> User | None:
    """Who released it."""
    return user(info, source.unblocked_by)


@trigger.field("async")
def resolve_async(source: Job, info: Info) -> bool:
    """Whether it is over as soon as its build is there."""
    definition = jobs.definition_of(info.context.tx, source)
    return isinstance(definition, TriggerStep) and definition.is_async


@trigger.field("triggered")
def resolve_triggered(source: Job, info: Info) -> Build | None:
    """The build that it made."""
    number = source.triggered_build_id
    return None if number is None else builds.find(info.context.tx, number)


def resolve_conditional(source: Step, _info: Info) -> str | None:
    """What has to be true for a step to run."""
    return decode_step(source.definition).condition


for _step in steps:
    _step.set_field("conditional", resolve_conditional)

bindables = [query, job, job_interface, of_organization, of_agent, *kinds.values(), *steps]
