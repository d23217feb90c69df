"""Agents that fall silent: lost after three minutes, given up an hour later, heard of again."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from mock_buildkite.clock import ManualClock
from mock_buildkite.settings import Settings
from tests.actors import Administrator, Agent, status_of
from tests.server import Served, serve_on_a_socket

LOST_AFTER = 180
ENDS_AFTER = 3600


async def moment(admin: Administrator, agent: Agent, field: str) -> datetime:
    """A moment of an agent's, as GraphQL shows it."""
    return datetime.fromisoformat((await admin.agent(agent, field))[field])


async def test_an_agent_is_lost_when_three_minutes_have_passed_without_a_heartbeat(
    admin: Administrator, agent: Agent, clock: ManualClock
) -> None:
    start = clock.now()
    await agent.start()

    await admin.advance(LOST_AFTER - 0.001, silent=True)
    just_before = await admin.state(agent)
    await admin.advance(0.001, silent=True)

    assert just_before == "connected"
    assert await admin.state(agent) == "lost"
    assert await moment(admin, agent, "lostAt") == start + timedelta(seconds=LOST_AFTER)


async def test_silence_counts_from_the_last_heartbeat(admin: Administrator, agent: Agent) -> None:
    await agent.start()
    for _ in range(3):
        await admin.advance(LOST_AFTER - 1, silent=True)
        await agent.heartbeat()

    await admin.advance(LOST_AFTER - 1, silent=True)
    before = await admin.state(agent)
    await admin.advance(1, silent=True)

    assert (before, await admin.state(agent)) == ("connected", "lost")


async def test_pings_are_no_heartbeats(admin: Administrator, agent: Agent) -> None:
    await agent.start()

    for _ in range(3):
        await admin.advance(LOST_AFTER / 3, silent=True)
        await agent.ping()

    assert await admin.state(agent) == "lost"


async def test_only_the_silent_one_is_lost(server: Served, admin: Administrator) -> None:
    silent, heard = await Agent(server).start("silent"), await Agent(server).start("heard")

    await admin.advance(LOST_AFTER - 10, silent=True)
    await heard.heartbeat()
    await admin.advance(10, silent=True)

    assert await admin.state(silent) == "lost"
    assert await admin.state(heard) == "connected"


async def test_an_agent_that_registered_and_never_connected_is_lost_too(
    admin: Administrator, agent: Agent
) -> None:
    await agent.register()

    await admin.advance(LOST_AFTER, silent=True)

    assert await admin.state(agent) == "lost"


async def test_a_lost_agent_is_listed_and_not_counted(admin: Administrator, agent: Agent) -> None:
    await agent.start()

    await admin.advance(LOST_AFTER, silent=True)

    assert await admin.agents() == [agent.name]
    assert (await agent.metrics())["agents"]["total"] == 0


@pytest.mark.parametrize("sign", ["heartbeat", "connect"])
async def test_a_later_sign_of_life_revives_it(
    admin: Administrator, agent: Agent, sign: str
) -> None:
    await agent.start()
    await admin.advance(LOST_AFTER + ENDS_AFTER - 1, silent=True)
    assert await admin.state(agent) == "lost"

    await getattr(agent, sign)()

    assert await admin.state(agent) == "connected"
    assert await agent.ping() == {}
    assert (await agent.metrics())["agents"]["total"] == 1
    await admin.advance(LOST_AFTER - 1, silent=True)
    assert await admin.state(agent) == "connected"
    await admin.advance(1, silent=True)
    assert await admin.state(agent) == "lost"


async def test_a_lost_agent_that_was_told_to_stop_hears_so_when_it_is_back(
    admin: Administrator, agent: Agent
) -> None:
    await agent.start()
    await admin.advance(LOST_AFTER, silent=True)
    await admin.mutate("agentStop", "agent { id }", id=await admin.agent_id(agent))
    assert await admin.state(agent) == "lost"

    await agent.heartbeat()

    assert await admin.state(agent) == "stopping"
    assert (await agent.ping())["action"] == "disconnect"


async def test_an_hour_later_its_session_is_over(admin: Administrator, agent: Agent) -> None:
    await agent.start()

    await admin.advance(LOST_AFTER + ENDS_AFTER - 0.001, silent=True)
    just_before = await admin.state(agent)
    still_served = await status_of(agent.ping())
    await admin.advance(0.001, silent=True)

    assert (just_before, still_served) == ("lost", 200)
    assert await admin.state(agent) == "disconnected"
    assert await admin.agents() == []
    # Its heartbeats are answered until it has heard of the end: the real agent hangs otherwise.
    assert await status_of(agent.heartbeat()) == 200
    assert await status_of(agent.ping()) == 401
    assert await status_of(agent.heartbeat()) == 401


@pytest.mark.parametrize("call", ["connect", "disconnect", "stop", "pause", "resume"])
async def test_any_refused_call_tells_it_of_the_end(
    admin: Administrator, agent: Agent, call: str
) -> None:
    await agent.start()
    await admin.advance(LOST_AFTER + ENDS_AFTER, silent=True)
    assert await status_of(agent.heartbeat()) == 200

    assert await status_of(getattr(agent, call)()) == 401

    assert await status_of(agent.heartbeat()) == 401


async def test_its_heartbeats_are_answered_for_a_minute_without_effect(
    admin: Administrator, agent: Agent
) -> None:
    await agent.start()
    await admin.advance(LOST_AFTER + ENDS_AFTER, silent=True)

    await admin.advance(59.999, silent=True)
    assert await status_of(agent.heartbeat()) == 200
    assert await admin.state(agent) == "disconnected"
    await admin.advance(0.001, silent=True)

    assert await status_of(agent.heartbeat()) == 401


async def test_advancing_aloud_carries_the_connected_along_and_not_the_lost(
    server: Served, admin: Administrator
) -> None:
    lost = await Agent(server).start("lost")
    await admin.advance(LOST_AFTER, silent=True)
    connected = await Agent(server).start("connected")

    await admin.advance(ENDS_AFTER)

    assert await admin.state(connected) == "connected"
    assert await admin.state(lost) == "disconnected"


async def test_both_times_can_be_set(
    make_server: Callable[[Settings], Awaitable[Served]],
) -> None:
    served = await make_server(Settings(lost_after_seconds=20, session_ends_after_seconds=40))
    admin, agent = Administrator(served), await Agent(served).start()

    states = [await admin.state(agent)]
    for seconds in (19, 1, 39, 1):
        await admin.advance(seconds, silent=True)
        states.append(await admin.state(agent))

    assert states == ["connected", "connected", "lost", "lost", "disconnected"]


async def test_after_a_restart_every_session_has_its_full_time_again(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    async with serve_on_a_socket(settings, ManualClock()) as served:
        facts = served.facts
        admin = Administrator(served)
        lost = await Agent(served).start("lost")
        await admin.advance(LOST_AFTER + ENDS_AFTER - 170, silent=True)
        nearly = await Agent(served).start("nearly lost")
        await admin.advance(169, silent=True)
        states_before = (await admin.state(lost), await admin.state(nearly))

    async with serve_on_a_socket(settings, later(hours=5)) as served:
        admin = Administrator(served, facts)
        states = [(await admin.state(lost), await admin.state(nearly))]
        for seconds in (LOST_AFTER - 1, 1, ENDS_AFTER - LOST_AFTER - 1, 1):
            await admin.advance(seconds, silent=True)
            states.append((await admin.state(lost), await admin.state(nearly)))

    assert states_before == ("lost", "connected")
    assert states == [
        ("lost", "connected"),
        ("lost", "connected"),
        ("lost", "lost"),
        ("lost", "lost"),
        ("disconnected", "lost"),
    ]


def later(hours: int) -> ManualClock:
    """A clock on which that time has passed while no server ran."""
    return ManualClock(ManualClock().now() + timedelta(hours=hours))
