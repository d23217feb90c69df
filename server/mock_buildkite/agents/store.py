"""The SQL of agents and their sessions."""

from collections.abc import Iterable
from datetime import datetime

from mock_buildkite.agent_tokens.model import AgentToken
from mock_buildkite.agents.lifecycle import LIVE, ConnectionState
from mock_buildkite.agents.model import (
    Agent,
    NamedAgent,
    Pause,
    Presence,
    Session,
    Stop,
)
from mock_buildkite.clock import from_text, to_text
from mock_buildkite.storage import several
from mock_buildkite.storage.columns import Part
from mock_buildkite.storage.database import Row, Transaction
from mock_buildkite.storage.json_text import from_json, to_json

_named_agent = Part(NamedAgent, "agents")
_NAMED_AGENT = f"select {_named_agent.columns} from agents"  # noqa: S608 - ours
_LIVE = ", ".join(sorted(repr(state.value) for state in LIVE))
_COUNTED = "connection_state in ('connected', 'stopping')"
_HEARD = "connection_state in ('never_connected', 'connected', 'stopping')"
_STATES = {state.value: state for state in ConnectionState}

_SESSION_COLUMNS = (
    "id, uuid, organization_id, connection_state, ip_address, paused_at is not null,"
    " stopped_gracefully_at is not null or stop_forced_at is not null, job_id"
)
_SESSION = f"select {_SESSION_COLUMNS} from agents"  # noqa: S608 - ours
_SILENT_SINCE = "max(lost_at, heard_at)"


def insert(tx: Transaction, agent: Agent, session_token_digest: bytes) -> int:
    """Add an agent that never connected; its integer key."""
    now = to_text(agent.created_at)
    return tx.insert(
        "agents",
        {
            "uuid": agent.uuid,
            "organization_id": agent.organization_id,
            "cluster_id": agent.cluster_id,
            "queue_id": agent.queue_id,
            "agent_token_id": agent.agent_token_id,
            "session_token_digest": session_token_digest,
            "connection_state": agent.connection_state.value,
            "name": agent.name,
            "hostname": agent.hostname,
            "os": agent.os,
            "arch": agent.arch,
            "version": agent.version,
            "build": agent.build,
            "user_agent": agent.user_agent,
            "pid": agent.pid,
            "machine_id": agent.machine_id,
            "priority": agent.priority,
            "tags": to_json(agent.tags),
            "features": to_json(agent.features),
            "script_eval_enabled": agent.script_eval_enabled,
            "ignore_in_dispatches": agent.ignore_in_dispatches,
            "ip_address": agent.ip_address,
            "created_at": now,
            "heard_at": now,
        },
    )


def find(tx: Transaction, number: int) -> Agent:
    """The agent with that integer key, which must be there."""
    row = tx.one("select * from agents where id = ?", (number,))
    if row is None:
        raise LookupError(number)
    return _agent(row)


def find_named(tx: Transaction, number: int) -> NamedAgent:
    """As much as its jobs are told of the agent with that integer key, which must be there."""
    row = tx.one(f"{_NAMED_AGENT} where id = ?", (number,))
    if row is None:
        raise LookupError(number)
    return _named_agent.read(row)


def find_several(tx: Transaction, numbers: Iterable[int | None]) -> dict[int, Agent]:
    """The agents with those integer keys, by key."""
    return several.find_several(tx, "agents", _agent, numbers)


def find_by_uuid(tx: Transaction, uuid: str) -> Agent | None:
    """The agent with that UUID, in whatever state."""
    row = tx.one("select * from agents where uuid = ?", (uuid,))
    return None if row is None else _agent(row)


def find_session(tx: Transaction, digest: bytes) -> Session | None:
    """The agent whose session token has that digest, while the session lives."""
    row = tx.one(f"{_SESSION} where session_token_digest = ?", (digest,))
    return _live_session(row)


def find_by_session_token(tx: Transaction, digest: bytes) -> Agent | None:
    """The agent whose session token has that digest, also when the session is over."""
    row = tx.one("select * from agents where session_token_digest = ?", (digest,))
    return None if row is None else _agent(row)


def find_session_of(tx: Transaction, number: int) -> Session | None:
    """The session of the agent with that integer key, while it lives."""
    return _live_session(tx.one(f"{_SESSION} where id = ?", (number,)))


def version_of(tx: Transaction, number: int) -> str:
    """The version that an agent said it is."""
    version: str = tx.value("select version from agents where id = ?", (number,))
    return version


def record_address(tx: Transaction, number: int, address: str) -> None:
    """Note where an agent calls from now."""
    tx.execute("update agents set ip_address = ? where id = ?", (address, number))


def record_heartbeat(tx: Transaction, number: int) -> None:
    """Note that an agent was heard of now."""
    tx.execute(
        "update agents set heartbeat_at = ?1, heard_at = ?1 where id = ?2", (tx.now_text, number)
    )


def record_connected(tx: Transaction, number: int, state: ConnectionState) -> None:
    """Note that an agent is there (again): now, in that state, and no longer lost."""
    tx.execute(
        "update agents set connection_state = ?1, connected_at = ?2, heard_at = ?2,"
        " lost_at = null where id = ?3",
        (state.value, tx.now_text, number),
    )


def record_ended(tx: Transaction, number: int, state: ConnectionState, at: datetime) -> None:
    """Note that an agent's session is over; a pause ends with it."""
    tx.execute(
        "update agents set connection_state = ?, disconnected_at = ? where id = ?",
        (state.value, to_text(at), number),
    )
    record_resumed(tx, number)


def record_stop(
    tx: Transaction,
    number: int,
    state: ConnectionState,
    by: int | None,
    reason: str,
    *,
    graceful: bool,
) -> None:
    """Note that an agent was told to stop; the first moment of each way stays."""
    column = "stopped_gracefully" if graceful else "stop_forced"
    tx.execute(
        f"update agents set connection_state = ?, stop_reason = ?,"  # noqa: S608 - a name of ours
        f" {column}_by = case when {column}_at is null then ? else {column}_by end,"
        f" {column}_at = coalesce({column}_at, ?) where id = ?",
        (state.value, reason, by, tx.now_text, number),
    )


def record_pause(tx: Transaction, number: int, pause: Pause) -> None:
    """Note that an agent is paused."""
    tx.execute(
        "update agents set paused_at = ?, paused_by = ?, paused_note = ?,"
        " paused_timeout_in_minutes = ?, pause_ends_at = ? where id = ?",
        (
            to_text(pause.at),
            pause.by,
            pause.note,
            pause.timeout_in_minutes,
            to_text(pause.ends_at),
            number,
        ),
    )


def record_resumed(tx: Transaction, number: int) -> None:
    """Note that an agent is not paused."""
    tx.execute(
        "update agents set paused_at = null, paused_by = null, paused_note = null,"
        " paused_timeout_in_minutes = null, pause_ends_at = null where id = ?",
        (number,),
    )


def list_for_token(tx: Transaction, agent_token: AgentToken) -> list[Agent]:
    """The live agents that an agent token admitted."""
    rows = tx.all(
        f"select * from agents where organization_id = ? and connection_state in ({_LIVE})"  # noqa: S608 - ours
        " and agent_token_id = ?",
        (agent_token.organization_id, agent_token.id),
    )
    return [_agent(row) for row in rows]


def list_live(tx: Transaction, organization_id: int) -> list[Agent]:
    """An organization's agents whose sessions live, newest first."""
    rows = tx.all(
        f"select * from agents where organization_id = ? and connection_state in ({_LIVE})"  # noqa: S608 - ours
        " order by created_at desc, uuid",
        (organization_id,),
    )
    return [_agent(row) for row in rows]


def list_all(tx: Transaction) -> list[tuple[Agent, str]]:
    """Every agent ever registered, oldest first, with the UUID of the agent token it used."""
    rows = tx.all(
        "select agents.*, agent_tokens.uuid as agent_token_uuid from agents"
        " join agent_tokens on agent_tokens.id = agent_token_id order by agents.id"
    )
    return [(_agent(row), row["agent_token_uuid"]) for row in rows]


def count_by_queue_key(
    tx: Transaction, organization_id: int, cluster_id: int | None
) -> dict[str, Presence]:
    """How many connected agents of a cluster, or outside clusters, each queue key has."""
    rows = tx.all(
        "select substr(tag.value, 7), count(distinct agents.id), count(distinct"  # noqa: S608 - ours
        " case when job_id is not null then agents.id end) from agents, json_each(tags) as tag"
        f" where organization_id = ? and cluster_id is ? and {_COUNTED}"
        " and tag.value glob 'queue=*' group by 1 order by 1",
        (organization_id, cluster_id),
    )
    return {key: Presence(*numbers) for key, *numbers in rows}


def count_connected(tx: Transaction, organization_id: int, cluster_id: int | None) -> Presence:
    """How many agents of a cluster, or outside clusters, are connected."""
    (row,) = tx.all(
        "select count(*), count(job_id) from agents"  # noqa: S608 - ours
        f" where organization_id = ? and cluster_id is ? and {_COUNTED}",
        (organization_id, cluster_id),
    )
    return Presence(*row)


def is_anybody_in(tx: Transaction, cluster_id: int, queue_id: int | None) -> bool:
    """Whether an agent of a cluster, or of that queue of it, is there and not lost."""
    sql = f"select 1 from agents where cluster_id = ?1 and {_HEARD}"  # noqa: S608 - ours
    sql += " and (?2 is null or queue_id = ?2) limit 1"
    return tx.value(sql, (cluster_id, queue_id)) is not None


def list_lost_in(tx: Transaction, cluster_id: int) -> list[Session]:
    """The lost agents of a cluster."""
    rows = tx.all(f"{_SESSION} where cluster_id = ? and connection_state = 'lost'", (cluster_id,))
    return [_session(row) for row in rows]


def list_silent_since(tx: Transaction, moment: datetime) -> list[tuple[Session, datetime]]:
    """The agents not heard of since a moment, not yet lost; and when each was heard of last."""
    rows = tx.all(
        f"select {_SESSION_COLUMNS}, heard_at from agents where {_HEARD} and heard_at <= ?",  # noqa: S608 - ours
        (to_text(moment),),
    )
    return [(_session(row), from_text(row[8])) for row in rows]


def record_lost(tx: Transaction, number: int, state: ConnectionState, at: datetime) -> None:
    """Note that an agent is lost."""
    tx.execute(
        "update agents set connection_state = ?, lost_at = ? where id = ?",
        (state.value, to_text(at), number),
    )


def list_lost_since(tx: Transaction, moment: datetime) -> list[tuple[Session, datetime]]:
    """The agents lost at a moment or before, and the moment from which their silence counts."""
    rows = tx.all(
        f"select {_SESSION_COLUMNS}, {_SILENT_SINCE} from agents"  # noqa: S608 - ours
        f" where connection_state = 'lost' and {_SILENT_SINCE} <= ?",
        (to_text(moment),),
    )
    return [(_session(row), from_text(row[8])) for row in rows]


def list_pauses_over(tx: Transaction, moment: datetime) -> list[Session]:
    """The agents whose pause has timed out by a moment."""
    rows = tx.all(
        f"{_SESSION} where pause_ends_at is not null and pause_ends_at <= ?", (to_text(moment),)
    )
    return [_session(row) for row in rows]


def hear_all(tx: Transaction, *, lost_ones_too: bool) -> None:
    """Let silence count from now, for every agent that is there."""
    which = f"connection_state in ({_LIVE})" if lost_ones_too else _HEARD
    tx.execute(f"update agents set heard_at = ? where {which}", (tx.now_text,))  # noqa: S608 - ours


def first_heard(tx: Transaction) -> datetime | None:
    """The oldest last sign of an agent that is not lost."""
    return _optional(tx.value(f"select min(heard_at) from agents where {_HEARD}"))  # noqa: S608 - ours


def first_lost(tx: Transaction) -> datetime | None:
    """The oldest moment from which a lost agent's silence counts."""
    return _optional(
        tx.value(
            f"select min({_SILENT_SINCE}) from agents where connection_state = 'lost'"  # noqa: S608 - ours
        )
    )


def first_pause_end(tx: Transaction) -> datetime | None:
    """The next moment at which a pause ends."""
    return _optional(
        tx.value("select min(pause_ends_at) from agents where pause_ends_at is not null")
    )


def record_streaming(tx: Transaction, number: int) -> None:
    """Note that an agent listens to a ping stream."""
    tx.execute("update agents set has_streamed = 1 where id = ? and not has_streamed", (number,))


def matching(agents: Iterable[Agent], term: str) -> list[Agent]:
    """Those whose name or tags contain a term, in either case."""
    term = term.casefold()
    return [
        agent
        for agent in agents
        if term in agent.name.casefold() or any(term in tag.casefold() for tag in agent.tags)
    ]


def _optional(text: str | None) -> datetime | None:
    return None if text is None else from_text(text)


def _live_session(row: Row | None) -> Session | None:
    if row is None:
        return None
    session = _session(row)
    return session if session.connection_state in LIVE else None


def _session(row: Row) -> Session:
    return Session(
        row[0], row[1], row[2], _STATES[row[3]], row[4], bool(row[5]), bool(row[6]), row[7]
    )


def _agent(row: Row) -> Agent:
    def moment(column: str) -> datetime | None:
        return _optional(row[column])

    def stop(column: str) -> Stop | None:
        at = moment(f"{column}_at")
        return None if at is None else Stop(at, row[f"{column}_by"])

    paused_at = moment("paused_at")
    pause = None
    if paused_at is not None:
        pause = Pause(
            paused_at,
            row["paused_by"],
            row["paused_note"],
            row["paused_timeout_in_minutes"],
            from_text(row["pause_ends_at"]),
        )
    return Agent(
        id=row["id"],
        uuid=row["uuid"],
        organization_id=row["organization_id"],
        cluster_id=row["cluster_id"],
        queue_id=row["queue_id"],
        agent_token_id=row["agent_token_id"],
        connection_state=_STATES[row["connection_state"]],
        name=row["name"],
        hostname=row["hostname"],
        os=row["os"],
        arch=row["arch"],
        version=row["version"],
        build=row["build"],
        user_agent=row["user_agent"],
        pid=row["pid"],
        machine_id=row["machine_id"],
        priority=row["priority"],
        tags=tuple(from_json(row["tags"])),
        features=tuple(from_json(row["features"])),
        script_eval_enabled=bool(row["script_eval_enabled"]),
        ignore_in_dispatches=bool(row["ignore_in_dispatches"]),
        ip_address=row["ip_address"],
        created_at=from_text(row["created_at"]),
        connected_at=moment("connected_at"),
        disconnected_at=moment("disconnected_at"),
        lost_at=moment("lost_at"),
        heartbeat_at=moment("heartbeat_at"),
        stopped_gracefully=stop("stopped_gracefully"),
        stop_forced=stop("stop_forced"),
        stop_reason=row["stop_reason"],
        pause=pause,
        job_id=row["job_id"],
        last_job_finished_at=moment("last_job_finished_at"),
    )
