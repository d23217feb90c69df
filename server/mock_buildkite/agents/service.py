"""Agents from outside: admitted with a token, looked for, told to stop or pause by users."""

from datetime import timedelta

from msgspec import Struct

from mock_buildkite import ip_addresses
from mock_buildkite.access_tokens.model import Caller
from mock_buildkite.agent_tokens import store as agent_tokens_store
from mock_buildkite.agent_tokens.model import AgentToken
from mock_buildkite.agents import ended_session_store, orders, store
from mock_buildkite.agents.lifecycle import ConnectionState
from mock_buildkite.agents.model import (
    Agent,
    Registration,
    Session,
    checked,
    expanded_name,
    new_agent,
    with_tag,
)
from mock_buildkite.audit import service as audit
from mock_buildkite.audit.model import EventType, an_agent, an_agent_token
from mock_buildkite.clusters import service as clusters
from mock_buildkite.clusters.model import Cluster
from mock_buildkite.errors import (
    InvalidStateError,
    NotFoundError,
    PermissionDeniedError,
)
from mock_buildkite.events import AgentDisconnected, AgentRegistered
from mock_buildkite.organizations import store as organizations_store
from mock_buildkite.organizations.model import Organization
from mock_buildkite.queues import service as queues
from mock_buildkite.queues.model import Queue, named_in, tag_for
from mock_buildkite.storage.database import Transaction
from mock_buildkite.token_forms import minting, values
from mock_buildkite.world import World

find = store.find
list_all = store.list_all

_NOT_FOUND = "No agent found"


class Registered(Struct, frozen=True):
    """An agent just registered, and its session token, which no later answer has."""

    uuid: str
    name: str
    tags: tuple[str, ...]
    session_token: str


class Search(Struct, frozen=True):
    """Which of an organization's agents are asked for; what is None does not matter."""

    cluster_ids: frozenset[int] | None = None
    queue_ids: frozenset[int] | None = None
    clustered: bool | None = None
    is_running_job: bool | None = None
    is_paused: bool | None = None
    tags: frozenset[str] = frozenset()
    text: str = ""
    states: frozenset[ConnectionState] | None = None
    name: str | None = None
    hostname: str | None = None
    version: str | None = None


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
    agent = new_agent(
        registration,
        uuid=world.ids.uuid(),
        name=expanded_name(registration, world.ids),
        organization_id=agent_token.organization_id,
        cluster_id=agent_token.cluster_id,
        queue_id=None if queue is None else queue.id,
        agent_token_id=agent_token.id,
        ip_address=address,
        now=tx.now,
    )
    session_token = minting.session_token(world.ids, agent.organization_id)
    store.insert(tx, agent, values.digest(session_token))
    if agent_token.first_used_at is None:
        _note_first_use(tx, agent_token, agent)
    tx.tell(AgentRegistered(agent.uuid))
    tx.falls_due(tx.now + timedelta(seconds=world.settings.lost_after_seconds))
    return Registered(agent.uuid, agent.name, agent.tags, session_token)


def _note_first_use(tx: Transaction, agent_token: AgentToken, agent: Agent) -> None:
    """Have it on record that an agent token is used for the first time, and by whom.

    Unverified: Buildkite has no audit event of its own for that.
    """
    used = agent_tokens_store.note_first_use(tx, agent_token)
    type_ = EventType.AGENT_TOKEN_UPDATED
    if agent_token.is_clustered:
        type_ = EventType.CLUSTER_TOKEN_UPDATED
    organization = organizations_store.find(tx, agent.organization_id)
    by = an_agent(agent, organization.uuid, "registration_token")
    data = {"first_used_at": [None, tx.now_text]}
    audit.record(tx, organization.id, type_, an_agent_token(used), by, data)


def find_visible(tx: Transaction, caller: Caller, uuid: str) -> Agent | None:
    """An agent, in whatever state, of an organization that the caller sees."""
    agent = store.find_by_uuid(tx, uuid)
    if agent is None or not caller.reaches(agent.organization_id):
        return None
    return agent


def require_in(tx: Transaction, caller: Caller, organization: Organization, uuid: str) -> Agent:
    """An agent, in whatever state, of this very organization.

    Raises:
        NotFoundError: there is none.
    """
    agent = find_visible(tx, caller, uuid)
    if agent is None or agent.organization_id != organization.id:
        raise NotFoundError(_NOT_FOUND)
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
        and (wanted.states is None or agent.connection_state in wanted.states)
        and wanted.name in {None, agent.name}
        and wanted.hostname in {None, agent.hostname}
        and wanted.version in {None, agent.version}
    ]
    for term in wanted.text.split():
        found = store.matching(found, term)
    return found


def is_running_job(agent: Agent) -> bool:
    """Whether an agent works on a job, or has just been given one."""
    return agent.job_id is not None


def stop(tx: Transaction, world: World, caller: Caller, uuid: str, *, graceful: bool) -> Agent:
    """Tell an agent to stop, after its job or at once. Administrators and cluster maintainers.

    Raises:
        InvalidStateError: it is not there any more.
    """
    agent, session = _managed(tx, caller, uuid, "stop this agent")
    reason = f"Stopped by {caller.user.name}"
    orders.stop(tx, world, session, caller.user.id, reason, graceful=graceful)
    return store.find(tx, agent.id)


def pause(
    tx: Transaction,
    world: World,
    caller: Caller,
    uuid: str,
    *,
    note: str | None,
    timeout_in_minutes: int | None,
) -> Agent:
    """Have an agent take no work for a while. Administrators and cluster maintainers."""
    agent, session = _managed(tx, caller, uuid, "pause this agent")
    orders.pause(tx, world, session, caller.user.id, note, timeout_in_minutes)
    return store.find(tx, agent.id)


def resume(tx: Transaction, world: World, caller: Caller, uuid: str) -> Agent:
    """End an agent's pause. Administrators and cluster maintainers.

    Raises:
        InvalidStateError: it is not paused.
    """
    agent, session = _managed(tx, caller, uuid, "resume this agent")
    orders.resume(tx, world, session)
    return store.find(tx, agent.id)


def may_manage(tx: Transaction, caller: Caller, agent: Agent) -> bool:
    """Whether a caller may stop, pause and resume an agent."""
    if agent.cluster_id is None:
        return caller.administers(agent.organization_id)
    return clusters.is_maintainer(tx, caller, clusters.find(tx, agent.cluster_id))


def require_manager(tx: Transaction, caller: Caller, agent: Agent, act: str) -> None:
    """Refuse whoever may not tell an agent what to do.

    Raises:
        PermissionDeniedError: the message says what is refused.
    """
    if not may_manage(tx, caller, agent):
        msg = f"You need to be an administrator or a maintainer of the agent's cluster to {act}"
        raise PermissionDeniedError(msg)


def is_anybody_in(tx: Transaction, *, cluster_id: int, queue_id: int | None = None) -> bool:
    """Whether an agent of a cluster, or of one of its queues, is there and not lost."""
    return store.is_anybody_in(tx, cluster_id, queue_id)


def give_up_lost_in(tx: Transaction, cluster: Cluster) -> None:
    """End the sessions of a cluster's lost agents, which are to go with their cluster."""
    for session in store.list_lost_in(tx, cluster.id):
        ended_session_store.insert_ended_session_of(tx, session.id, tx.now)
        tx.tell(AgentDisconnected(session.uuid))


def disconnect_outside(tx: Transaction, world: World, agent_token: AgentToken) -> None:
    """Tell a token's agents to leave that are at addresses it no longer allows.

    Source: pages/pipelines/security/clusters/manage.md of Buildkite's documentation.
    """
    for agent in store.list_for_token(tx, agent_token):
        if not ip_addresses.allows(agent_token.allowed_ip_addresses, agent.ip_address):
            session = store.find_session_of(tx, agent.id)
            reason = f"The agent token no longer allows the IP address {agent.ip_address}"
            if session is not None:
                orders.stop(tx, world, session, None, reason, graceful=False)


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


def _managed(tx: Transaction, caller: Caller, uuid: str, act: str) -> tuple[Agent, Session]:
    agent = find_visible(tx, caller, uuid)
    if agent is None:
        raise NotFoundError(_NOT_FOUND)
    require_manager(tx, caller, agent, act)
    session = store.find_session_of(tx, agent.id)
    if session is None:
        msg = f"Agent is {agent.connection_state.value}"
        raise InvalidStateError(msg)
    return agent, session
