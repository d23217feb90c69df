"""The life cycle of an agent: its table, and what the wire makes of it."""

from collections.abc import Awaitable, Callable
from functools import reduce
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_buildkite.agents.lifecycle import (
    LIVE,
    TRANSITIONS,
    ConnectionState,
    Happening,
    next_state,
)
from mock_buildkite.errors import InvalidStateError
from tests.actors import Administrator, Agent, GraphQLRefused, Refused

STATES = st.sampled_from(ConnectionState)
HAPPENINGS = st.sampled_from(Happening)
SILENCE_SECONDS, SESSION_END_SECONDS = 3 * 60, 60 * 60
"""Until a silent agent is lost, and from then until its session ends."""


def after(state: ConnectionState, happening: Happening) -> ConnectionState:
    """The state after something happened, or was refused."""
    try:
        return next_state(state, happening)
    except InvalidStateError:
        return state


@given(STATES, HAPPENINGS)
def test_whatever_happens_moves_an_agent_along_the_table_or_is_refused(
    state: ConnectionState, happening: Happening
) -> None:
    if (state, happening) in TRANSITIONS:
        assert next_state(state, happening) is TRANSITIONS[state, happening]
    else:
        with pytest.raises(InvalidStateError, match=state.value):
            next_state(state, happening)


@given(st.lists(HAPPENINGS))
def test_an_agent_that_ended_stays_as_it_ended(happenings: list[Happening]) -> None:
    states = [ConnectionState.NEVER_CONNECTED]
    for happening in happenings:
        states.append(after(states[-1], happening))

    ended = [state for state in states if not state.is_live]

    assert states[len(states) - len(ended) :] == ended
    assert len(set(ended)) <= 1


@given(st.lists(HAPPENINGS))
def test_an_agent_can_always_leave_and_be_given_up(happenings: list[Happening]) -> None:
    state = reduce(after, happenings, ConnectionState.NEVER_CONNECTED)

    left = after(state, Happening.DISCONNECT)
    given_up = after(after(state, Happening.SILENCE), Happening.SESSION_END)

    assert not left.is_live
    assert not given_up.is_live


@given(st.lists(HAPPENINGS))
def test_an_agent_never_becomes_one_that_never_connected(happenings: list[Happening]) -> None:
    state = reduce(after, happenings, ConnectionState.CONNECTED)

    assert state is not ConnectionState.NEVER_CONNECTED


def test_every_state_is_reached_and_only_live_ones_are_left() -> None:
    begun = ConnectionState.NEVER_CONNECTED

    reached = {begun}
    for _ in ConnectionState:
        reached |= {after(state, happening) for state in reached for happening in Happening}

    assert reached == set(ConnectionState)
    assert {state for state, _ in TRANSITIONS} == LIVE


async def bring_into(state: ConnectionState, agent: Agent, admin: Administrator) -> None:
    """Register an agent and bring it into a state, with calls alone."""
    if state is ConnectionState.NEVER_CONNECTED:
        await agent.register()
        return
    await agent.start()
    match state:
        case ConnectionState.STOPPING:
            await agent.stop()
        case ConnectionState.LOST:
            await admin.advance(SILENCE_SECONDS, silent=True)
        case ConnectionState.DISCONNECTED:
            await agent.disconnect()
        case ConnectionState.STOPPED:
            await agent.stop()
            await agent.disconnect()


def act(happening: Happening, agent: Agent, admin: Administrator) -> Awaitable[object]:
    """What makes something happen to an agent."""
    match happening:
        case Happening.CONNECT:
            return agent.connect()
        case Happening.HEARTBEAT:
            return agent.heartbeat()
        case Happening.STOP:
            return agent.stop()
        case Happening.DISCONNECT:
            return agent.disconnect()
        case Happening.SILENCE:
            return admin.advance(SILENCE_SECONDS, silent=True)
        case Happening.SESSION_END:
            return admin.advance(SESSION_END_SECONDS, silent=True)


WITH_TIME = {Happening.SILENCE, Happening.SESSION_END}
CALLS = [happening for happening in Happening if happening not in WITH_TIME]


@pytest.mark.parametrize("state", ConnectionState)
async def test_an_agent_is_shown_in_the_state_it_was_brought_into(
    state: ConnectionState, agent: Agent, admin: Administrator
) -> None:
    await bring_into(state, agent, admin)

    assert await admin.state(agent) == state.value
    assert (agent.name in await admin.agents()) is state.is_live


@pytest.mark.parametrize(("state", "call"), list(product(ConnectionState, CALLS)))
async def test_a_call_moves_an_agent_along_the_table_or_is_refused_and_changes_nothing(
    state: ConnectionState, call: Happening, agent: Agent, admin: Administrator
) -> None:
    await bring_into(state, agent, admin)
    before = await everything_of(agent, admin)
    expected = TRANSITIONS.get((state, call))

    if expected is None:
        with pytest.raises(Refused) as refused:
            await act(call, agent, admin)
        assert refused.value.status == 401
        assert await everything_of(agent, admin) == before
    else:
        await act(call, agent, admin)
        assert await admin.state(agent) == expected.value


@pytest.mark.parametrize("state", ConnectionState)
async def test_a_user_stops_an_agent_along_the_table_or_is_refused_and_changes_nothing(
    state: ConnectionState, agent: Agent, admin: Administrator
) -> None:
    await bring_into(state, agent, admin)
    before = await everything_of(agent, admin)
    expected = TRANSITIONS.get((state, Happening.STOP))

    if expected is None:
        with pytest.raises(GraphQLRefused, match=state.value):
            await stop_by_user(agent, admin)
        assert await everything_of(agent, admin) == before
    else:
        await stop_by_user(agent, admin)
        assert await admin.state(agent) == expected.value


@pytest.mark.parametrize("state", ConnectionState)
async def test_time_moves_a_silent_agent_along_the_table(
    state: ConnectionState, agent: Agent, admin: Administrator
) -> None:
    await bring_into(state, agent, admin)
    silent = after(state, Happening.SILENCE)
    given_up = after(silent, Happening.SESSION_END)

    shown = []
    for happening in (Happening.SILENCE, Happening.SESSION_END):
        await act(happening, agent, admin)
        shown.append(await admin.state(agent))

    assert shown == [silent.value, given_up.value]


@pytest.mark.parametrize("come_back", [Agent.connect, Agent.heartbeat])
async def test_an_agent_told_to_stop_is_stopping_again_when_it_was_lost_and_comes_back(
    come_back: Callable[[Agent], Awaitable[object]], agent: Agent, admin: Administrator
) -> None:
    await bring_into(ConnectionState.LOST, agent, admin)
    await agent.stop()
    assert await admin.state(agent) == "lost"

    await come_back(agent)

    assert await admin.state(agent) == "stopping"
    assert (await agent.ping())["action"] == "disconnect"


async def test_a_lost_agent_is_not_carried_along_when_time_passes(
    agent: Agent, admin: Administrator
) -> None:
    await bring_into(ConnectionState.LOST, agent, admin)

    await admin.advance(SESSION_END_SECONDS - 1)
    almost = await admin.state(agent)
    await admin.advance(1)

    assert [almost, await admin.state(agent)] == ["lost", "disconnected"]


@pytest.mark.parametrize("force", [False, True])
async def test_an_agent_told_to_stop_twice_was_told_the_first_time(
    agent: Agent, admin: Administrator, *, force: bool
) -> None:
    await agent.start()
    await agent.stop(force=force)
    first = await admin.agent(agent, "stoppedGracefullyAt stopForcedAt stoppedAt")

    await admin.advance(60)
    await agent.stop(force=force)

    assert first["stoppedAt"] is not None
    assert await admin.agent(agent, "stoppedGracefullyAt stopForcedAt stoppedAt") == first


async def stop_by_user(agent: Agent, admin: Administrator) -> None:
    await admin.mutate("agentStop", "agent { uuid }", id=await admin.agent_id(agent))


async def everything_of(agent: Agent, admin: Administrator) -> object:
    """All that GraphQL and the controls tell of an agent's life."""
    shown = await admin.agent(
        agent,
        "connectionState connectedAt disconnectedAt lostAt heartbeatAt paused"
        " stoppedGracefullyAt stopForcedAt stoppedAt stoppedBy { email }",
    )
    return shown, (await admin.server.http.get("/_mock/agents")).json()
