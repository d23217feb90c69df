"""The life cycle of a build: its states, what moves it, and nothing else that does.

Source: pages/pipelines/configure/_build_states.md of Buildkite's documentation.
"""

from enum import Enum

from mock_buildkite.errors import InvalidStateError


class BuildState(Enum):
    """What REST and GraphQL show as `state`; for a blocked build REST shows another one."""

    SCHEDULED = "scheduled"
    RUNNING = "running"
    FAILING = "failing"
    PASSED = "passed"
    FAILED = "failed"
    BLOCKED = "blocked"
    CANCELING = "canceling"
    CANCELED = "canceled"
    SKIPPED = "skipped"
    NOT_RUN = "not_run"


class BuildEvent(Enum):
    """What may move a build to another state."""

    START = "start"
    """A job starts, or something is done again after the build had ended or was blocked."""
    FAIL = "failure"
    """A job failed for good while others go on."""
    BLOCK = "block"
    """Nothing goes on before somebody releases a block step."""
    CANCEL = "cancel"
    SKIP = "skip"
    """A newer build of its branch makes it moot."""
    END_PASSED = "end without failure"
    END_FAILED = "end with a failure"
    END_CANCELED = "end of a canceled build"
    END_NOT_RUN = "end without any job"


_SCHEDULED, _RUNNING, _FAILING, _PASSED, _FAILED, _BLOCKED, _CANCELING, _CANCELED, _, _NOT_RUN = (
    BuildState
)

FINISHED = frozenset({_PASSED, _FAILED, _CANCELED, BuildState.SKIPPED, _NOT_RUN})
"""Those in which nothing more happens by itself."""

TRANSITIONS: dict[tuple[BuildState, BuildEvent], BuildState] = {
    (_SCHEDULED, BuildEvent.START): _RUNNING,
    (_SCHEDULED, BuildEvent.FAIL): _FAILING,
    (_SCHEDULED, BuildEvent.BLOCK): _BLOCKED,
    (_SCHEDULED, BuildEvent.CANCEL): _CANCELING,
    (_SCHEDULED, BuildEvent.SKIP): BuildState.SKIPPED,
    (_SCHEDULED, BuildEvent.END_PASSED): _PASSED,
    (_SCHEDULED, BuildEvent.END_FAILED): _FAILED,
    (_SCHEDULED, BuildEvent.END_NOT_RUN): _NOT_RUN,
    (_RUNNING, BuildEvent.START): _RUNNING,
    (_RUNNING, BuildEvent.FAIL): _FAILING,
    (_RUNNING, BuildEvent.BLOCK): _BLOCKED,
    (_RUNNING, BuildEvent.CANCEL): _CANCELING,
    (_RUNNING, BuildEvent.END_PASSED): _PASSED,
    (_RUNNING, BuildEvent.END_FAILED): _FAILED,
    (_RUNNING, BuildEvent.END_NOT_RUN): _NOT_RUN,
    (_FAILING, BuildEvent.START): _FAILING,
    (_FAILING, BuildEvent.FAIL): _FAILING,
    (_FAILING, BuildEvent.BLOCK): _BLOCKED,
    (_FAILING, BuildEvent.CANCEL): _CANCELING,
    (_FAILING, BuildEvent.END_PASSED): _PASSED,  # what had failed was retried
    (_FAILING, BuildEvent.END_FAILED): _FAILED,
    (_BLOCKED, BuildEvent.START): _RUNNING,
    (_BLOCKED, BuildEvent.FAIL): _FAILING,
    (_BLOCKED, BuildEvent.BLOCK): _BLOCKED,
    (_BLOCKED, BuildEvent.CANCEL): _CANCELING,
    (_BLOCKED, BuildEvent.END_PASSED): _PASSED,
    (_BLOCKED, BuildEvent.END_FAILED): _FAILED,
    (_PASSED, BuildEvent.START): _RUNNING,
    (_FAILED, BuildEvent.START): _RUNNING,
    (_CANCELING, BuildEvent.CANCEL): _CANCELING,
    (_CANCELING, BuildEvent.START): _CANCELING,
    (_CANCELING, BuildEvent.FAIL): _CANCELING,
    (_CANCELING, BuildEvent.END_CANCELED): _CANCELED,
}


def next_state(state: BuildState, event: BuildEvent) -> BuildState:
    """The state after something happened.

    Raises:
        InvalidStateError: it cannot happen in this state; nothing moves.
    """
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        msg = f"A {event.value} is not possible: the build is {state.value}"
        raise InvalidStateError(msg) from None
