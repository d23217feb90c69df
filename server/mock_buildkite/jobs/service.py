"""What an agent does with a job: accept or acquire it, start it, finish it, and ask about it."""

from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from mock_buildkite.agents import dispatch_store
from mock_buildkite.agents import store as agents
from mock_buildkite.agents.model import Session
from mock_buildkite.builds import store as builds
from mock_buildkite.clock import to_text
from mock_buildkite.errors import (
    InvalidInputError,
    InvalidStateError,
    LockedError,
    NotFoundError,
    PermissionDeniedError,
    PromisedOtherwiseError,
)
from mock_buildkite.events import JobPromisedExitStatus, JobStarted
from mock_buildkite.jobs import store, surroundings_store
from mock_buildkite.jobs.authority import has_job_tokens
from mock_buildkite.jobs.handing_over import step_and_environment
from mock_buildkite.jobs.lifecycle import JobEvent, JobState, next_state
from mock_buildkite.jobs.model import Authority, GivenJob, JobType
from mock_buildkite.jobs.releases import knows_timeouts
from mock_buildkite.jobs.surroundings import Surroundings
from mock_buildkite.pipelines.definition import CommandStep
from mock_buildkite.storage.database import Transaction
from mock_buildkite.token_forms import minting, values
from mock_buildkite.workflow import build_moves, job_moves
from mock_buildkite.workflow.endings import Ending
from mock_buildkite.workflow.progress import in_motion
from mock_buildkite.world import World

GRACE = timedelta(minutes=5)
"""How long a job token outlives its job's timeout.

Source: pages/agent/self_hosted/tokens.md and the example in pages/platform/security/tokens.md of
Buildkite's documentation.
"""
LONGEST_JOB_TOKEN = timedelta(
    hours=24
)  # Unverified: the life of the token of a job without timeout
ASK_AGAIN_SECONDS = 5
_NOT_YET = frozenset({JobState.PENDING, JobState.WAITING, JobState.BLOCKED, JobState.LIMITED})


class Accepted(Struct, frozen=True):
    """A job as its agent is given it, with its job token, which only repeating this shows again."""

    job: GivenJob
    step: CommandStep
    """As it was uploaded if it is signed, for its signature was made over that."""
    environment: dict[str, str]
    token: str | None


def accept(tx: Transaction, world: World, session: Session, uuid: str, base_url: str) -> Accepted:
    """An agent takes the job that it was offered. Repeated, it is given the same again.

    Raises:
        NotFoundError: its cluster has no such job.
        PermissionDeniedError: it was offered to another agent.
        InvalidStateError: it is not to be had any more.
    """
    around = _find(tx, session, uuid)
    if around.job.agent_id != session.id:
        msg = "This job is not assigned to this agent"
        raise PermissionDeniedError(msg)
    next_state(around.job.state, JobEvent.ACCEPT)
    return _give(tx, world, around, JobEvent.ACCEPT, base_url)


def acquire(tx: Transaction, world: World, session: Session, uuid: str, base_url: str) -> Accepted:
    """An agent takes a job that it names, whatever its tags and queue.

    Raises:
        NotFoundError: its cluster has no such job.
        LockedError: the job waits for something else first.
        InvalidStateError: another agent has it, or it has ended.
    """
    around = _find(tx, session, uuid)
    job = around.job
    if job.state in _NOT_YET:
        msg = "The job is waiting for what it depends on"
        raise LockedError(msg, ASK_AGAIN_SECONDS)
    next_state(job.state, JobEvent.ACQUIRE)
    if job.state is JobState.ACCEPTED and job.agent_id != session.id:
        msg = "Another agent has accepted the job"
        raise InvalidStateError(msg)
    if job.state is not JobState.ACCEPTED:
        if session.job_id is not None:
            msg = "This agent has a job already"
            raise InvalidStateError(msg)
        dispatch_store.record_job(tx, session.id, job.id)
    return _give(tx, world, around, JobEvent.ACQUIRE, base_url)


def start(tx: Transaction, world: World, authority: Authority) -> None:
    """An agent begins to work on its job.

    Raises:
        InvalidStateError: it has ended in the meantime.
    """
    job = authority.job
    next_state(job.state, JobEvent.START)
    if job.state is not JobState.ACCEPTED:
        return
    due_at = None
    if job.timeout_in_minutes is not None:
        due_at = tx.now + timedelta(minutes=job.timeout_in_minutes)
        tx.falls_due(due_at)
    due_text = None if due_at is None else to_text(due_at)
    build = builds.find_moved(tx, job.build_id)
    with in_motion(tx, world) as motion:
        job_moves.move(tx, job, JobEvent.START, started_at=tx.now_text, due_at=due_text)
        build_moves.start(motion, build)
    tx.tell(JobStarted(build.uuid))


def finish(
    tx: Transaction,
    world: World,
    authority: Authority,
    ending: Ending,
    *,
    ignore_agent_in_dispatches: bool,
) -> None:
    """An agent says how its job ended. Its job token is dead from here on.

    Raises:
        InvalidStateError: the job has not started.
    """
    job = authority.job
    if ignore_agent_in_dispatches:
        dispatch_store.record_ignored_in_dispatches(tx, authority.agent_id)
    with in_motion(tx, world) as motion:
        job_moves.end(motion, job, JobEvent.FINISH, ending)


def state_told(tx: Transaction, authority: Authority) -> JobState:
    """The state of a job in words that its agent heeds: an older one only knows of a cancel."""
    if authority.job.state is JobState.TIMING_OUT and not knows_timeouts(
        agents.version_of(tx, authority.agent_id)
    ):
        return JobState.CANCELING
    return authority.job.state


def change_timeout(tx: Transaction, authority: Authority, minutes: int) -> None:
    """A job changes how long it may take, counted from its start.

    Raises:
        InvalidInputError: not positive, or more than the job may have.
        InvalidStateError: the job is about to end.

    Source: pages/agent/cli/reference/job.md of Buildkite's documentation.
    """
    job = store.find(tx, authority.job.id)
    if job.state not in {JobState.ACCEPTED, JobState.RUNNING}:
        msg = f"The timeout can't be changed: the job is {job.state.value}"
        raise InvalidStateError(msg)
    if minutes < 1:
        msg = "Timeout in minutes must be a positive number"
        raise InvalidInputError(msg)
    if job.most_timeout_in_minutes is not None and minutes > job.most_timeout_in_minutes:
        msg = f"Timeout in minutes can be at most {job.most_timeout_in_minutes} for this job"
        raise InvalidInputError(msg)
    due_at = (job.started_at or tx.now) + timedelta(minutes=minutes)
    changed: dict[str, object] = {"timeout_in_minutes": minutes}
    if job.state is JobState.RUNNING:
        changed["due_at"] = to_text(due_at)
        tx.falls_due(due_at)
    if job.token_expires_at is not None and due_at + GRACE > job.token_expires_at:
        changed["token_expires_at"] = to_text(due_at + GRACE)
    store.update(tx, job.id, changed)


def promise_failure(
    tx: Transaction, world: World, authority: Authority, exit_status: int, reason: str | None
) -> None:
    """A job says that it will fail, so that its build is failing from now on.

    Raises:
        InvalidInputError: an exit status of 0 is no failure.
        PromisedOtherwiseError: it promised another exit status before.
        InvalidStateError: it does not run.

    Source: pages/pipelines/configure/promise_job_failure.md of Buildkite's documentation.
    """
    job = store.find(tx, authority.job.id)
    if exit_status == 0:
        msg = "Exit status must not be 0"
        raise InvalidInputError(msg)
    if job.state is not JobState.RUNNING:
        msg = f"A failure can't be promised: the job is {job.state.value}"
        raise InvalidStateError(msg)
    if job.promised_exit_status is not None:
        if job.promised_exit_status == exit_status:
            return
        msg = f"The job has promised the exit status {job.promised_exit_status} already"
        raise PromisedOtherwiseError(msg)
    changed = {
        "promised_exit_status": exit_status,
        "promised_exit_status_at": tx.now_text,
        "promised_exit_status_reason": reason,
        "hard_failed": 1,
    }
    store.update(tx, job.id, changed)
    with in_motion(tx, world) as motion:
        motion.builds[job.build_id] = None
    tx.tell(JobPromisedExitStatus(builds.uuid_of(tx, job.build_id)))


def _find(tx: Transaction, session: Session, uuid: str) -> Surroundings:
    """A job that an agent names, and what lies around it, with this agent in it."""
    around = surroundings_store.find_by_uuid(tx, uuid.lower())
    if around is not None and around.job.agent_id != session.id:
        around = replace(around, agent=agents.find_named(tx, session.id))
    if around is None or not _is_there(session, around):
        msg = "No job found"
        raise NotFoundError(msg)
    return around


def _is_there(session: Session, around: Surroundings) -> bool:
    """Whether a job is one for agents, and in the same cluster as the agent that names it."""
    job, agent = around.job, around.agent
    return (
        agent is not None
        and job.organization_id == session.organization_id
        and job.cluster_id == agent.cluster_id
        and job.type is JobType.SCRIPT
    )


def _give(
    tx: Transaction, world: World, around: Surroundings, event: JobEvent, base_url: str
) -> Accepted:
    """A job as its agent is given it, which has taken it by that, unless it had done so before."""
    job = around.job
    if job.state is not JobState.ACCEPTED:
        token = _take(tx, world, around, event)
    else:
        token = _job_token(world, around, job.token_issued_at, job.token_expires_at)
    step, environment = step_and_environment(tx, around, base_url)
    return Accepted(job, step, environment, token)


def _take(tx: Transaction, world: World, around: Surroundings, event: JobEvent) -> str | None:
    """Have the agent take the job; the job token that is its from now on."""
    job, agent = around.job, around.agent
    minutes = job.timeout_in_minutes
    expires_at = tx.now + (
        LONGEST_JOB_TOKEN if minutes is None else timedelta(minutes=minutes) + GRACE
    )
    token = _job_token(world, around, tx.now, expires_at)
    due_at = tx.now + timedelta(seconds=world.settings.acceptance_ends_after_seconds)
    changed: dict[str, Any] = {
        "accepted_at": tx.now_text,
        "token_digest": None if token is None else values.digest(token),
        "token_issued_at": tx.now_text,
        "token_expires_at": to_text(expires_at),
        "due_at": to_text(due_at),
    }
    if agent is not None and agent.id != job.agent_id:
        changed["agent_id"] = agent.id  # to write the same again would cost as much as the rest
    job_moves.move(tx, job, event, **changed)
    tx.falls_due(due_at)
    return token


def _job_token(
    world: World, around: Surroundings, issued_at: datetime | None, expires_at: datetime | None
) -> str | None:
    """The value of a job's token: signed, so that a repeated answer has the same.

    None for an agent that is too old for one.
    """
    agent = around.agent
    if agent is None or issued_at is None or expires_at is None:
        return None
    if not has_job_tokens(world, agent.version):
        return None
    return minting.job_token(
        world.keys.job_tokens,
        job_uuid=around.job.uuid,
        agent_uuid=agent.uuid,
        organization_uuid=around.organization.uuid,
        issued_at=issued_at,
        expires_at=expires_at,
    )
