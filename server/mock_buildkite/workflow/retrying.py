"""Trying a job again: whether a rule says so, and the job that takes its place.

Source: pages/pipelines/configure/retry.md of Buildkite's documentation.
"""

from typing import Any

from mock_buildkite.builds import store as builds
from mock_buildkite.clock import to_text
from mock_buildkite.jobs import store as jobs
from mock_buildkite.jobs.lifecycle import JobState
from mock_buildkite.jobs.model import Job, MovedJob, RetryType
from mock_buildkite.pipelines.definition import CommandStep, matching_rule
from mock_buildkite.storage.database import Transaction
from mock_buildkite.storage.json_text import to_json
from mock_buildkite.world import World


def deciding_rule(
    definition: CommandStep,
    job: MovedJob,
    exit_status: int,
    signal: str | None,
    reason: str | None,
) -> int | None:
    """The automatic rule, by its index, that has a failed job tried again; None if none does.

    The first rule that matches decides, also when it forbids it or has done so often enough.
    """
    rules = definition.retry.automatic
    index = matching_rule(rules, exit_status, signal, reason)
    if index is None or _retries_by(job, index) >= rules[index].limit:
        return None
    return index


def insert_retry(
    tx: Transaction,
    world: World,
    job: Job,
    retry_type: RetryType,
    *,
    by: int | None = None,
    rule: int | None = None,
) -> int:
    """Put a job, pending, in the place of one that ended; its integer key."""
    retries = list(job.rule_retries)
    if rule is not None:
        retries += [0] * (rule + 1 - len(retries))
        retries[rule] += 1
    number = jobs.add(
        tx,
        {
            **_copied(job),
            "uuid": world.ids.uuid(),
            "state": JobState.PENDING.value,
            "created_at": tx.now_text,
            "retries_count": job.retries_count + 1,
            "rule_retries": to_json(retries),
        },
    )
    jobs.record_retry(tx, job.id, number, retry_type, by)
    builds.count_jobs(tx, job.build_id, 1)
    return number


def _retries_by(job: MovedJob, rule: int) -> int:
    return job.rule_retries[rule] if rule < len(job.rule_retries) else 0


def _copied(job: Job) -> dict[str, Any]:
    return {
        "organization_id": job.organization_id,
        "cluster_id": job.cluster_id,
        "queue_id": job.queue_id,
        "pipeline_id": job.pipeline_id,
        "build_id": job.build_id,
        "step_id": job.step_id,
        "type": job.type.value,
        "name": job.name,
        "definition": job.definition,
        "agent_query_rules": to_json(job.agent_query_rules),
        "priority": job.priority,
        "scheduled_at": to_text(job.scheduled_at),
        "timeout_in_minutes": job.timeout_in_minutes,
        "most_timeout_in_minutes": job.most_timeout_in_minutes,
        "parallel_group_index": job.parallel_group_index,
        "parallel_group_total": job.parallel_group_total,
        "matrix": None if job.matrix is None else to_json(job.matrix),
        "concurrency_group": job.concurrency_group,
        "concurrency_limit": job.concurrency_limit,
        "concurrency_method": job.concurrency_method,
    }
