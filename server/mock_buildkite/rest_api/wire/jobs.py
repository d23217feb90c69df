"""Jobs of all kinds."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from mock_buildkite import node_ids
from mock_buildkite.errors import InapplicableError, MalformedParameterError
from mock_buildkite.jobs.described import DescribedJob
from mock_buildkite.jobs.lifecycle import JobState
from mock_buildkite.jobs.model import SHOWN_STATES, Job, JobType, shown_state
from mock_buildkite.organizations.model import Organization
from mock_buildkite.pipelines.definition import CommandStep, TriggerStep
from mock_buildkite.rest_api.wire.addresses import address, page, page_of_agent
from mock_buildkite.rest_api.wire.links import Links
from mock_buildkite.rest_api.wire.moments import spelled
from mock_buildkite.rest_api.wire.users import optional_user

_PLAIN = re.compile(r"[\w ./:@%+,=~^{}\[\]()<>|&;*?!-]*")
_MILLISECOND = timedelta(milliseconds=1)


class ReprioritizeBody(msgspec.Struct):
    """The body of `PUT …/reprioritize`."""

    priority: Any = None  # what is no number is another refusal than elsewhere


class UnblockBody(msgspec.Struct):
    """The body of `PUT …/unblock`."""

    unblocker: str | None = None
    fields: dict[str, str | list[str]] | None = None


def priority(body: ReprioritizeBody) -> int:
    """The priority that a job is to have.

    Raises:
        InapplicableError: it is no whole number.
    """
    if not isinstance(body.priority, int) or isinstance(body.priority, bool):
        msg = "Priority must be an integer"
        raise InapplicableError(msg)
    return body.priority


def states(names: Sequence[str]) -> frozenset[str] | None:
    """The states that jobs are filtered by; None asks for no state.

    Raises:
        MalformedParameterError: jobs do not have one of them.
    """
    unknown = [name for name in names if name not in SHOWN_STATES]
    if unknown:
        msg = f"Invalid states: {', '.join(unknown)}"
        raise MalformedParameterError(msg)
    return frozenset(names) or None


def environment_as_text(environment: Mapping[str, str]) -> str:
    """An environment in the form that dotenv reads: a value with line breaks is quoted."""
    return "".join(f"{name}={_quoted(value)}\n" for name, value in environment.items())


def job(
    links: Links, organization: Organization, shown: DescribedJob, *, with_agent: bool = True
) -> dict[str, Any]:
    """A job; what is told of it depends on its kind."""
    match shown.job.type:
        case JobType.SCRIPT:
            return _command_job(links, organization, shown, with_agent=with_agent)
        case JobType.MANUAL:
            return _manual_job(links, organization, shown)
        case JobType.TRIGGER:
            return _trigger_job(links, organization, shown)
        case JobType.WAITER:
            return {**_common(links, organization, shown), "step_key": shown.step.key}


def _common(links: Links, organization: Organization, shown: DescribedJob) -> dict[str, Any]:
    place = page(links, organization, shown.pipeline, "builds", shown.build.number)
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


def _manual_job(links: Links, organization: Organization, shown: DescribedJob) -> dict[str, Any]:
    return {
        **_common(links, organization, shown),
        "label": shown.job.name,
        "step_key": shown.step.key,
        "web_url": None,
        "unblocked_by": optional_user(shown.unblocked_by),
        "unblocked_at": spelled(shown.job.unblocked_at),
        "unblockable": shown.job.state is JobState.BLOCKED,
        "unblock_url": _address(links, organization, shown, "unblock"),
    }


def _trigger_job(links: Links, organization: Organization, shown: DescribedJob) -> dict[str, Any]:
    definition = shown.definition
    return {
        **_common(links, organization, shown),
        "name": shown.job.name,
        "step_key": shown.step.key,
        "async": isinstance(definition, TriggerStep) and definition.is_async,
        **_moments(shown.job),
        "triggered_build": _triggered_build(links, organization, shown),
    }


def _triggered_build(
    links: Links, organization: Organization, shown: DescribedJob
) -> dict[str, Any] | None:
    if shown.triggered is None:
        return None
    build, pipeline = shown.triggered
    return {
        "id": build.uuid,
        "number": build.number,
        "url": address(links, organization, pipeline, "builds", build.number),
        "web_url": page(links, organization, pipeline, "builds", build.number),
    }


def _command_job(
    links: Links, organization: Organization, shown: DescribedJob, *, with_agent: bool
) -> dict[str, Any]:
    of_job, definition = shown.job, shown.definition
    assert isinstance(definition, CommandStep)  # noqa: S101 - other steps have other jobs
    return {
        **_common(links, organization, shown),
        "name": of_job.name,
        "step_key": shown.step.key,
        "step": {"id": shown.step.uuid, "signature": _signature(definition.signature)},
        "priority": {"number": of_job.priority},
        "agent_query_rules": of_job.agent_query_rules,
        "build_url": address(links, organization, shown.pipeline, "builds", shown.build.number),
        "log_url": _address(links, organization, shown, "log"),
        "raw_log_url": _address(links, organization, shown, "log.txt"),
        "artifacts_url": _address(links, organization, shown, "artifacts"),
        "command": definition.command,
        "soft_failed": of_job.soft_failed,
        "exit_status": of_job.exit_status,
        "signal": of_job.signal,
        "signal_reason": of_job.signal_reason,
        "broken_reason": of_job.broken_reason,
        **_promise(of_job),
        "artifact_paths": definition.artifact_paths or None,
        "agent": _agent(links, organization, shown) if with_agent else None,
        **_moments(of_job),
        "concurrency_wait_time_ms": _concurrency_wait(of_job),
        "expired_at": spelled(of_job.finished_at) if of_job.state is JobState.EXPIRED else None,
        **_retries(shown),
        "parallel_group_index": of_job.parallel_group_index,
        "parallel_group_total": of_job.parallel_group_total,
        "matrix": of_job.matrix,
        **_place(links, organization, shown),
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
        "retried_by": optional_user(shown.retried_by),
    }


def _place(links: Links, organization: Organization, shown: DescribedJob) -> dict[str, Any]:
    cluster, queue = shown.cluster, shown.queue
    url = None
    if cluster is not None:
        url = links.organization(organization, "clusters", cluster.uuid)
    return {
        "cluster_id": None if cluster is None else cluster.uuid,
        "cluster_url": url,
        "cluster_queue_id": None if queue is None else queue.uuid,
        "cluster_queue_url": None if queue is None else f"{url}/queues/{queue.uuid}",
    }


def _agent(links: Links, organization: Organization, shown: DescribedJob) -> dict[str, Any] | None:
    """As much of an agent as its jobs show."""
    agent = shown.agent
    if agent is None:
        return None
    return {
        "id": agent.uuid,
        "graphql_id": node_ids.encode("Agent", agent.uuid),
        "url": links.organization(organization, "agents", agent.uuid),
        "web_url": page_of_agent(links, organization, agent, shown.agent_place),
        "name": agent.name,
        "connection_state": agent.connection_state.value,
        "hostname": agent.hostname,
        "ip_address": agent.ip_address,
        "user_agent": agent.user_agent,
        "creator": None,  # Unverified: as in `wire/agents.py`
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


def _address(links: Links, organization: Organization, shown: DescribedJob, *more: object) -> str:
    """Where a job is, or something under it."""
    place = ("builds", shown.build.number, "jobs", shown.job.uuid)
    return address(links, organization, shown.pipeline, *place, *more)


def _quoted(value: str) -> str:
    """A value as it stands behind its name: as it is, unless a reader would take it for more."""
    if _PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return '"' + escaped.replace("\n", "\\n") + '"'
