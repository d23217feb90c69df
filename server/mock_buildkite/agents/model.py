"""What an agent is, what it says of itself when it registers, and what it is told to do."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from mock_buildkite.agents.lifecycle import ConnectionState
from mock_buildkite.errors import InvalidInputError
from mock_buildkite.ids import ALPHANUMERIC, Ids

LONGEST_NAME = 255
MOST_TAGS = 500
LONGEST_TAG_BYTES = 1024
HIGHEST_PRIORITY = 2**31 - 1
DEFAULT_PAUSE_MINUTES = 5
LONGEST_PAUSE_MINUTES = 365 * 24 * 60  # Unverified: no maximum is published
LONGEST_NOTE = 10_000
_CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_PLACEHOLDER = re.compile("%hostname|%spawn|%pid|%random")


class Registration(Struct, frozen=True):
    """What an agent says of itself when it registers."""

    name: str
    hostname: str
    os: str
    arch: str
    version: str
    build: str
    user_agent: str
    pid: str
    machine_id: str
    priority: str
    tags: Sequence[str]
    features: Sequence[str]
    script_eval_enabled: bool
    ignore_in_dispatches: bool


class Stop(Struct, frozen=True):
    """That somebody told an agent to stop: when, and which user, if it was one."""

    at: datetime
    by: int | None


class Pause(Struct, frozen=True):
    """That an agent is paused: since when, by whom, why, and until when."""

    at: datetime
    by: int | None
    note: str | None
    timeout_in_minutes: int
    ends_at: datetime


class Agent(Struct, frozen=True):
    """A runner of jobs that registered, whether it is still there or not."""

    id: int
    uuid: str
    organization_id: int
    cluster_id: int | None
    queue_id: int | None
    agent_token_id: int
    connection_state: ConnectionState
    name: str
    hostname: str
    os: str
    arch: str
    version: str
    build: str
    user_agent: str
    pid: str
    machine_id: str
    priority: int | None
    tags: tuple[str, ...]
    features: tuple[str, ...]
    script_eval_enabled: bool
    ignore_in_dispatches: bool
    ip_address: str
    created_at: datetime
    connected_at: datetime | None = None
    disconnected_at: datetime | None = None
    lost_at: datetime | None = None
    heartbeat_at: datetime | None = None
    stopped_gracefully: Stop | None = None
    stop_forced: Stop | None = None
    stop_reason: str | None = None
    pause: Pause | None = None
    job_id: int | None = None
    """The job that it was given and has not ended."""
    last_job_finished_at: datetime | None = None

    @property
    def os_id(self) -> str:
        """What its user agent says that it runs on: `buildkite-agent/3.137.0.x (linux; amd64)`."""
        return self.user_agent.partition("(")[2].partition(";")[0].strip()

    @property
    def first_stop(self) -> Stop | None:
        """When the agent was first told to stop, in either way."""
        stops = [stop for stop in (self.stopped_gracefully, self.stop_forced) if stop is not None]
        return min(stops, key=lambda stop: stop.at, default=None)


class NamedAgent(Struct, frozen=True):
    """As much of an agent as its jobs are told of it."""

    id: int
    uuid: str
    cluster_id: int | None
    name: str
    version: str
    tags: tuple[str, ...]


class Session(Struct, frozen=True):
    """As much of an agent as the calls of its session need, which come every second."""

    id: int
    uuid: str
    organization_id: int
    connection_state: ConnectionState
    ip_address: str
    is_paused: bool
    is_told_to_stop: bool
    job_id: int | None


class IdleAgent(Struct, frozen=True):
    """As much of an agent that could take a job as the choice between several needs."""

    id: int
    uuid: str
    organization_id: int
    cluster_id: int | None
    queue_id: int | None
    tags: tuple[str, ...]
    last_job_finished_at: str | None


class Presence(Struct, frozen=True):
    """How many agents are connected, and how many of them have a job."""

    total: int = 0
    busy: int = 0

    @property
    def idle(self) -> int:
        """Those without a job, paused ones among them, as Buildkite's scaler expects."""
        return self.total - self.busy


class EndedSession(Struct, frozen=True):
    """A session that the server ended, while its agent has yet to hear so."""

    digest: bytes
    ago: timedelta
    refusals_left: int
    """How many of its calls have to be refused until the agent is sure to leave."""


class Action(Enum):
    """What an agent is to do now, in the words of the ping's answer."""

    IDLE = "idle"
    JOB = "job"
    """Nothing else than to accept a job."""
    PAUSE = "pause"
    DISCONNECT = "disconnect"


class Instruction(Struct, frozen=True):
    """An action and the sentence that explains it in the agent's log."""

    action: Action
    message: str = ""
    job_uuid: str = ""
    assigned_at: str = ""
    """Tells one offer of a job from another."""


IDLE = Instruction(Action.IDLE)


def checked(registration: Registration) -> Registration:
    """A registration within the limits.

    Raises:
        InvalidInputError: a name or tag is too long or has control characters; too many tags.
    """
    _require_name("Name", registration.name)
    _require_name("Hostname", registration.hostname)
    if len(registration.tags) > MOST_TAGS:
        msg = f"Agents can have at most {MOST_TAGS} tags, not {len(registration.tags)}"
        raise InvalidInputError(msg)
    for tag in registration.tags:
        if len(tag.encode()) > LONGEST_TAG_BYTES:
            msg = f"Tags can have at most {LONGEST_TAG_BYTES} bytes"
            raise InvalidInputError(msg)
        if _CONTROL_CHARACTER.search(tag):
            msg = "Tags can't have control characters"
            raise InvalidInputError(msg)
    return registration


def expanded_name(registration: Registration, ids: Ids) -> str:
    """An agent's name with its placeholders filled in; without a name, one from the hostname.

    The client fills in `%spawn`, and sends the others as they were written.

    Raises:
        InvalidInputError: the name is too long by now.

    Source: pages/agent/self_hosted/configure.md of Buildkite's documentation.
    """
    name = registration.name or "%hostname-%random"
    if "%" in name:
        said = {
            "%hostname": registration.hostname or "agent",
            "%spawn": "1",
            "%pid": registration.pid or "0",
        }
        # Each random part is drawn on its own.
        name = _PLACEHOLDER.sub(lambda found: said.get(found[0]) or ids.text(ALPHANUMERIC, 6), name)
    _require_name("Name", name)
    return name


def priority_of(registration: Registration) -> int | None:
    """An agent's priority, which it sends as text; None is assigned last.

    Raises:
        InvalidInputError: it is no whole number.
    """
    if not registration.priority:
        return None
    try:
        priority = int(registration.priority)
    except ValueError:
        priority = HIGHEST_PRIORITY + 1
    if abs(priority) > HIGHEST_PRIORITY:
        msg = "Priority must be a whole number"
        raise InvalidInputError(msg)
    return priority


def new_pause(
    now: datetime, by: int | None, note: str | None, timeout_in_minutes: int | None
) -> Pause:
    """A pause from now on.

    Raises:
        InvalidInputError: the timeout is not positive, or absurd; the note too long or with a NUL.

    Source: pages/agent/self_hosted/pausing_and_resuming.md of Buildkite's documentation.
    """
    minutes = DEFAULT_PAUSE_MINUTES if timeout_in_minutes is None else timeout_in_minutes
    if not 0 < minutes <= LONGEST_PAUSE_MINUTES:
        msg = f"Timeout in minutes must be between 1 and {LONGEST_PAUSE_MINUTES}"
        raise InvalidInputError(msg)
    if note is not None and "\0" in note:
        msg = "Note can't have NUL characters"
        raise InvalidInputError(msg)
    if note is not None and len(note) > LONGEST_NOTE:
        msg = f"Note is too long (maximum is {LONGEST_NOTE} characters)"
        raise InvalidInputError(msg)
    return Pause(now, by, note or None, minutes, now + timedelta(minutes=minutes))


def pause_message(pause: Pause, by: str | None) -> str:
    """The sentence that tells a paused agent's log who paused it, why, and until when."""
    who = f"Paused by {by}" if by else "Paused by the agent itself"
    why = f": {pause.note}" if pause.note else ""
    return f"{who}{why} (until {pause.ends_at.strftime('%Y-%m-%d %H:%M:%S UTC')})"


def new_agent(  # noqa: PLR0913 - what a registration does not say itself
    registration: Registration,
    *,
    uuid: str,
    name: str,
    organization_id: int,
    cluster_id: int | None,
    queue_id: int | None,
    agent_token_id: int,
    ip_address: str,
    now: datetime,
) -> Agent:
    """An agent as it is when it has registered and not connected yet."""
    return Agent(
        id=0,
        uuid=uuid,
        organization_id=organization_id,
        cluster_id=cluster_id,
        queue_id=queue_id,
        agent_token_id=agent_token_id,
        connection_state=ConnectionState.NEVER_CONNECTED,
        name=name,
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
        ip_address=ip_address,
        created_at=now,
    )


def with_tag(registration: Registration, tag: str) -> Registration:
    """The registration with one tag more."""
    return replace(registration, tags=[*registration.tags, tag])


def _require_name(what: str, name: str) -> None:
    if len(name) > LONGEST_NAME:
        msg = f"{what} is too long (maximum is {LONGEST_NAME} characters)"
        raise InvalidInputError(msg)
    if _CONTROL_CHARACTER.search(name):
        msg = f"{what} can't have control characters"
        raise InvalidInputError(msg)
