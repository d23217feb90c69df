"""The life cycle of a job: its states, what moves it, and nothing else that does.

Source: pages/pipelines/configure/defining_steps.md of Buildkite's documentation.
"""

from enum import Enum

from mock_buildkite.errors import InvalidStateError


class JobState(Enum):
    """What GraphQL shows as `state`, in lower case. REST shows `finished` as passed or failed."""

    PENDING = "pending"
    WAITING = "waiting"
    WAITING_FAILED = "waiting_failed"
    BLOCKED = "blocked"
    BLOCKED_FAILED = "blocked_failed"
    UNBLOCKED = "unblocked"
    LIMITED = "limited"
    SCHEDULED = "scheduled"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    RUNNING = "running"
    FINISHED = "finished"
    CANCELING = "canceling"
    CANCELED = "canceled"
    TIMING_OUT = "timing_out"
    TIMED_OUT = "timed_out"
    EXPIRED = "expired"
    SKIPPED = "skipped"
    BROKEN = "broken"


class JobEvent(Enum):
    """What may move a job to another state."""

    BREAK = "break"
    """Its own condition, branches, `skip` or parallelism say that it never runs."""
    WAIT = "wait"
    """A dependency is not finished."""
    BLOCK = "block"
    """A block step is not released: its own, or the one it stands behind."""
    LIMIT = "limit"
    """Its concurrency group is full."""
    SCHEDULE = "schedule"
    """Nothing holds it any longer."""
    DEPENDENCY_FAILURE = "dependency failure"
    """A dependency failed that may not fail."""
    ASSIGN = "assign"
    ASSIGNMENT_END = "end of the assignment"
    """The agent did not accept or start it in time, or went before it did."""
    ACCEPT = "accept"
    ACQUIRE = "acquire"
    """An agent takes it without having been offered it."""
    START = "start"
    FINISH = "finish"
    AGENT_LOSS = "loss of the agent"
    """The agent is lost, disconnected, or has abandoned it."""
    CANCEL = "cancel"
    CANCEL_BY_FORCE = "forced cancel"
    TIME_OUT = "timeout"
    EXPIRE = "expiry"
    SKIP = "skip"
    UNBLOCK = "unblock"


(
    _PENDING,
    _WAITING,
    _WAITING_FAILED,
    _BLOCKED,
    _BLOCKED_FAILED,
    _UNBLOCKED,
    _LIMITED,
    _SCHEDULED,
    _ASSIGNED,
    _ACCEPTED,
    _RUNNING,
    _FINISHED,
    _CANCELING,
    _CANCELED,
    _TIMING_OUT,
    _TIMED_OUT,
    _EXPIRED,
    _SKIPPED,
    _BROKEN,
) = JobState

ON_AGENT = frozenset({_ASSIGNED, _ACCEPTED, _RUNNING, _CANCELING, _TIMING_OUT})
"""Those in which an agent is taken by it."""

OFFERED = frozenset({_ASSIGNED, _ACCEPTED})
"""Those in which its agent has yet to begin with it, and is told of it."""

AT_WORK = frozenset({_ACCEPTED, _RUNNING, _CANCELING, _TIMING_OUT})
"""Those in which its job token works."""

STARTED = AT_WORK - {_ACCEPTED}
"""Those in which its agent runs its commands, as far as the agent has said."""

ENDED = frozenset(
    {
        _WAITING_FAILED,
        _BLOCKED_FAILED,
        _UNBLOCKED,
        _FINISHED,
        _CANCELED,
        _TIMED_OUT,
        _EXPIRED,
        _SKIPPED,
        _BROKEN,
    }
)
"""Those that it leaves only when something before it is retried."""

UNDER_WAY = frozenset({_PENDING, _LIMITED, _SCHEDULED, *ON_AGENT})
"""Those in which it goes on without anybody's doing: its build is not at its end."""

NOT_STARTED = frozenset(
    {
        _PENDING,
        _WAITING,
        _WAITING_FAILED,
        _BLOCKED,
        _BLOCKED_FAILED,
        _LIMITED,
        _SCHEDULED,
        _ASSIGNED,
        _ACCEPTED,
    }
)
"""Those in which no agent has begun with it, though one may be about to."""

TRANSITIONS: dict[tuple[JobState, JobEvent], JobState] = {
    (_PENDING, JobEvent.BREAK): _BROKEN,
    (_PENDING, JobEvent.WAIT): _WAITING,
    (_BLOCKED, JobEvent.WAIT): _WAITING,
    (_WAITING_FAILED, JobEvent.WAIT): _WAITING,
    (_BLOCKED_FAILED, JobEvent.WAIT): _WAITING,
    (_PENDING, JobEvent.BLOCK): _BLOCKED,
    (_WAITING, JobEvent.BLOCK): _BLOCKED,
    (_PENDING, JobEvent.LIMIT): _LIMITED,
    (_WAITING, JobEvent.LIMIT): _LIMITED,
    (_BLOCKED, JobEvent.LIMIT): _LIMITED,
    (_PENDING, JobEvent.SCHEDULE): _SCHEDULED,
    (_WAITING, JobEvent.SCHEDULE): _SCHEDULED,
    (_BLOCKED, JobEvent.SCHEDULE): _SCHEDULED,
    (_LIMITED, JobEvent.SCHEDULE): _SCHEDULED,
    (_PENDING, JobEvent.DEPENDENCY_FAILURE): _WAITING_FAILED,
    (_WAITING, JobEvent.DEPENDENCY_FAILURE): _WAITING_FAILED,
    (_BLOCKED, JobEvent.DEPENDENCY_FAILURE): _BLOCKED_FAILED,
    (_SCHEDULED, JobEvent.ASSIGN): _ASSIGNED,
    (_ASSIGNED, JobEvent.ASSIGNMENT_END): _SCHEDULED,
    (_ACCEPTED, JobEvent.ASSIGNMENT_END): _SCHEDULED,
    (_ASSIGNED, JobEvent.ACCEPT): _ACCEPTED,
    (_ACCEPTED, JobEvent.ACCEPT): _ACCEPTED,
    (_SCHEDULED, JobEvent.ACQUIRE): _ACCEPTED,
    (_ACCEPTED, JobEvent.ACQUIRE): _ACCEPTED,
    (_ACCEPTED, JobEvent.START): _RUNNING,
    (_RUNNING, JobEvent.START): _RUNNING,
    (_CANCELING, JobEvent.START): _CANCELING,
    (_TIMING_OUT, JobEvent.START): _TIMING_OUT,
    (_SCHEDULED, JobEvent.START): _RUNNING,  # a trigger job: its build was created
    (_PENDING, JobEvent.FINISH): _FINISHED,  # a waiter whose dependencies are met
    (_WAITING, JobEvent.FINISH): _FINISHED,
    (_SCHEDULED, JobEvent.FINISH): _FINISHED,  # an asynchronous trigger job
    (_RUNNING, JobEvent.FINISH): _FINISHED,
    (_CANCELING, JobEvent.FINISH): _CANCELED,
    (_TIMING_OUT, JobEvent.FINISH): _TIMED_OUT,
    (_ASSIGNED, JobEvent.AGENT_LOSS): _SCHEDULED,
    (_ACCEPTED, JobEvent.AGENT_LOSS): _FINISHED,
    (_RUNNING, JobEvent.AGENT_LOSS): _FINISHED,
    (_CANCELING, JobEvent.AGENT_LOSS): _CANCELED,
    (_TIMING_OUT, JobEvent.AGENT_LOSS): _TIMED_OUT,
    (_RUNNING, JobEvent.CANCEL): _CANCELING,
    (_CANCELING, JobEvent.CANCEL): _CANCELING,
    (_CANCELING, JobEvent.CANCEL_BY_FORCE): _CANCELED,
    (_RUNNING, JobEvent.TIME_OUT): _TIMING_OUT,
    (_SCHEDULED, JobEvent.EXPIRE): _EXPIRED,
    (_BLOCKED, JobEvent.UNBLOCK): _UNBLOCKED,
    **{(state, JobEvent.CANCEL): _CANCELED for state in NOT_STARTED},
    **{
        (state, JobEvent.SKIP): _SKIPPED
        for state in (
            _PENDING,
            _WAITING,
            _WAITING_FAILED,
            _BLOCKED,
            _LIMITED,
            _SCHEDULED,
            _ASSIGNED,
            _ACCEPTED,
            _RUNNING,
        )
    },
}
# `running` is skipped only where it is a trigger job's, whose build was canceled from outside.


def next_state(state: JobState, event: JobEvent) -> JobState:
    """The state after something happened.

    Raises:
        InvalidStateError: it cannot happen in this state; nothing moves.
    """
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        msg = f"A {event.value} is not possible: the job is {state.value}"
        raise InvalidStateError(msg) from None
