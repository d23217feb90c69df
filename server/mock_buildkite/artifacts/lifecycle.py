"""The life cycle of an artifact: its states, what moves it, and nothing else that does.

Source: pages/apis/rest_api/artifacts.md of Buildkite's documentation; buildkite/agent
internal/artifact/uploader.go.
"""

from enum import Enum

from mock_buildkite.errors import InvalidStateError


class ArtifactState(Enum):
    """What REST and GraphQL show as `state`."""

    NEW = "new"
    """Announced; its file may be under way."""
    FINISHED = "finished"
    ERROR = "error"
    """The agent could not upload it."""
    DELETED = "deleted"
    EXPIRED = "expired"


class ArtifactEvent(Enum):
    """What may move an artifact to another state."""

    FINISH = "finish"
    FAIL = "failure"
    DELETE = "deletion"
    EXPIRE = "expiry"


THERE = frozenset({ArtifactState.NEW, ArtifactState.FINISHED, ArtifactState.ERROR})
"""Those in which it was not taken away yet."""

TRANSITIONS: dict[tuple[ArtifactState, ArtifactEvent], ArtifactState] = {
    (ArtifactState.NEW, ArtifactEvent.FINISH): ArtifactState.FINISHED,
    (ArtifactState.NEW, ArtifactEvent.FAIL): ArtifactState.ERROR,
    # An agent that did not hear the answer says the same again.
    (ArtifactState.FINISHED, ArtifactEvent.FINISH): ArtifactState.FINISHED,
    (ArtifactState.ERROR, ArtifactEvent.FAIL): ArtifactState.ERROR,
    **{(state, ArtifactEvent.DELETE): ArtifactState.DELETED for state in THERE},
    **{(state, ArtifactEvent.EXPIRE): ArtifactState.EXPIRED for state in THERE},
}


def next_state(state: ArtifactState, event: ArtifactEvent) -> ArtifactState:
    """The state after something happened.

    Raises:
        InvalidStateError: it cannot happen in this state; nothing moves.
    """
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        msg = f"A {event.value} is not possible: the artifact is {state.value}"
        raise InvalidStateError(msg) from None
