"""How a job ends: what its end counts for, and what is kept of it."""

from typing import Any

from msgspec import Struct

from mock_buildkite.jobs.lifecycle import JobState
from mock_buildkite.jobs.model import AGENT_LOST_EXIT_STATUS, JobType, MovedJob
from mock_buildkite.pipelines.definition import CommandStep, SoftFail, Step, TriggerStep
from mock_buildkite.storage.database import Transaction

FAILING_STATES = frozenset({JobState.CANCELED, JobState.TIMED_OUT, JobState.EXPIRED})


class Ending(Struct, frozen=True):
    """What is said of a job's end; by its agent, if it has one."""

    exit_status: int | None = None
    signal: str | None = None
    signal_reason: str | None = None
    chunks_failed_count: int = 0
    has_failed: bool = False
    """For what has no exit status: a trigger job whose build failed."""


LOST = Ending(AGENT_LOST_EXIT_STATUS)
"""The agent went away in the middle of it."""


class Verdict(Struct, frozen=True):
    """What a job's end counts for."""

    exit_status: int | None
    has_failed: bool
    is_soft: bool


def has_failed(job: MovedJob, state: JobState, ending: Ending) -> bool:
    """Whether a job fails that ends in a state, with what is said of it."""
    if state is not JobState.FINISHED:
        return state in FAILING_STATES or ending.has_failed
    if job.promised_exit_status is not None or ending.has_failed:
        return True
    return job.type is JobType.SCRIPT and ending.exit_status != 0


def success(ending: Ending) -> Verdict:
    """What the end of a job that has not failed counts for, whatever its step says."""
    return Verdict(ending.exit_status, has_failed=False, is_soft=False)


def failure(job: MovedJob, definition: Step, state: JobState, ending: Ending) -> Verdict:
    """What it counts for that a job fails, which its step may allow."""
    exit_status = ending.exit_status
    soft_fail = _soft_fail(definition)
    if job.promised_exit_status is not None and state is JobState.FINISHED:
        # It said that it would fail: it cannot take that back, nor make it soft.
        if exit_status is None or exit_status == 0 or soft_fail.covers(exit_status):
            exit_status = job.promised_exit_status
        return Verdict(exit_status, has_failed=True, is_soft=False)
    is_covered = soft_fail.every if exit_status is None else soft_fail.covers(exit_status)
    return Verdict(exit_status, has_failed=True, is_soft=soft_fail.every or is_covered)


def changes(tx: Transaction, state: JobState, ending: Ending, counted: Verdict) -> dict[str, Any]:
    """What is kept of a job's end. Its job token is forgotten, so that it works no longer."""
    return {
        "state": state.value,
        "exit_status": counted.exit_status,
        "signal": ending.signal,
        "signal_reason": ending.signal_reason,
        "chunks_failed_count": ending.chunks_failed_count,
        "soft_failed": counted.is_soft,
        "hard_failed": counted.has_failed and not counted.is_soft,
        "finished_at": tx.now_text,
        "due_at": None,
        "token_digest": None,
    }


def _soft_fail(definition: Step) -> SoftFail:
    return definition.soft_fail if isinstance(definition, CommandStep | TriggerStep) else SoftFail()
