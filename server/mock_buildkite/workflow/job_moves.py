"""The moves of one job, from state to state, with what each brings along."""

from datetime import datetime
from typing import Any

from mock_buildkite.agents import dispatch_store as agents
from mock_buildkite.builds import store as builds
from mock_buildkite.builds.lifecycle import BuildState
from mock_buildkite.clock import to_text
from mock_buildkite.events import JobFinished, JobScheduled
from mock_buildkite.jobs import store as jobs
from mock_buildkite.jobs.lifecycle import ON_AGENT, JobEvent, JobState, next_state
from mock_buildkite.jobs.model import JobType, MovedJob, RetryType, expires_at
from mock_buildkite.pipelines.definition import CommandStep, decode_step
from mock_buildkite.pipelines.definition import Step as Definition
from mock_buildkite.steps import store as steps
from mock_buildkite.storage.database import Transaction
from mock_buildkite.workflow import retrying
from mock_buildkite.workflow.endings import LOST, Ending, changes, failure, has_failed, success
from mock_buildkite.workflow.motion import Motion

OFF_AGENT: dict[str, Any] = {
    "agent_id": None,
    "assigned_at": None,
    "accepted_at": None,
    "token_digest": None,
    "token_issued_at": None,
    "token_expires_at": None,
}


def definition_of(tx: Transaction, job: MovedJob) -> Definition:
    """What a job's step asks of it, with the values of its matrix."""
    return decode_step(job.definition or steps.definition_of(tx, job.step_id))


def move(tx: Transaction, job: MovedJob, event: JobEvent, **changed: Any) -> JobState:  # noqa: ANN401 - columns
    """Move a job along its table, with other columns that change; its state then.

    Raises:
        InvalidStateError: the event is not possible in its state.
    """
    state = next_state(job.state, event)
    jobs.update(tx, job.id, {"state": state.value, **changed})
    return state


def release(motion: Motion, job: MovedJob) -> None:
    """Let a job go on that nothing before it holds any longer."""
    match job.type:
        case JobType.WAITER:
            end(motion, job, JobEvent.FINISH)
        case JobType.MANUAL:
            move(motion.tx, job, JobEvent.BLOCK)
        case JobType.TRIGGER:
            move(motion.tx, job, JobEvent.SCHEDULE, runnable_at=motion.tx.now_text)
            motion.triggers.append(job.id)
        case JobType.SCRIPT if job.concurrency_group is not None:
            move(motion.tx, job, JobEvent.LIMIT, limited_at=motion.tx.now_text)
            motion.groups[job.organization_id, job.concurrency_group] = None
        case JobType.SCRIPT:
            schedule(motion, job)


def leave_queue(motion: Motion, job: MovedJob) -> None:
    """Note that those behind a job in its concurrency group, if it has one, may have a place."""
    if job.concurrency_group is not None:
        motion.groups[job.organization_id, job.concurrency_group] = None


def give_up(motion: Motion, job: MovedJob) -> None:
    """Note that a job never runs, since something failed that it waits for."""
    move(motion.tx, job, JobEvent.DEPENDENCY_FAILURE)
    leave_queue(motion, job)


def schedule(motion: Motion, job: MovedJob) -> None:
    """Have a job wait for an agent, for as long as jobs do."""
    due_at = expires_at(job.created_at, motion.world.settings.job_expires_after_days)
    now = motion.tx.now_text
    move(motion.tx, job, JobEvent.SCHEDULE, runnable_at=now, due_at=to_text(due_at))
    _be_runnable(motion, job, due_at)


def put_back(motion: Motion, job: MovedJob, event: JobEvent) -> None:
    """Have a job wait for an agent again, since the one that had it did not take it."""
    due_at = expires_at(job.created_at, motion.world.settings.job_expires_after_days)
    move(motion.tx, job, event, **OFF_AGENT, due_at=to_text(due_at))
    free_agent(motion, job)
    _be_runnable(motion, job, due_at, other_than=job.agent_id)


def free_agent(motion: Motion, job: MovedJob) -> None:
    """Let the agent that was about to take a job, if there is one, have another."""
    if job.agent_id is not None:
        agents.record_job_ended(motion.tx, job.agent_id, has_passed=False, was_finished=False)
        motion.idle_agents[job.agent_id] = None


def end(
    motion: Motion,
    job: MovedJob,
    event: JobEvent,
    ending: Ending = Ending(),  # noqa: B008 - a frozen value
    *,
    by: int | None = None,
) -> None:
    """End a job; a rule of its step may have another take its place."""
    tx = motion.tx
    state = next_state(job.state, event)
    definition, counted = None, success(ending)
    if has_failed(job, state, ending):
        definition = definition_of(tx, job)
        counted = failure(job, definition, state, ending)
    kept = changes(tx, state, ending, counted)
    jobs.update(tx, job.id, kept if by is None else {**kept, "canceled_by": by})
    if job.state in ON_AGENT and job.agent_id is not None:
        has_passed = state is JobState.FINISHED and not counted.has_failed
        agents.record_job_ended(tx, job.agent_id, has_passed=has_passed, was_finished=True)
        motion.idle_agents[job.agent_id] = None
    leave_queue(motion, job)
    may_retry = counted.has_failed and state in {JobState.FINISHED, JobState.TIMED_OUT}
    if (
        may_retry
        and isinstance(definition, CommandStep)
        and builds.find_moved(tx, job.build_id).state is not BuildState.CANCELING
    ):
        rule = retrying.deciding_rule(
            definition, job, counted.exit_status or 0, ending.signal, ending.signal_reason
        )
        if rule is not None:
            tried = jobs.find(tx, job.id)
            retrying.insert_retry(tx, motion.world, tried, RetryType.AUTOMATIC, rule=rule)
    motion.steps.append(job.step_id)
    if counted.has_failed:  # its build may be failing, whatever else its step has under way
        motion.builds[job.build_id] = None
    tx.tell(JobFinished(builds.uuid_of(tx, job.build_id)))


def cancel(motion: Motion, job: MovedJob, by: int | None, force_at: datetime | None = None) -> None:
    """Have a job stop: at once if no agent is at work on it, else when its agent says so.

    At `force_at` it is over in any case.

    Raises:
        InvalidStateError: it has ended.
    """
    state = next_state(job.state, JobEvent.CANCEL)
    if state is JobState.CANCELED:
        end(motion, job, JobEvent.CANCEL, by=by)
        return
    due_at = None if force_at is None else to_text(force_at)
    move(motion.tx, job, JobEvent.CANCEL, canceled_by=by, due_at=due_at)
    if force_at is not None:
        motion.tx.falls_due(force_at)
    motion.builds[job.build_id] = None
    if job.type is JobType.TRIGGER:  # no agent will ever say so; the build it created goes on
        end(motion, jobs.find_moved(motion.tx, job.id), JobEvent.FINISH)


def lose(motion: Motion, job: MovedJob) -> None:
    """Take a job from an agent that went away, or has abandoned it."""
    if job.state is JobState.ASSIGNED:
        put_back(motion, job, JobEvent.AGENT_LOSS)
    else:
        end(motion, job, JobEvent.AGENT_LOSS, LOST)


def time_out(motion: Motion, job: MovedJob) -> None:
    """Have a job stop whose time is over."""
    move(motion.tx, job, JobEvent.TIME_OUT, due_at=None)


def _be_runnable(
    motion: Motion, job: MovedJob, due_at: datetime, other_than: int | None = None
) -> None:
    motion.tx.falls_due(due_at)
    motion.runnable_jobs[job.id] = other_than
    motion.tx.tell(JobScheduled(builds.uuid_of(motion.tx, job.build_id)))
