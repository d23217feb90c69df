"""What an agent does with its session token: connect, ping, heartbeat, disconnect."""

from datetime import timedelta

from mock_buildkite import credentials
from mock_buildkite.agents import dispatch_store, ended_session_store, orders, store, taking
from mock_buildkite.agents.lifecycle import ConnectionState, Happening, next_state
from mock_buildkite.agents.model import EndedSession, Instruction, Session
from mock_buildkite.credentials import Credential
from mock_buildkite.errors import AuthenticationError, SessionOverError
from mock_buildkite.events import AgentConnected, AgentDisconnected
from mock_buildkite.jobs import dispatch_store as queued
from mock_buildkite.jobs.lifecycle import STARTED
from mock_buildkite.jobs.model import AssignedJob
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import World

HEARTBEATS_ANSWERED_FOR = timedelta(seconds=60)
"""How long the heartbeats of a session that the server ended are still answered."""


def authenticate(tx: Transaction, credential: Credential | None) -> Session:
    """The session of the agent whose session token was presented, while it lives.

    Raises:
        AuthenticationError: none, another kind of token, or a session that is over. That the
            agent of a session which the server had ended has heard so is remembered.
    """
    credential = credentials.require(credential, credentials.TOKEN)
    session = store.find_session(tx, credential.digest)
    if session is not None:
        return session
    if ended_session_store.find_ended_session(tx, credential.digest) is not None:
        ended_session_store.record_refusal(tx, credential.digest)
        raise SessionOverError
    raise AuthenticationError


def connect(tx: Transaction, world: World, credential: Credential | None) -> None:
    """An agent says that it is there."""
    session = authenticate(tx, credential)
    _be_present(tx, world, session, Happening.CONNECT)


def disconnect(tx: Transaction, world: World, credential: Credential | None) -> None:
    """An agent leaves: its session token is dead from here on, and it has no job any more."""
    session = authenticate(tx, credential)
    state = next_state(session.connection_state, Happening.DISCONNECT)
    store.record_ended(tx, session.id, state, tx.now)
    taking.take_from(tx, world, session)
    tx.tell(AgentDisconnected(session.uuid))


def heartbeat(tx: Transaction, world: World, credential: Credential | None) -> None:
    """An agent says that it lives; a lost one is found again.

    The heartbeat of a session that the server ended is answered for a minute, without effect,
    unless the agent has heard of the end before: an agent whose heartbeat is refused while it
    idles hangs for good, so it has to learn it from its ping and, if it has one, its stream.
    """
    credential = credentials.require(credential, credentials.TOKEN)
    session = store.find_session(tx, credential.digest)
    if session is None:
        ended_at = ended_session_store.find_ended_session(tx, credential.digest)
        if ended_at is None or tx.now >= ended_at + HEARTBEATS_ANSWERED_FOR:
            raise AuthenticationError
    elif session.connection_state is ConnectionState.LOST:
        _be_present(tx, world, session, Happening.HEARTBEAT)
        store.record_heartbeat(tx, session.id)
    else:
        next_state(session.connection_state, Happening.HEARTBEAT)
        store.record_heartbeat(tx, session.id)


def ping(tx: Transaction, world: World, credential: Credential | None) -> Instruction:
    """An agent asks what to do, from the address it has now.

    No agent asks while it works on a job: one that asks has abandoned the job it had.
    """
    credential = credentials.require(credential, credentials.TOKEN)
    session = authenticate(tx, credential)
    _note_address(tx, session, credential.address)
    job = _job(tx, session.job_id)
    if job is not None and job.state in STARTED:
        taking.take_from(tx, world, session)
        job = _job(tx, dispatch_store.job_of(tx, session.id))
    return orders.present(tx, session, job)


def list_to_end(tx: Transaction) -> list[EndedSession]:
    """The sessions whose agents have yet to hear of a world's end.

    Those that live, and those that ended before without their agents knowing.
    """
    ended = ended_session_store.list_ended_sessions(tx, tx.now - HEARTBEATS_ANSWERED_FOR)
    return [*ended, *ended_session_store.list_live_sessions_as_ended(tx)]


def open_stream(
    tx: Transaction, session: Session, uuid: str, credential: Credential | None
) -> None:
    """An agent asks to be told what to do as it is decided, from the address it has now.

    Raises:
        AuthenticationError: the session is another agent's.
    """
    if session.uuid != uuid:
        raise AuthenticationError
    store.record_streaming(tx, session.id)
    if credential is not None:
        _note_address(tx, session, credential.address)


def instruction(tx: Transaction, number: int) -> Instruction | None:
    """What the agent with that integer key is to do now; None once its session is over."""
    session = store.find_session_of(tx, number)
    return None if session is None else orders.present(tx, session, _job(tx, session.job_id))


def stop(tx: Transaction, world: World, session: Session, *, graceful: bool) -> None:
    """An agent, or a job on it, asks for the agent to be stopped."""
    orders.stop(tx, world, session, None, "Stopped by the agent itself", graceful=graceful)


def pause(
    tx: Transaction,
    world: World,
    session: Session,
    note: str | None,
    timeout_in_minutes: int | None,
) -> None:
    """An agent, or a job on it, asks for the agent to be paused."""
    orders.pause(tx, world, session, None, note, timeout_in_minutes)


def resume(tx: Transaction, world: World, session: Session) -> None:
    """An agent, or a job on it, asks for the agent's pause to end."""
    orders.resume(tx, world, session)


def _job(tx: Transaction, number: int | None) -> AssignedJob | None:
    return None if number is None else queued.find_assigned(tx, number)


def _be_present(tx: Transaction, world: World, session: Session, happening: Happening) -> None:
    state = next_state(session.connection_state, happening)
    if state is ConnectionState.CONNECTED and session.is_told_to_stop:
        state = next_state(state, Happening.STOP)
    store.record_connected(tx, session.id, state)
    taking.offer(tx, world, session.id)
    tx.tell(AgentConnected(session.uuid))
    tx.falls_due(tx.now + timedelta(seconds=world.settings.lost_after_seconds))


def _note_address(tx: Transaction, session: Session, address: str) -> None:
    if address != session.ip_address:
        store.record_address(tx, session.id, address)
