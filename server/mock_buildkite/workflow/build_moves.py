"""The moves of one build, from state to state, with what each brings along."""

from datetime import datetime
from typing import Any

from mock_buildkite.builds import store as builds
from mock_buildkite.builds.lifecycle import BuildEvent, BuildState, next_state
from mock_buildkite.builds.model import Build, MovedBuild
from mock_buildkite.clock import to_text
from mock_buildkite.events import (
    BuildFailing,
    BuildFinished,
    BuildRunning,
    BuildSkipped,
    Event,
)
from mock_buildkite.jobs import standing_store as standings
from mock_buildkite.jobs import store as jobs
from mock_buildkite.jobs.lifecycle import ENDED, JobEvent, JobState
from mock_buildkite.jobs.model import JobType, MovedJob
from mock_buildkite.pipelines.definition import BlockStep, CommandStep, InputStep
from mock_buildkite.steps import store as steps
from mock_buildkite.storage.database import Transaction
from mock_buildkite.workflow import job_moves
from mock_buildkite.workflow.endings import Ending
from mock_buildkite.workflow.job_moves import definition_of
from mock_buildkite.workflow.motion import Motion
from mock_buildkite.workflow.step_moves import fail_for_missing_key

NOT_ENDED = frozenset(JobState) - ENDED
STOPPING = frozenset({JobState.CANCELING, JobState.TIMING_OUT})
_ENDS = frozenset(
    {
        BuildEvent.END_PASSED,
        BuildEvent.END_FAILED,
        BuildEvent.END_CANCELED,
        BuildEvent.END_NOT_RUN,
        BuildEvent.SKIP,
    }
)
_TOLD: dict[BuildState, type[Event]] = {
    BuildState.RUNNING: BuildRunning,
    BuildState.FAILING: BuildFailing,
    BuildState.BLOCKED: BuildFinished,
    BuildState.SKIPPED: BuildSkipped,
    BuildState.PASSED: BuildFinished,
    BuildState.FAILED: BuildFinished,
    BuildState.CANCELED: BuildFinished,
    BuildState.NOT_RUN: BuildFinished,
}


def move(tx: Transaction, build: MovedBuild, event: BuildEvent, **changed: Any) -> BuildState:  # noqa: ANN401 - columns
    """Move a build along its table, with other columns that change; its state then.

    Raises:
        InvalidStateError: the event is not possible in its state.
    """
    state = next_state(build.state, event)
    if event is BuildEvent.START:
        changed["started_at"] = _first(build.started_at, tx)
        changed["finished_at"] = None
    elif event is BuildEvent.FAIL:
        changed["failing_at"] = _first(build.failing_at, tx)
    elif event is BuildEvent.BLOCK:
        changed["blocked_at"] = tx.now_text
    elif event is BuildEvent.CANCEL:
        changed["canceled_at"] = tx.now_text
    elif event in _ENDS:
        changed["finished_at"] = tx.now_text
    builds.update(tx, build.id, {"state": state.value, **changed})
    if state is not build.state and state in _TOLD:
        tx.tell(_TOLD[state](build.uuid))
    return state


def start(motion: Motion, build: MovedBuild) -> None:
    """Note that a job of a build starts, or that something in it is done again."""
    if build.state in {BuildState.SCHEDULED, BuildState.BLOCKED} or build.is_finished:
        move(motion.tx, build, BuildEvent.START)
        motion.builds[build.id] = None


def cancel(motion: Motion, build: MovedBuild, by: int | None, reason: str | None) -> None:
    """Cancel a build and all its jobs.

    Raises:
        InvalidStateError: it is at its end.
    """
    move(motion.tx, build, BuildEvent.CANCEL, canceled_by=by, cancel_reason=reason)
    for job in jobs.list_in_states(motion.tx, build.id, NOT_ENDED - STOPPING):
        job_moves.cancel(motion, job, by)
    motion.builds[build.id] = None


def skip(motion: Motion, build: MovedBuild) -> None:
    """Have a newer build take the place of one that has not started."""
    state = move(motion.tx, build, BuildEvent.SKIP)
    for job in jobs.list_in_states(motion.tx, build.id, NOT_ENDED):
        job_moves.end(motion, job, JobEvent.SKIP)
    _tell_trigger(motion, build, state)


def supersede(motion: Motion, build: MovedBuild, *, by: Build) -> None:
    """Have a newer build take the place of one that has started: it is canceled.

    The trigger job that waits for it is skipped.

    Source: pages/pipelines/configure/step_types/trigger_step.md of Buildkite's documentation.
    """
    _tell_trigger(motion, build, BuildState.SKIPPED)
    cancel(motion, build, None, f"Superseded by build {by.number}")


def conclude(motion: Motion, build_id: int) -> None:
    """Move a build as its jobs stand: to failing, blocked, or its end."""
    tx = motion.tx
    build = builds.find_moved(tx, build_id)
    if build.is_finished:
        return
    standing = standings.of_build(tx, build.id)
    has_failed = standing.has_failed or build.failure_reason is not None
    if build.state is BuildState.CANCELING:
        if not (standing.is_under_way or standing.is_limited):
            _end(motion, build, BuildEvent.END_CANCELED)
    elif standing.is_under_way:
        _go_on(motion, build, has_failed=has_failed)
    elif standing.is_limited:
        # Jobs that wait for what never comes would keep their place before it for ever.
        if not (standings.is_limited_by_none_at_work(tx, build.id) and _misses_keys(motion, build)):
            _go_on(motion, build, has_failed=has_failed)
    elif not (
        standing.is_held
        and (_waits_for_people(motion, build, has_failed=has_failed) or _misses_keys(motion, build))
    ):
        has_run = standing.has_run or build.state is not BuildState.SCHEDULED
        _end(motion, build, _last_event(has_failed=has_failed, has_run=has_run))


def _last_event(*, has_failed: bool, has_run: bool) -> BuildEvent:
    if has_failed:
        return BuildEvent.END_FAILED
    return BuildEvent.END_PASSED if has_run else BuildEvent.END_NOT_RUN


def _waits_for_people(motion: Motion, build: MovedBuild, *, has_failed: bool) -> bool:
    """Whether somebody has to release a step; the build is then blocked."""
    held = jobs.list_in_states(motion.tx, build.id, frozenset({JobState.BLOCKED}))
    manual = next((job for job in held if job.type is JobType.MANUAL), None)
    if manual is None:
        return False
    blocked_state = _blocked_state(motion.tx, manual)
    # One step that is released may have uncovered another, which says something else.
    if (
        build.state is not BuildState.BLOCKED
        or builds.find(motion.tx, build.id).blocked_state != blocked_state
    ):
        move(motion.tx, build, BuildEvent.BLOCK, blocked_state=blocked_state)
        if blocked_state == BuildState.PASSED.value and not has_failed:
            _tell_trigger(motion, build, BuildState.PASSED)
    return True


def _misses_keys(motion: Motion, build: MovedBuild) -> bool:
    """Whether steps wait for keys that no step has, now that none will come: they fail."""
    missing = steps.list_steps_waiting_for_missing_keys(motion.tx, build.id)
    if not missing:
        return False
    keys = ", ".join(dict.fromkeys(key for _, key in missing))
    reason = f"Steps depend on keys that no step has: {keys}"
    builds.update(motion.tx, build.id, {"failure_reason": reason})
    for step_id, _ in missing:
        fail_for_missing_key(motion, step_id)
    motion.builds[build.id] = None
    return True


def _go_on(motion: Motion, build: MovedBuild, *, has_failed: bool) -> None:
    if build.state is BuildState.BLOCKED:
        move(motion.tx, build, BuildEvent.START)
        motion.builds[build.id] = None
    elif has_failed and build.state is not BuildState.FAILING:
        move(motion.tx, build, BuildEvent.FAIL)
        for job in jobs.list_in_states(motion.tx, build.id, NOT_ENDED - STOPPING):
            definition = definition_of(motion.tx, job)
            if (
                isinstance(definition, CommandStep)
                and definition.cancel_on_build_failing
                and not job.hard_failed  # it only promised to: it goes on to its end
            ):
                job_moves.cancel(motion, job, None)


def _end(motion: Motion, build: MovedBuild, event: BuildEvent) -> None:
    state = move(motion.tx, build, event)
    _tell_trigger(motion, build, state)


def _tell_trigger(motion: Motion, build: MovedBuild, state: BuildState) -> None:
    """Have the trigger job that created a build end with it, if it has waited for that.

    A build that is blocked and counts as passed meanwhile is over for its trigger job, which takes
    no notice of what becomes of it later; one that counts as failed or running is not.

    Source: `blocked_state` in pages/pipelines/configure/step_types/block_step.md of Buildkite's
    documentation, about `failed`. Unverified: the other two, which follow from their names.
    """
    if build.triggered_from_job_id is None:
        return
    job = jobs.find_moved(motion.tx, build.triggered_from_job_id)
    if job.state is not JobState.RUNNING:
        return
    if state is BuildState.SKIPPED:
        job_moves.end(motion, job, JobEvent.SKIP)
    else:
        has_failed = state not in {BuildState.PASSED, BuildState.NOT_RUN}
        job_moves.end(motion, job, JobEvent.FINISH, Ending(has_failed=has_failed))


def _blocked_state(tx: Transaction, job: MovedJob) -> str:
    definition = definition_of(tx, job)
    return definition.blocked_state if isinstance(definition, BlockStep | InputStep) else "passed"


def _first(before: datetime | None, tx: Transaction) -> str:
    return tx.now_text if before is None else to_text(before)
