"""A session: one agent's, from its registration to its end, and never again."""

import pytest

from tests.actors import Administrator, Agent, status_of
from tests.server import Served


async def uses(agent: Agent) -> list[int]:
    """The statuses of all that a session token is good for; the disconnect is the last one."""
    return [
        await status_of(agent.connect()),
        await status_of(agent.ping()),
        await status_of(agent.heartbeat()),
        await status_of(agent.pause()),
        await status_of(agent.resume()),
        await status_of(agent.stop()),
        await status_of(agent.disconnect()),
    ]


async def reopen(agent: Agent) -> int:
    """The status of opening the ping stream."""

    async def open_and_close() -> None:
        async with agent.stream():
            pass

    return await status_of(open_and_close())


async def test_a_session_token_works_from_registration_until_disconnect(agent: Agent) -> None:
    await agent.register()

    statuses = await uses(agent)

    assert statuses == [200] * 7


async def test_after_the_disconnect_it_is_refused_everywhere_at_once(
    admin: Administrator, agent: Agent
) -> None:
    await agent.start()

    await agent.disconnect()

    # Also its heartbeats: it is the agent itself that ended the session.
    assert await uses(agent) == [401] * 7
    assert await reopen(agent) == 401
    assert await admin.state(agent) == "disconnected"


async def test_an_agent_that_never_connected_can_disconnect(
    admin: Administrator, agent: Agent
) -> None:
    await agent.register()
    assert await admin.state(agent) == "never_connected"

    await agent.disconnect()

    assert await admin.state(agent) == "disconnected"
    assert await status_of(agent.connect()) == 401


async def test_a_second_disconnect_is_refused(agent: Agent) -> None:
    await agent.start()
    await agent.disconnect()

    assert await status_of(agent.disconnect()) == 401


async def test_connecting_twice_changes_nothing(admin: Administrator, agent: Agent) -> None:
    await agent.start()

    await agent.connect()

    assert await admin.state(agent) == "connected"
    assert await admin.agents() == [agent.name]


async def test_registering_again_is_another_agent_with_another_session_token(
    server: Served, admin: Administrator
) -> None:
    first = await Agent(server).start("same")
    again = await Agent(server).start("same")

    assert first.uuid != again.uuid
    assert first.session_token != again.session_token
    assert await admin.agents() == ["same", "same"]


async def test_registering_again_revives_no_session_that_is_over(
    server: Served, admin: Administrator
) -> None:
    first = await Agent(server).start("same")
    await first.disconnect()

    again = await Agent(server).start("same")

    assert await status_of(first.ping()) == await status_of(first.heartbeat()) == 401
    assert await admin.state(first) == "disconnected"
    assert await again.ping() == {}


async def test_the_end_of_one_session_leaves_the_others(
    server: Served, admin: Administrator
) -> None:
    gone, there = await Agent(server).start("gone"), await Agent(server).start("there")

    await gone.disconnect()

    assert await there.ping() == {}
    await there.heartbeat()
    assert await admin.agents() == ["there"]


async def test_a_session_acts_for_its_own_agent_only(server: Served, admin: Administrator) -> None:
    one, other = await Agent(server).start("one"), await Agent(server).start("other")

    await one.pause()
    await one.stop()

    assert await other.ping() == {}
    assert await admin.state(other) == "connected"


@pytest.mark.parametrize("said", [{"sent_at": "2026-01-01T10:00:00.123456789+10:00"}, {}, None])
async def test_a_heartbeat_is_answered_with_when_it_was_sent_and_received(
    agent: Agent, said: dict[str, str] | None
) -> None:
    await agent.start()

    answer = await agent.call("POST", "heartbeat", said)

    assert answer == {
        "sent_at": (said or {}).get("sent_at"),
        "received_at": "2026-01-01T00:00:00.000000+00:00",
    }
