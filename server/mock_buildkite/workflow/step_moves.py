"""The moves of steps: going on when what they wait for is over, ending, being done again."""

from mock_buildkite.jobs import standing_store as standings
from mock_buildkite.jobs import store as jobs
from mock_buildkite.jobs.lifecycle import JobEvent, JobState
from mock_buildkite.jobs.model import JobType, MovedJob
from mock_buildkite.pipelines.definition import WaitStep, decode_step
from mock_buildkite.steps import store as steps
from mock_buildkite.steps.model import MANUAL, Outcome, Step, StepType
from mock_buildkite.workflow.job_moves import give_up, leave_queue, move, release
from mock_buildkite.workflow.motion import Motion
from mock_buildkite.workflow.readiness import Readiness, outcome_of_jobs, readiness, rolled_up

HELD = frozenset({JobState.PENDING, JobState.WAITING, JobState.BLOCKED})
FAILED_BEFORE = frozenset({JobState.WAITING_FAILED, JobState.BLOCKED_FAILED})


def advance(motion: Motion, step_id: int) -> None:
    """Let a step go on if it may, and end if all of it has; its build is looked at then too."""
    standing = standings.of_step(motion.tx, step_id)
    if standing.is_under_way and not standing.is_held:
        return
    step = steps.find(motion.tx, step_id)
    motion.builds[step.build_id] = None
    if step.is_finished:
        return
    if step.type is StepType.GROUP:
        _advance_group(motion, step)
        return
    passes_failure = False
    if standing.is_held:
        passes_failure = _let_go_on(motion, step)
        standing = standings.of_step(motion.tx, step_id)
    if not standing.is_open:
        outcome = outcome_of_jobs(standings.list_ends(motion.tx, step_id))
        _end(motion, step, outcome, passes_failure=passes_failure)


def fail_for_missing_key(motion: Motion, step_id: int) -> None:
    """Give up a step that waits for a key which no step of its build will have."""
    step = steps.find(motion.tx, step_id)
    for job in jobs.list_in_states(motion.tx, step.build_id, HELD, step_id):
        give_up(motion, job)
    motion.steps.append(step_id)


def reopen(motion: Motion, step: Step) -> None:
    """Have a step at work again, and let those wait again that had given up for its failure."""
    if step.is_finished:
        steps.record_outcome(motion.tx, step.id, Outcome.NEUTRAL, is_finished=False)
    waiting = [edge.step_id for edge in steps.list_edges_to(motion.tx, step.id)]
    if step.group_id is not None:
        group = steps.find(motion.tx, step.group_id)
        if group.is_finished:
            reopen(motion, group)
    for number in dict.fromkeys(waiting):
        given_up = jobs.list_in_states(motion.tx, step.build_id, FAILED_BEFORE, number)
        for job in given_up:
            move(motion.tx, job, JobEvent.WAIT)
        dependent = steps.find(motion.tx, number)
        if given_up or (dependent.type is StepType.GROUP and dependent.is_finished):
            reopen(motion, dependent)
    motion.steps.append(step.id)


def _let_go_on(motion: Motion, step: Step) -> bool:
    """Move a step's held jobs as its dependencies say; whether they go past a failure."""
    found = jobs.list_in_states(motion.tx, step.build_id, HELD, step.id)
    held = [job for job in found if not _is_actionable(job)]
    if not held:
        return False
    definition = decode_step(step.definition) if step.type is StepType.WAIT else None
    verdict, passes_failure = readiness(
        steps.list_edges(motion.tx, step.id),
        is_wait=definition is not None,
        continues_on_failure=isinstance(definition, WaitStep) and definition.continue_on_failure,
    )
    _note_blocked(motion, step, is_blocked=verdict is Readiness.BLOCKED)
    for job in held:
        match verdict:
            case Readiness.READY:
                release(motion, job)
            case Readiness.FAILED:
                give_up(motion, job)
            case Readiness.BLOCKED if job.type in {JobType.SCRIPT, JobType.TRIGGER}:
                _hold(motion, job, JobState.BLOCKED, JobEvent.BLOCK)
            case _:
                _hold(motion, job, JobState.WAITING, JobEvent.WAIT)
    return passes_failure


def _hold(motion: Motion, job: MovedJob, state: JobState, event: JobEvent) -> None:
    if job.state is not state:
        move(motion.tx, job, event)
        if state is JobState.BLOCKED:
            leave_queue(motion, job)


def _is_actionable(job: MovedJob) -> bool:
    """Whether it is a block or input step's that waits for a person, and for nothing else."""
    return job.type is JobType.MANUAL and job.state is JobState.BLOCKED


def _advance_group(motion: Motion, group: Step) -> None:
    children = steps.list_of_group(motion.tx, group.id)
    left = [child for child in children if not child.is_finished]
    if not left:
        _end(motion, group, rolled_up(child.outcome for child in children), passes_failure=False)
        return
    is_blocked = any(child.is_blocked or child.type in MANUAL for child in left)
    _note_blocked(motion, group, is_blocked=is_blocked)


def _note_blocked(motion: Motion, step: Step, *, is_blocked: bool) -> None:
    """Note whether a step stands behind a block step, however far; so do those that wait for it.

    Source: pages/pipelines/configure/workflows/controlling_concurrency.md of Buildkite's
    documentation: a block step keeps the end of a gate around it out of its concurrency group.
    Unverified: that what is so far behind shows `blocked`.
    """
    if step.is_blocked is is_blocked:
        return
    steps.update(motion.tx, step.id, {"is_blocked": is_blocked})
    behind = [edge.step_id for edge in steps.list_edges_to(motion.tx, step.id)]
    if step.group_id is not None:
        behind.append(step.group_id)
    # Hundreds of steps may stand before one wait, which is then looked at once.
    motion.steps.extend(number for number in behind if number not in motion.steps)


def _end(motion: Motion, step: Step, outcome: Outcome, *, passes_failure: bool) -> None:
    steps.record_outcome(
        motion.tx, step.id, outcome, is_finished=True, passes_failure=passes_failure
    )
    motion.steps.extend(edge.step_id for edge in steps.list_edges_to(motion.tx, step.id))
    if step.group_id is not None:
        motion.steps.append(step.group_id)
