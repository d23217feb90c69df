"""Jobs of all kinds."""

from datetime import timedelta
from typing import Any

import msgspec

from mock_buildkite import node_ids
from mock_buildkite.agents.model import Agent
from mock_buildkite.jobs.described import DescribedJob
from mock_buildkite.jobs.lifecycle import JobState
from mock_buildkite.jobs.model import Job, JobType, shown_state
from mock_buildkite.organizations.model import Organization, User
from mock_buildkite.pipelines.definition import CommandStep, TriggerStep
from mock_buildkite.rest_api.calls import Call
from mock_buildkite.rest_api.wire import agents
from mock_buildkite.rest_api.wire.moments import spelled
from mock_buildkite.rest_api.wire.pipelines import address, page
from mock_buildkite.rest_api.wire.users import user

_MILLISECOND = timedelta(milliseconds=1)


class ReprioritizeBody(msgspec.Struct):
    """The body of `PUT …/reprioritize`."""

    priority: Any = None


class UnblockBody(msgspec.Struct):
    """The body of `PUT …/unblock`."""

    unblocker: str | None = None
    fields: dict[str, str | list[str]] | None = None


def job(
    call: Call, organization: Organization, shown: DescribedJob, *, with_agent: bool = True
) -> dict[str, Any]:
    """A job; what is told of it depends on its kind."""
    match shown.job.type:
        case JobType.SCRIPT:
            return _command_job(call, organization, shown, with_agent=with_agent)
        case JobType.MANUAL:
            return _manual_job(call, organization, shown)
        case JobType.TRIGGER:
            return _trigger_job(call, organization, shown)
        case JobType.WAITER:
            return {**_common(call, organization, shown), "step_key": shown.step.key}


def _common(call: Call, organization: Organization, shown: DescribedJob) -> dict[str, Any]:
    place = page(call.links, organization, shown.pipeline, "builds", shown.build.number)
    common: dict[str, Any] = {
        "id": shown.job.uuid,
        "graphql_id": node_ids.encode("Job", shown.job.uuid),
        "type": shown.job.type.value,
        "state": shown_state(shown.job),
        "web_url": f"{place}#{shown.job.uuid}",
    }
    if shown.group is not None:
        common["group_key"] = shown.group.key
    return common


def _manual_job(call: Call, organization: Organization, shown: DescribedJob) -> dict[str, Any]:
    return {
        **_common(call, organization, shown),
        "label": shown.job.name,
        "step_key": shown.step.key,
        "web_url": None,
        "unblocked_by": _person(shown.unblocked_by),
        "unblocked_at": spelled(shown.job.unblocked_at),
        "unblockable": shown.job.state is JobState.BLOCKED,
        "unblock_url": _address(call, organization, shown, "unblock"),
    }


def _trigger_job(call: Call, organization: Organization, shown: DescribedJob) -> dict[str, Any]:
    definition = shown.definition
    return {
        **_common(call, organization, shown),
        "name": shown.job.name,
        "step_key": shown.step.key,
        "async": isinstance(definition, TriggerStep) and definition.is_async,
        **_moments(shown.job),
        "triggered_build": _triggered_build(call, organization, shown),
    }


def _triggered_build(
    call: Call, organization: Organization, shown: DescribedJob
) -> dict[str, Any] | None:
    if shown.triggered is None:
        return None
    build, pipeline = shown.triggered
    return {
        "id": build.uuid,
        "number": build.number,
        "url": address(call.links, organization, pipeline, "builds", build.number),
        "web_url": page(call.links, organization, pipeline, "builds", build.number),
    }


def _command_job(
    call: Call, organization: Organization, shown: DescribedJob, *, with_agent: bool
) -> dict[str, Any]:
    of_job, definition = shown.job, shown.definition
    assert isinstance(definition, CommandStep)  # noqa: S101 - other steps have other jobs
    agent = shown.agent if with_agent else None
    return {
        **_common(call, organization, shown),
        "name": of_job.name,
        "step_key": shown.step.key,
        "step": {"id": shown.step.uuid, "signature": _signature(definition.signature)},
        "priority": {"number": of_job.priority},
        "agent_query_rules": of_job.agent_query_rules,
        "build_url": address(
            call.links, organization, shown.pipeline, "builds", shown.build.number
        ),
        "log_url": _address(call, organization, shown, "log"),
        "raw_log_url": _address(call, organization, shown, "log.txt"),
        "artifacts_url": _address(call, organization, shown, "artifacts"),
        "command": definition.command,
        "soft_failed": of_job.soft_failed,
        "exit_status": of_job.exit_status,
        "signal": of_job.signal,
        "signal_reason": of_job.signal_reason,
        "broken_reason": of_job.broken_reason,
        **_promise(of_job),
        "artifact_paths": definition.artifact_paths or None,
        "agent": None if agent is None else _agent(call, organization, agent),
        **_moments(of_job),
        "concurrency_wait_time_ms": _concurrency_wait(of_job),
        "expired_at": spelled(of_job.finished_at) if of_job.state is JobState.EXPIRED else None,
        **_retries(shown),
        "parallel_group_index": of_job.parallel_group_index,
        "parallel_group_total": of_job.parallel_group_total,
        "matrix": of_job.matrix,
        **_place(call, organization, shown),
    }


def _moments(of_job: Job) -> dict[str, Any]:
    return {
        "created_at": spelled(of_job.created_at),
        "scheduled_at": spelled(of_job.scheduled_at),
        "runnable_at": spelled(of_job.runnable_at),
        "started_at": spelled(of_job.started_at),
        "finished_at": spelled(of_job.finished_at),
    }


def _promise(of_job: Job) -> dict[str, Any]:
    if of_job.promised_exit_status is None:
        return {}
    return {
        "promised_exit_status": of_job.promised_exit_status,
        "promised_exit_status_at": spelled(of_job.promised_exit_status_at),
    }


def _retries(shown: DescribedJob) -> dict[str, Any]:
    of_job, source, retry = shown.job, shown.retry_source, shown.retried_in
    source_type, retry_type = of_job.retry_type, None if retry is None else retry.retry_type
    return {
        "retried": of_job.is_retried,
        "retried_in_job_id": None if retry is None else retry.uuid,
        "retries_count": of_job.retries_count or None,
        "retry_source": (
            None
            if source is None or source_type is None
            else {"job_id": source.uuid, "retry_type": source_type.value}
        ),
        "retry_type": None if retry_type is None else retry_type.value,
        "retried_by": _person(shown.retried_by),
    }


def _place(call: Call, organization: Organization, shown: DescribedJob) -> dict[str, Any]:
    cluster, queue = shown.cluster, shown.queue
    url = None
    if cluster is not None:
        url = call.links.organization(organization, "clusters", cluster.uuid)
    return {
        "cluster_id": None if cluster is None else cluster.uuid,
        "cluster_url": url,
        "cluster_queue_id": None if queue is None else queue.uuid,
        "cluster_queue_url": None if queue is None else f"{url}/queues/{queue.uuid}",
    }


def _agent(call: Call, organization: Organization, agent: Agent) -> dict[str, Any]:
    """As much of an agent as its jobs show."""
    return {
        "id": agent.uuid,
        "graphql_id": node_ids.encode("Agent", agent.uuid),
        "url": call.links.organization(organization, "agents", agent.uuid),
        "web_url": agents.page(call, organization, agent),
        "name": agent.name,
        "connection_state": agent.connection_state.value,
        "hostname": agent.hostname,
        "ip_address": agent.ip_address,
        "user_agent": agent.user_agent,
        "creator": None,
        "created_at": spelled(agent.created_at),
    }


def _concurrency_wait(of_job: Job) -> int | None:
    """How long a job has waited for a place in its concurrency group, once it has one."""
    if of_job.concurrency_group is None or of_job.runnable_at is None:
        return None
    if of_job.limited_at is None:
        return 0
    return (of_job.runnable_at - of_job.limited_at) // _MILLISECOND


def _signature(signature: Any) -> dict[str, Any] | None:  # noqa: ANN401 - as it was uploaded
    if not isinstance(signature, dict):
        return None
    return {name: signature.get(name) for name in ("value", "algorithm", "signed_fields")}


def _person(someone: User | None) -> dict[str, Any] | None:
    return None if someone is None else user(someone)


def _address(call: Call, organization: Organization, shown: DescribedJob, *more: object) -> str:
    """Where a job is, or something under it."""
    place = ("builds", shown.build.number, "jobs", shown.job.uuid)
    return address(call.links, organization, shown.pipeline, *place, *more)
