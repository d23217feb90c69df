"""The life cycle of an agent: its states, what moves it, and nothing else that does."""

from enum import Enum

from mock_buildkite.errors import InvalidStateError


class ConnectionState(Enum):
    """What GraphQL shows as `connectionState`."""

    NEVER_CONNECTED = "never_connected"
    CONNECTED = "connected"
    STOPPING = "stopping"
    LOST = "lost"
    DISCONNECTED = "disconnected"
    STOPPED = "stopped"

    @property
    def is_live(self) -> bool:
        """Whether the agent's session token works."""
        return self in LIVE


class Happening(Enum):
    """What may move an agent to another state."""

    CONNECT = "connect"
    HEARTBEAT = "heartbeat"
    STOP = "stop"
    DISCONNECT = "disconnect"
    SILENCE = "silence"
    """No heartbeat for three minutes."""
    SESSION_END = "session end"
    """No heartbeat for an hour after that: the server gives the agent up."""


LIVE = frozenset(
    {
        ConnectionState.NEVER_CONNECTED,
        ConnectionState.CONNECTED,
        ConnectionState.STOPPING,
        ConnectionState.LOST,
    }
)

_NEVER_CONNECTED, _CONNECTED, _STOPPING, _LOST, _DISCONNECTED, _STOPPED = ConnectionState

# A lost agent that is told to stop stays lost: it cannot hear. Heard of again, it is connected,
# and at once stopping if it had been told to (`agents.service`).
TRANSITIONS: dict[tuple[ConnectionState, Happening], ConnectionState] = {
    (_NEVER_CONNECTED, Happening.CONNECT): _CONNECTED,
    (_NEVER_CONNECTED, Happening.HEARTBEAT): _NEVER_CONNECTED,
    (_NEVER_CONNECTED, Happening.STOP): _STOPPING,
    (_NEVER_CONNECTED, Happening.DISCONNECT): _DISCONNECTED,
    (_NEVER_CONNECTED, Happening.SILENCE): _LOST,
    (_CONNECTED, Happening.CONNECT): _CONNECTED,
    (_CONNECTED, Happening.HEARTBEAT): _CONNECTED,
    (_CONNECTED, Happening.STOP): _STOPPING,
    (_CONNECTED, Happening.DISCONNECT): _DISCONNECTED,
    (_CONNECTED, Happening.SILENCE): _LOST,
    (_STOPPING, Happening.CONNECT): _STOPPING,
    (_STOPPING, Happening.HEARTBEAT): _STOPPING,
    (_STOPPING, Happening.STOP): _STOPPING,
    (_STOPPING, Happening.DISCONNECT): _STOPPED,
    (_STOPPING, Happening.SILENCE): _LOST,
    (_LOST, Happening.CONNECT): _CONNECTED,
    (_LOST, Happening.HEARTBEAT): _CONNECTED,
    (_LOST, Happening.STOP): _LOST,
    (_LOST, Happening.DISCONNECT): _DISCONNECTED,
    (_LOST, Happening.SESSION_END): _DISCONNECTED,  # Unverified: what Buildkite shows then
}


def next_state(state: ConnectionState, happening: Happening) -> ConnectionState:
    """The state after something happened.

    Raises:
        InvalidStateError: it cannot happen in this state; nothing moves.
    """
    try:
        return TRANSITIONS[state, happening]
    except KeyError:
        msg = f"A {happening.value} is not possible: the agent is {state.value}"
        raise InvalidStateError(msg) from None
