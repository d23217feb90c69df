"""What users may tell agents that are there: stricter than `service`, as the REST API has it.

There only agents that are connected, or stopping already, can be told to stop, and a pause has no
second pause in its place. GraphQL and the agents themselves know no such limits.

Source: pages/apis/rest_api/agents.md of Buildkite's documentation.
"""

from mock_buildkite.access_tokens.model import Caller
from mock_buildkite.agents import service
from mock_buildkite.agents.lifecycle import ConnectionState
from mock_buildkite.agents.model import Agent
from mock_buildkite.errors import InapplicableError, InvalidStateError
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import World

STATES = frozenset({ConnectionState.CONNECTED, ConnectionState.STOPPING})
"""Those that the list of agents holds."""


def stop(tx: Transaction, world: World, caller: Caller, agent: Agent, *, graceful: bool) -> None:
    """Tell an agent to stop, after its job or at once. Administrators and cluster maintainers.

    Raises:
        InapplicableError: it is not there.
        PermissionDeniedError: the caller may not.
    """
    service.require_manager(tx, caller, agent, "stop this agent")
    if agent.connection_state not in STATES:
        msg = "Can only stop connected agents"
        raise InapplicableError(msg)
    service.stop(tx, world, caller, agent.uuid, graceful=graceful)


def pause(
    tx: Transaction,
    world: World,
    caller: Caller,
    agent: Agent,
    *,
    note: str | None,
    timeout_in_minutes: int | None,
) -> None:
    """Have an agent take no work for a while. Administrators and cluster maintainers.

    Raises:
        InvalidStateError: it is not connected, or paused already.
        PermissionDeniedError: the caller may not.
    """
    service.require_manager(tx, caller, agent, "pause this agent")
    if agent.connection_state is not ConnectionState.CONNECTED:
        msg = "Only connected agents may be paused"
        raise InvalidStateError(msg)
    if agent.pause is not None:
        msg = "Agent is already paused"
        raise InvalidStateError(msg)
    service.pause(tx, world, caller, agent.uuid, note=note, timeout_in_minutes=timeout_in_minutes)


def resume(tx: Transaction, world: World, caller: Caller, agent: Agent) -> None:
    """End an agent's pause. Administrators and cluster maintainers.

    Raises:
        InvalidStateError: it is not paused.
        PermissionDeniedError: the caller may not.
    """
    service.require_manager(tx, caller, agent, "resume this agent")
    if agent.pause is None:
        msg = "Agent is not paused"
        raise InvalidStateError(msg)
    service.resume(tx, world, caller, agent.uuid)
