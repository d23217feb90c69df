"""What becomes of jobs when time passes. The sweeper calls it."""

from mock_buildkite.jobs import store
from mock_buildkite.jobs.lifecycle import JobEvent, JobState
from mock_buildkite.storage.database import Transaction
from mock_buildkite.workflow import job_moves
from mock_buildkite.workflow.progress import in_motion
from mock_buildkite.world import World

next_due = store.first_due
carry_along = store.postpone_assignments


def move_due(tx: Transaction, world: World) -> None:
    """Move every job whose time has come, each as of its own moment.

    Offers that were not accepted, acceptances that led to no start, timeouts, forced cancels, and
    jobs that found no agent for a month.
    """
    now = tx.now
    for number in store.list_due(tx, now):
        due_at = store.due_at_of(tx, number)  # as those before it have left it
        if due_at is None or due_at > now:
            continue
        job = store.find_moved(tx, number)
        tx.move_to(due_at)
        with in_motion(tx, world) as motion:
            match job.state:
                case JobState.ASSIGNED | JobState.ACCEPTED:
                    job_moves.put_back(motion, job, JobEvent.ASSIGNMENT_END)
                case JobState.RUNNING:
                    job_moves.time_out(motion, job)
                case JobState.CANCELING:
                    job_moves.end(motion, job, JobEvent.CANCEL_BY_FORCE)
                case _:
                    job_moves.end(motion, job, JobEvent.EXPIRE)
    tx.move_to(now)
