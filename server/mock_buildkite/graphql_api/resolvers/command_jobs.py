"""What only jobs that run on agents have."""

from collections.abc import Sequence
from datetime import datetime
from typing import Unpack

from mock_buildkite.agents import service as agents
from mock_buildkite.agents.model import Agent
from mock_buildkite.annotations import service as annotations
from mock_buildkite.annotations.model import Annotation
from mock_buildkite.artifacts import service as artifacts
from mock_buildkite.artifacts.lifecycle import ArtifactState
from mock_buildkite.artifacts.model import Artifact
from mock_buildkite.clusters import service as clusters
from mock_buildkite.clusters.model import Cluster
from mock_buildkite.graphql_api import pages
from mock_buildkite.graphql_api.connections import Connection, Page, connect
from mock_buildkite.graphql_api.context import Info, Payload
from mock_buildkite.graphql_api.resolvers.annotations import chosen
from mock_buildkite.graphql_api.resolvers.jobs import kinds, resolve_build
from mock_buildkite.jobs import handing_over
from mock_buildkite.jobs import requests as jobs
from mock_buildkite.jobs.lifecycle import JobState
from mock_buildkite.jobs.model import Job, JobType
from mock_buildkite.pipelines import service as pipelines
from mock_buildkite.pipelines.definition import AutomaticRetry, CommandStep
from mock_buildkite.pipelines.model import Pipeline
from mock_buildkite.queues import service as queues
from mock_buildkite.queues.model import Queue

job = kinds[JobType.SCRIPT]
job.set_alias("passed", "has_passed")


@job.field("agent")
def resolve_agent(source: Job, info: Info) -> Agent | None:
    """Who runs it, or has run it."""
    return None if source.agent_id is None else agents.find(info.context.tx, source.agent_id)


@job.field("annotations")
def resolve_annotations(
    source: Job,
    info: Info,
    *,
    order: str | None = "RECENTLY_CREATED",
    style: Sequence[str] | None = None,
    **page: Unpack[Page],
) -> Connection[Annotation]:
    """The annotations about it."""
    found = annotations.list_of_job(info.context.tx, source.id)
    return connect(chosen(found, order, style), **page)


@job.field("artifacts")
def resolve_artifacts(
    source: Job,
    info: Info,
    *,
    first: int | None = None,
    last: int | None = None,
    path: str | None = None,
    state: str | None = None,
) -> Connection[Artifact]:
    """The files that it has announced."""
    wanted = artifacts.filter_of_build(
        source.build_id,
        job_id=source.id,
        state=None if state is None else ArtifactState[state],
        path=path or None,
        but_deleted=state is None,
    )
    found = artifacts.list_of_build(info.context.tx, wanted)
    return connect(found, first=first, last=last)


@job.field("cluster")
def resolve_cluster(source: Job, info: Info) -> Cluster | None:
    """Where it runs, if that is in a cluster."""
    number = source.cluster_id
    return None if number is None else clusters.find(info.context.tx, number)


@job.field("clusterQueue")
def resolve_cluster_queue(source: Job, info: Info) -> Queue | None:
    """The queue that it waits in, if that is one of a cluster."""
    return None if source.queue_id is None else queues.find(info.context.tx, source.queue_id)


@job.field("pipeline")
def resolve_pipeline(source: Job, info: Info) -> Pipeline:
    """What its build is a run of."""
    return pipelines.find(info.context.tx, source.pipeline_id)


@job.field("command")
def resolve_command(source: Job, info: Info) -> str:
    """What it runs."""
    return _definition(source, info).command


@job.field("automaticArtifactUploadPaths")
def resolve_artifact_paths(source: Job, info: Info) -> str | None:
    """What its agent uploads by itself."""
    return _definition(source, info).artifact_paths or None


@job.field("env")
def resolve_env(source: Job, info: Info) -> list[str]:
    """What its agent is given for an environment."""
    environment = handing_over.environment(info.context.tx, source, info.context.base_url)
    return [f"{name}={value}" for name, value in environment.items()]


@job.field("concurrency")
def resolve_concurrency(source: Job, _info: Info) -> Payload | None:
    """The concurrency group that it is in."""
    if source.concurrency_group is None:
        return None
    return {"group": source.concurrency_group, "limit": source.concurrency_limit}


@job.field("priority")
def resolve_priority(source: Job, _info: Info) -> Payload:
    """How soon its turn comes."""
    return {"number": source.priority}


@job.field("exitStatus")
def resolve_exit_status(source: Job, _info: Info) -> str | None:
    """How its command ended."""
    return None if source.exit_status is None else str(source.exit_status)


@job.field("signalReason")
def resolve_signal_reason(source: Job, _info: Info) -> str | None:
    """Why its agent sent a signal, or ran nothing."""
    return None if source.signal_reason is None else source.signal_reason.upper()


@job.field("canceledAt")
def resolve_canceled_at(source: Job, _info: Info) -> datetime | None:
    """When it had been canceled."""
    return source.finished_at if source.state is JobState.CANCELED else None


@job.field("expiredAt")
def resolve_expired_at(source: Job, _info: Info) -> datetime | None:
    """When it was given up."""
    return source.finished_at if source.state is JobState.EXPIRED else None


@job.field("retryRules")
def resolve_retry_rules(source: Job, info: Info) -> Payload:
    """When it is tried again."""
    retry = _definition(source, info).retry
    return {
        "automatic": [_spelled(rule) for rule in retry.automatic],
        "manual": retry.manual.allowed,
    }


@job.field("url")
def resolve_url(source: Job, info: Info) -> str:
    """Its page: a place on the one of its build."""
    return f"{pages.of_build(info, resolve_build(source, info))}#{source.uuid}"


def _spelled(rule: AutomaticRetry) -> Payload:
    def spelled(conditions: str | Sequence[int | str] | None) -> str | None:
        if conditions is None or isinstance(conditions, str):
            return conditions
        return ",".join(map(str, conditions))

    return {
        "exit_status": spelled(rule.exit_status),
        "limit": str(rule.limit),
        "signal": spelled(rule.signal),
        "signal_reason": spelled(rule.signal_reason),
    }


def _definition(source: Job, info: Info) -> CommandStep:
    definition = jobs.definition_of(info.context.tx, source)
    assert isinstance(definition, CommandStep)  # noqa: S101 - other steps have other jobs
    return definition


bindables = [job]
