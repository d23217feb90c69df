"""The job that an agent has: offered to it, taken from it, put back when it cannot take it."""

from mock_buildkite.agents.model import Session
from mock_buildkite.builds import store as builds
from mock_buildkite.jobs import store as jobs
from mock_buildkite.jobs.lifecycle import JobEvent, JobState
from mock_buildkite.storage.database import Transaction
from mock_buildkite.workflow import build_moves, job_moves
from mock_buildkite.workflow.progress import in_motion
from mock_buildkite.world import World


def offer(tx: Transaction, world: World, agent_id: int) -> None:
    """Give an agent a job if it could take one and there is one for it."""
    with in_motion(tx, world) as motion:
        motion.idle_agents[agent_id] = None


def take_from(tx: Transaction, world: World, session: Session) -> None:
    """Take its job from an agent that went away or has abandoned it; the job has then failed.

    One that was only offered waits for another agent.
    """
    if session.job_id is not None:
        with in_motion(tx, world) as motion:
            job_moves.lose(motion, jobs.find_moved(tx, session.job_id))


def put_back_offer(tx: Transaction, world: World, session: Session) -> None:
    """Let another agent have the job that one was offered and has not accepted."""
    if session.job_id is None:
        return
    job = jobs.find_moved(tx, session.job_id)
    if job.state is JobState.ASSIGNED:
        with in_motion(tx, world) as motion:
            job_moves.put_back(motion, job, JobEvent.ASSIGNMENT_END)


def cancel_build(
    tx: Transaction, world: World, session: Session, by: int | None, reason: str
) -> None:
    """Cancel the build whose job an agent works on, since the agent is made to stop."""
    if session.job_id is None:
        return
    job = jobs.find_moved(tx, session.job_id)
    build = builds.find_moved(tx, job.build_id)
    with in_motion(tx, world) as motion:
        if job.state is JobState.ASSIGNED:
            job_moves.put_back(motion, job, JobEvent.ASSIGNMENT_END)
        elif not build.is_finished:
            build_moves.cancel(motion, build, by, reason)
