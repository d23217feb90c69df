"""What an agent is told to do: to stop, to pause, to go on; by whoever may tell it."""

from mock_buildkite.agents import store, taking
from mock_buildkite.agents.lifecycle import Happening, next_state
from mock_buildkite.agents.model import (
    IDLE,
    Action,
    Instruction,
    Session,
    new_pause,
    pause_message,
)
from mock_buildkite.errors import InvalidStateError
from mock_buildkite.events import AgentPaused, AgentResumed, AgentStopping
from mock_buildkite.jobs.lifecycle import OFFERED
from mock_buildkite.jobs.model import AssignedJob
from mock_buildkite.organizations import service as organizations
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import World


def stop(
    tx: Transaction,
    world: World,
    session: Session,
    by: int | None,
    reason: str,
    *,
    graceful: bool,
) -> None:
    """Have an agent stop, after its job or at once; `by` is the user who says so, if one does.

    At once means that the whole build of its job is canceled.
    """
    state = next_state(session.connection_state, Happening.STOP)
    store.record_stop(tx, session.id, state, by, reason, graceful=graceful)
    if graceful:
        taking.put_back_offer(tx, world, session)
    else:
        taking.cancel_build(tx, world, session, by, reason)
    tx.tell(AgentStopping(session.uuid))


def pause(
    tx: Transaction,
    world: World,
    session: Session,
    by: int | None,
    note: str | None,
    timeout: int | None,
) -> None:
    """Have an agent take no work until its time is up, or until it is resumed.

    Raises:
        InvalidInputError: a timeout or note that no pause has.
    """
    pause = new_pause(tx.now, by, note, timeout)
    store.record_pause(tx, session.id, pause)
    taking.put_back_offer(tx, world, session)
    tx.tell(AgentPaused(session.uuid))
    tx.falls_due(pause.ends_at)


def resume(tx: Transaction, world: World, session: Session) -> None:
    """End an agent's pause.

    Raises:
        InvalidStateError: it is not paused.
    """
    if not session.is_paused:
        msg = "Agent is not paused"
        raise InvalidStateError(msg)
    store.record_resumed(tx, session.id)
    taking.offer(tx, world, session.id)
    tx.tell(AgentResumed(session.uuid))


def present(tx: Transaction, session: Session, job: AssignedJob | None) -> Instruction:
    """What an agent is to do now, which has that job."""
    if session.is_told_to_stop:
        return Instruction(Action.DISCONNECT, store.find(tx, session.id).stop_reason or "")
    if session.is_paused:
        pause = store.find(tx, session.id).pause
        if pause is not None:
            by = None if pause.by is None else organizations.find_user(tx, pause.by).name
            return Instruction(Action.PAUSE, pause_message(pause, by))
    if job is not None and job.state in OFFERED:
        return Instruction(Action.JOB, job_uuid=job.uuid, assigned_at=job.assigned_at)
    return IDLE
