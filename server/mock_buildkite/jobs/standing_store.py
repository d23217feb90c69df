"""The SQL of how the jobs of a build, or of a step, stand all together."""

from collections.abc import Sequence

from mock_buildkite.jobs.lifecycle import JobState
from mock_buildkite.jobs.model import End, Standing, StepStanding
from mock_buildkite.storage.database import Transaction


def _is_any(states: Sequence[JobState], of: str = "build_id = ?1") -> str:
    """SQL for whether a job is in one of some states, the likely ones first.

    Each is looked up alone: a list of them would be made into a table first, every time.
    """
    each = (
        f"exists (select 1 from jobs where {of} and state = {state.value!r})"  # noqa: S608 - ours
        for state in states
    )
    return f"({' or '.join(each)})"


_UNDER_WAY = (
    JobState.RUNNING,
    JobState.SCHEDULED,
    JobState.ASSIGNED,
    JobState.ACCEPTED,
    JobState.PENDING,
    JobState.CANCELING,
    JobState.TIMING_OUT,
)
_HELD = (JobState.WAITING, JobState.BLOCKED)
_STANDING = (
    f"select {_is_any(_UNDER_WAY)}, {_is_any([JobState.LIMITED])},"  # noqa: S608 - ours
    " exists (select 1 from jobs where build_id = ?1 and hard_failed = 1),"
    f" {_is_any(_HELD)}, exists (select 1 from jobs where build_id = ?1 and type != 'waiter'"
    " and state != 'broken')"
)
_OF_STEP = "build_id = steps.build_id and step_id = steps.id"
_STANDING_OF_STEP = (
    f"select {_is_any(_UNDER_WAY, _OF_STEP)}, {_is_any([JobState.LIMITED], _OF_STEP)},"  # noqa: S608 - ours
    f" {_is_any([JobState.PENDING, *_HELD], _OF_STEP)} from steps where id = ?"
)


def of_build(tx: Transaction, build_id: int) -> Standing:
    """How the jobs of a build stand, all together."""
    row = tx.one(_STANDING, (build_id,))
    assert row is not None  # noqa: S101 - it asks for no row that could be missing
    return Standing(*map(bool, row))


def of_step(tx: Transaction, step_id: int) -> StepStanding:
    """How the jobs of the step with that integer key, which must be there, stand all together."""
    row = tx.one(_STANDING_OF_STEP, (step_id,))
    if row is None:
        raise LookupError(step_id)
    return StepStanding(*map(bool, row))


def is_limited_by_none_at_work(tx: Transaction, build_id: int) -> bool:
    """Whether all limited jobs of a build stand behind jobs that wait themselves."""
    row = tx.one(
        "select 1 from jobs as limited join jobs as holder"
        " on holder.organization_id = limited.organization_id"
        " and holder.concurrency_group = limited.concurrency_group and holder.state in"
        " ('scheduled', 'assigned', 'accepted', 'running', 'canceling', 'timing_out')"
        " where limited.build_id = ? and limited.state = 'limited'",
        (build_id,),
    )
    return row is None


def list_ends(tx: Transaction, step_id: int) -> list[End]:
    """How the jobs have ended that count for a step: each way once."""
    rows = tx.all(
        "select distinct state, exit_status, soft_failed, hard_failed from jobs"
        " where step_id = ? and retried_in_job_id is null",
        (step_id,),
    )
    return [End(JobState(row[0]), row[1], bool(row[2]), bool(row[3])) for row in rows]
