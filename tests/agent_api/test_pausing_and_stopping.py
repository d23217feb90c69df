"""Telling an agent to pause, go on or stop: what its pings say, and for how long."""

import pytest

from tests.actors import Administrator, Agent, Refused, status_of
from tests.server import Served


@pytest.fixture
async def agent(server: Served) -> Agent:
    return await Agent(server).start()


@pytest.fixture
async def agent_id(admin: Administrator, agent: Agent) -> str:
    return await admin.agent_id(agent)


async def paused(admin: Administrator, agent: Agent) -> bool:
    is_paused: bool = (await admin.agent(agent, "paused"))["paused"]
    return is_paused


async def test_an_agent_with_nothing_to_do_is_told_nothing(agent: Agent) -> None:
    assert await agent.ping() == {}


async def test_a_pause_by_a_user_says_who_why_and_until_when(
    admin: Administrator, agent: Agent, agent_id: str
) -> None:
    await admin.mutate(
        "agentPause", "agent { id }", id=agent_id, note="full disk", timeoutInMinutes=90
    )

    assert await agent.ping() == {
        "action": "pause",
        "message": "Paused by Sandbox Admin: full disk (until 2026-01-01 01:30:00 UTC)",
    }


async def test_a_pause_by_the_agent_itself_says_so(agent: Agent) -> None:
    await agent.pause(note="full disk", timeout_in_minutes=90)

    assert await agent.ping() == {
        "action": "pause",
        "message": "Paused by the agent itself: full disk (until 2026-01-01 01:30:00 UTC)",
    }


@pytest.mark.parametrize("said", [{}, {"note": ""}, {"note": None, "timeout_in_minutes": 0}])
async def test_without_a_note_or_a_time_a_pause_lasts_five_minutes(
    agent: Agent, said: dict[str, object]
) -> None:
    await agent.pause(**said)

    told = await agent.ping()
    assert told["message"] == "Paused by the agent itself (until 2026-01-01 00:05:00 UTC)"


async def test_a_pause_by_a_user_lasts_five_minutes_too(
    admin: Administrator, agent: Agent, agent_id: str
) -> None:
    await admin.mutate("agentPause", "agent { id }", id=agent_id)

    told = await agent.ping()
    assert told["message"] == "Paused by Sandbox Admin (until 2026-01-01 00:05:00 UTC)"


async def test_a_pause_ends_by_itself_when_its_time_is_up(
    admin: Administrator, agent: Agent
) -> None:
    await agent.pause(timeout_in_minutes=2)

    await admin.advance(119.999)
    just_before = (await agent.ping()).get("action"), await paused(admin, agent)
    await admin.advance(0.001)

    assert just_before == ("pause", True)
    assert await agent.ping() == {}
    assert not await paused(admin, agent)


async def test_a_second_pause_takes_the_place_of_the_first(
    admin: Administrator, agent: Agent, agent_id: str
) -> None:
    await agent.pause(note="first", timeout_in_minutes=60)

    await admin.mutate("agentPause", "agent { id }", id=agent_id, note="second", timeoutInMinutes=1)

    assert "Sandbox Admin: second" in (await agent.ping())["message"]
    await admin.advance(60)
    assert await agent.ping() == {}


@pytest.mark.parametrize("by", ["agent", "user"])
async def test_whoever_paused_it_both_can_resume_it(
    admin: Administrator, agent: Agent, agent_id: str, by: str
) -> None:
    if by == "agent":
        await admin.mutate("agentPause", "agent { id }", id=agent_id)
        await agent.resume()
    else:
        await agent.pause()
        await admin.mutate("agentResume", "agent { id }", id=agent_id)

    assert await agent.ping() == {}
    assert not await paused(admin, agent)


async def test_an_agent_that_is_not_paused_cannot_resume(agent: Agent) -> None:
    with pytest.raises(Refused) as refused:
        await agent.resume()

    assert refused.value.status == 422
    assert refused.value.message == "Agent is not paused"


@pytest.mark.parametrize("graceful", [True, False])
async def test_a_stop_by_a_user_makes_the_next_ping_a_disconnect(
    admin: Administrator, agent: Agent, agent_id: str, graceful: bool
) -> None:
    await admin.mutate("agentStop", "agent { id }", id=agent_id, graceful=graceful)

    assert await admin.state(agent) == "stopping"
    told = {"action": "disconnect", "message": "Stopped by Sandbox Admin"}
    assert await agent.ping() == await agent.ping() == told
    await agent.heartbeat()
    await agent.disconnect()
    assert await admin.state(agent) == "stopped"
    assert await admin.agents() == []


@pytest.mark.parametrize("said", [{}, {"force": False}, {"force": True}])
async def test_a_stop_by_the_agent_itself_does_too(
    admin: Administrator, agent: Agent, said: dict[str, bool]
) -> None:
    await agent.stop(**said)

    told = {"action": "disconnect", "message": "Stopped by the agent itself"}
    assert await agent.ping() == told
    selection = "connectionState stoppedGracefullyBy { name } stopForcedBy { name }"
    assert await admin.agent(agent, selection) == {
        "connectionState": "stopping",
        "stoppedGracefullyBy": None,
        "stopForcedBy": None,
    }


async def test_graceful_and_forced_stops_are_told_apart(
    server: Served, admin: Administrator
) -> None:
    seen = []
    for said in ({}, {"force": True}):
        agent = await Agent(server).start()
        await agent.stop(**said)
        shown = await admin.agent(agent, "stoppedGracefullyAt stopForcedAt")
        seen.append([name for name, moment in shown.items() if moment])

    assert seen == [["stoppedGracefullyAt"], ["stopForcedAt"]]


async def test_a_stop_is_stronger_than_a_pause(
    admin: Administrator, agent: Agent, agent_id: str
) -> None:
    await agent.pause()
    await admin.mutate("agentStop", "agent { id }", id=agent_id)
    assert (await agent.ping())["action"] == "disconnect"

    await agent.resume()

    assert (await agent.ping())["action"] == "disconnect"


async def test_a_stop_after_a_graceful_one_can_be_forced(
    admin: Administrator, agent: Agent, agent_id: str
) -> None:
    await admin.mutate("agentStop", "agent { id }", id=agent_id, graceful=True)
    await admin.advance(60)
    await admin.mutate("agentStop", "agent { id }", id=agent_id, graceful=False)

    shown = await admin.agent(agent, "stoppedGracefullyAt stopForcedAt")

    assert shown["stoppedGracefullyAt"] < shown["stopForcedAt"]


async def test_an_agent_that_never_connected_is_told_to_stop_before_it_starts(
    server: Served, admin: Administrator
) -> None:
    early = await Agent(server).register("early")
    await admin.mutate("agentStop", "agent { id }", id=await admin.agent_id(early))

    await early.connect()

    assert (await early.ping())["action"] == "disconnect"
    assert await admin.state(early) == "stopping"


async def test_what_one_is_told_is_not_told_to_another(server: Served, agent: Agent) -> None:
    other = await Agent(server).start("other")

    await agent.pause()

    assert await other.ping() == {}
    assert await status_of(other.resume()) == 422


async def test_a_pause_stays_with_the_agent_and_ends_with_its_session(
    admin: Administrator, agent: Agent
) -> None:
    await agent.pause(timeout_in_minutes=60)
    await agent.connect()
    assert (await agent.ping())["action"] == "pause"

    await agent.disconnect()

    assert not await paused(admin, agent)
