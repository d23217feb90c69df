"""What agents do and what is done to them: register, ping, heartbeat, stop, pause, and the rest."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from mock_buildkite import credentials, ip_addresses, token_forms
from mock_buildkite.access_tokens.model import Caller
from mock_buildkite.agent_tokens.model import AgentToken
from mock_buildkite.agents import store
from mock_buildkite.agents.lifecycle import ConnectionState, Happening, next_state
from mock_buildkite.agents.model import (
    IDLE,
    Action,
    Agent,
    Instruction,
    Registration,
    Session,
    checked,
    expanded_name,
    new_pause,
    pause_message,
    priority_of,
    with_tag,
)
from mock_buildkite.clusters import service as clusters
from mock_buildkite.credentials import Credential
from mock_buildkite.errors import (
    AuthenticationError,
    InvalidStateError,
    NotFoundError,
    PermissionDeniedError,
    SessionOverError,
)
from mock_buildkite.events import (
    AgentConnected,
    AgentDisconnected,
    AgentLost,
    AgentPaused,
    AgentRegistered,
    AgentResumed,
    AgentStopping,
)
from mock_buildkite.organizations import service as organizations
from mock_buildkite.queues import service as queues
from mock_buildkite.queues.model import Queue, named_in, tag_for
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import World

SCHEME = "token"
HEARTBEATS_ANSWERED_FOR = timedelta(seconds=60)
"""How long the heartbeats of a session that the server ended are still answered."""
_REFUSAL = "Invalid access token"

find_by_uuid = store.find_by_uuid
list_all = store.list_all


@dataclass(frozen=True, slots=True)
class Registered:
    """An agent just registered, and its session token, which no later answer has."""

    uuid: str
    name: str
    tags: tuple[str, ...]
    session_token: str


@dataclass(frozen=True, slots=True)
class Search:
    """Which of an organization's agents are asked for; what is None does not matter."""

    cluster_ids: frozenset[int] | None = None
    queue_ids: frozenset[int] | None = None
    clustered: bool | None = None
    is_running_job: bool | None = None
    is_paused: bool | None = None
    tags: frozenset[str] = frozenset()
    text: str = ""


def register(
    tx: Transaction,
    world: World,
    agent_token: AgentToken,
    registration: Registration,
    address: str,
) -> Registered:
    """Admit a new agent to its token's cluster, or to the unclustered queues.

    Raises:
        PermissionDeniedError: the token is not for this address.
        InvalidInputError: the registration is over a limit, or its queue is not there.
    """
    if not ip_addresses.allows(agent_token.allowed_ip_addresses, address):
        msg = (
            f"This agent token can't be used from the IP address {address}."
            " Add it to the token's allowed IP addresses"
        )
        raise PermissionDeniedError(msg)
    registration = checked(registration)
    queue, registration = _put_on_queue(tx, agent_token, registration)
    agent = Agent(
        id=0,
        uuid=world.ids.uuid(),
        organization_id=agent_token.organization_id,
        cluster_id=agent_token.cluster_id,
        queue_id=None if queue is None else queue.id,
        agent_token_id=agent_token.id,
        connection_state=ConnectionState.NEVER_CONNECTED,
        name=expanded_name(registration, world.ids),
        hostname=registration.hostname,
        os=registration.os,
        arch=registration.arch,
        version=registration.version,
        build=registration.build,
        user_agent=registration.user_agent,
        pid=registration.pid,
        machine_id=registration.machine_id,
        priority=priority_of(registration),
        tags=tuple(registration.tags),
        features=tuple(registration.features),
        script_eval_enabled=registration.script_eval_enabled,
        ignore_in_dispatches=registration.ignore_in_dispatches,
        ip_address=address,
        created_at=tx.now,
        connected_at=None,
        disconnected_at=None,
        lost_at=None,
        heartbeat_at=None,
        stopped_gracefully=None,
        stop_forced=None,
        stop_reason=None,
        pause=None,
    )
    session_token = token_forms.session_token(world.ids, agent.organization_id)
    store.insert(tx, agent, token_forms.digest(session_token))
    tx.tell(AgentRegistered(agent.uuid))
    tx.falls_due(tx.now + timedelta(seconds=world.settings.lost_after_seconds))
    return Registered(agent.uuid, agent.name, agent.tags, session_token)


def authenticate(tx: Transaction, credential: Credential | None) -> Session:
    """The session of the agent whose session token was presented, while it lives.

    Raises:
        AuthenticationError: none, another kind of token, or a session that is over. That the
            agent of a session which the server had ended has heard so is remembered.
    """
    credential = credentials.require(credential, SCHEME, _REFUSAL)
    session = store.find_session(tx, credential.digest)
    if session is not None:
        return session
    if store.find_ended_session(tx, credential.digest) is not None:
        store.delete_ended_session(tx, credential.digest)
        raise SessionOverError(_REFUSAL)
    raise AuthenticationError(_REFUSAL)


def connect(tx: Transaction, world: World, credential: Credential | None) -> None:
    """An agent says that it is there."""
    session = authenticate(tx, credential)
    _be_present(tx, world, session, Happening.CONNECT)


def disconnect(tx: Transaction, credential: Credential | None) -> None:
    """An agent leaves: its session token is dead from here on."""
    session = authenticate(tx, credential)
    state = next_state(session.connection_state, Happening.DISCONNECT)
    store.record_ended(tx, session.id, state, tx.now)
    tx.tell(AgentDisconnected(session.uuid))


def heartbeat(tx: Transaction, world: World, credential: Credential | None) -> None:
    """An agent says that it lives; a lost one is found again.

    The heartbeat of a session that the server ended is answered for a minute, without effect,
    unless the agent has heard of the end before: an agent whose heartbeat is refused while it
    idles hangs for good, so it has to learn it from its ping or its stream.
    """
    credential = credentials.require(credential, SCHEME, _REFUSAL)
    session = store.find_session(tx, credential.digest)
    if session is None:
        ended_at = store.find_ended_session(tx, credential.digest)
        if ended_at is None or tx.now >= ended_at + HEARTBEATS_ANSWERED_FOR:
            raise AuthenticationError(_REFUSAL)
    elif session.connection_state is ConnectionState.LOST:
        _be_present(tx, world, session, Happening.HEARTBEAT)
        store.record_heartbeat(tx, session.id)
    else:
        next_state(session.connection_state, Happening.HEARTBEAT)
        store.record_heartbeat(tx, session.id)


def ping(tx: Transaction, credential: Credential | None) -> Instruction:
    """An agent asks what to do, from the address it has now."""
    credential = credentials.require(credential, SCHEME, _REFUSAL)
    session = authenticate(tx, credential)
    _note_address(tx, session, credential.address)
    return _instruction(tx, session)


def open_stream(
    tx: Transaction, session: Session, uuid: str, credential: Credential | None
) -> None:
    """An agent asks to be told what to do as it is decided, from the address it has now.

    Raises:
        AuthenticationError: the session is another agent's.
    """
    if session.uuid != uuid:
        raise AuthenticationError(_REFUSAL)
    if credential is not None:
        _note_address(tx, session, credential.address)


def instruction(tx: Transaction, number: int) -> Instruction | None:
    """What the agent with that integer key is to do now; None once its session is over."""
    session = store.find_session_of(tx, number)
    return None if session is None else _instruction(tx, session)


def stop_itself(tx: Transaction, session: Session, *, graceful: bool) -> None:
    """An agent, or a job on it, asks for the agent to be stopped."""
    _tell_to_stop(tx, session, None, "Stopped by the agent itself", graceful=graceful)


def pause_itself(
    tx: Transaction, session: Session, note: str | None, timeout_in_minutes: int | None
) -> None:
    """An agent, or a job on it, asks for the agent to be paused."""
    _pause(tx, session, None, note, timeout_in_minutes)


def resume_itself(tx: Transaction, session: Session) -> None:
    """An agent, or a job on it, asks for the agent's pause to end."""
    _resume(tx, session)


def find_visible(tx: Transaction, caller: Caller, uuid: str) -> Agent | None:
    """An agent, in whatever state, of an organization that the caller sees."""
    agent = store.find_by_uuid(tx, uuid)
    if agent is None or agent.organization_id not in caller.organization_ids:
        return None
    return agent


def search(tx: Transaction, organization_id: int, wanted: Search) -> list[Agent]:
    """An organization's agents that are there, newest first, as far as they are wanted."""
    found = [
        agent
        for agent in store.list_live(tx, organization_id)
        if (wanted.cluster_ids is None or agent.cluster_id in wanted.cluster_ids)
        and (wanted.queue_ids is None or agent.queue_id in wanted.queue_ids)
        and (wanted.clustered is None or (agent.cluster_id is not None) is wanted.clustered)
        and (wanted.is_paused is None or (agent.pause is not None) is wanted.is_paused)
        and (wanted.is_running_job is None or is_running_job(agent) is wanted.is_running_job)
        and wanted.tags.issubset(agent.tags)
    ]
    for term in wanted.text.split():
        found = store.matching(found, term)
    return found


def is_running_job(agent: Agent) -> bool:  # noqa: ARG001 - jobs are not served yet
    """Whether an agent works on a job: never, since no job is dispatched so far."""
    return False


def stop(tx: Transaction, caller: Caller, uuid: str, *, graceful: bool) -> Agent:
    """Tell an agent to stop, after its job or at once. Administrators and cluster maintainers.

    Raises:
        InvalidStateError: it is not there any more.
    """
    agent, session = _managed(tx, caller, uuid, "stop this agent")
    reason = f"Stopped by {caller.user.name}"
    _tell_to_stop(tx, session, caller.user.id, reason, graceful=graceful)
    return store.find(tx, agent.id)


def pause(
    tx: Transaction, caller: Caller, uuid: str, *, note: str | None, timeout_in_minutes: int | None
) -> Agent:
    """Have an agent take no work for a while. Administrators and cluster maintainers."""
    agent, session = _managed(tx, caller, uuid, "pause this agent")
    _pause(tx, session, caller.user.id, note, timeout_in_minutes)
    return store.find(tx, agent.id)


def resume(tx: Transaction, caller: Caller, uuid: str) -> Agent:
    """End an agent's pause. Administrators and cluster maintainers.

    Raises:
        InvalidStateError: it is not paused.
    """
    agent, session = _managed(tx, caller, uuid, "resume this agent")
    _resume(tx, session)
    return store.find(tx, agent.id)


def may_manage(tx: Transaction, caller: Caller, agent: Agent) -> bool:
    """Whether a caller may stop, pause and resume an agent."""
    if agent.cluster_id is None:
        return organizations.is_admin(tx, caller, agent.organization_id)
    return clusters.is_maintainer(tx, caller, clusters.find(tx, agent.cluster_id))


def disconnect_outside(tx: Transaction, agent_token: AgentToken) -> None:
    """Tell a token's agents to leave that are at addresses it no longer allows.

    Source: pages/pipelines/security/clusters/manage.md of Buildkite's documentation.
    """
    for agent in store.list_for_token(tx, agent_token.id):
        if not ip_addresses.allows(agent_token.allowed_ip_addresses, agent.ip_address):
            session = store.find_session_of(tx, agent.id)
            reason = f"The agent token no longer allows the IP address {agent.ip_address}"
            if session is not None:
                _tell_to_stop(tx, session, None, reason, graceful=False)


def lose_silent(tx: Transaction, world: World) -> None:
    """Give up for lost whoever was silent for too long, as of the moment at which it was."""
    patience = timedelta(seconds=world.settings.lost_after_seconds)
    for session, heard_at in store.list_silent_since(tx, tx.now - patience):
        state = next_state(session.connection_state, Happening.SILENCE)
        store.record_lost(tx, session.id, state, heard_at + patience)
        tx.tell(AgentLost(session.uuid))


def end_lost_sessions(tx: Transaction, world: World) -> None:
    """End the sessions of agents that stayed lost, and forget those that were ended long ago."""
    patience = timedelta(seconds=world.settings.session_ends_after_seconds)
    for session, since in store.list_lost_since(tx, tx.now - patience):
        state = next_state(session.connection_state, Happening.SESSION_END)
        store.insert_ended_session_of(tx, session.id, since + patience)
        store.record_ended(tx, session.id, state, since + patience)
        tx.tell(AgentDisconnected(session.uuid))
    store.delete_sessions_ended_before(tx, tx.now - HEARTBEATS_ANSWERED_FOR)


def end_pauses(tx: Transaction) -> None:
    """Resume the agents whose pause has timed out."""
    for session in store.list_pauses_over(tx, tx.now):
        store.record_resumed(tx, session.id)
        tx.tell(AgentResumed(session.uuid))


def next_due(tx: Transaction, world: World) -> datetime | None:
    """The next moment at which one of the three above may have something to do."""
    lost_after = timedelta(seconds=world.settings.lost_after_seconds)
    ends_after = timedelta(seconds=world.settings.session_ends_after_seconds)
    heard, lost = store.first_heard(tx), store.first_lost(tx)
    moments = [
        None if heard is None else heard + lost_after,
        None if lost is None else lost + ends_after,
        store.first_pause_end(tx),
    ]
    return min((moment for moment in moments if moment is not None), default=None)


def _put_on_queue(
    tx: Transaction, agent_token: AgentToken, registration: Registration
) -> tuple[Queue | None, Registration]:
    """The queue of a clustered agent, and the registration with a tag for its queue in any case."""
    if agent_token.cluster_id is None:
        queue, key = None, queues.resolve_unclustered(list(registration.tags))[0]
    else:
        queue = queues.resolve_in_cluster(tx, agent_token.cluster_id, list(registration.tags))
        key = queue.key
    if not named_in(registration.tags):
        registration = with_tag(registration, tag_for(key))
    return queue, registration


def _be_present(tx: Transaction, world: World, session: Session, happening: Happening) -> None:
    state = next_state(session.connection_state, happening)
    if state is ConnectionState.CONNECTED and session.is_told_to_stop:
        state = next_state(state, Happening.STOP)
    store.record_connected(tx, session.id, state)
    tx.tell(AgentConnected(session.uuid))
    tx.falls_due(tx.now + timedelta(seconds=world.settings.lost_after_seconds))


def _note_address(tx: Transaction, session: Session, address: str) -> None:
    if address != session.ip_address:
        store.record_address(tx, session.id, address)


def _instruction(tx: Transaction, session: Session) -> Instruction:
    if session.is_told_to_stop:
        return Instruction(Action.DISCONNECT, store.find(tx, session.id).stop_reason or "")
    if session.is_paused:
        pause = store.find(tx, session.id).pause
        if pause is not None:
            by = None if pause.by is None else organizations.find_user(tx, pause.by).name
            return Instruction(Action.PAUSE, pause_message(pause, by))
    return IDLE


def _managed(tx: Transaction, caller: Caller, uuid: str, act: str) -> tuple[Agent, Session]:
    agent = find_visible(tx, caller, uuid)
    if agent is None:
        msg = "No agent found"
        raise NotFoundError(msg)
    if not may_manage(tx, caller, agent):
        msg = f"You need to be an administrator or a maintainer of the agent's cluster to {act}"
        raise PermissionDeniedError(msg)
    session = store.find_session_of(tx, agent.id)
    if session is None:
        msg = f"Agent is {agent.connection_state.value}"
        raise InvalidStateError(msg)
    return agent, session


def _tell_to_stop(
    tx: Transaction, session: Session, by: int | None, reason: str, *, graceful: bool
) -> None:
    state = next_state(session.connection_state, Happening.STOP)
    store.record_stop(tx, session.id, state, by, reason, graceful=graceful)
    tx.tell(AgentStopping(session.uuid))


def _pause(
    tx: Transaction, session: Session, by: int | None, note: str | None, timeout: int | None
) -> None:
    pause = new_pause(tx.now, by, note, timeout)
    store.record_pause(tx, session.id, pause)
    tx.tell(AgentPaused(session.uuid))
    tx.falls_due(pause.ends_at)


def _resume(tx: Transaction, session: Session) -> None:
    if not session.is_paused:
        msg = "Agent is not paused"
        raise InvalidStateError(msg)
    store.record_resumed(tx, session.id)
    tx.tell(AgentResumed(session.uuid))
