"""A session that was over long before the moment at which the clock stops again."""

from datetime import datetime, timedelta

import pytest

from mock_buildkite.clock import ManualClock
from tests.actors import Administrator, Agent, Refused


async def test_its_heartbeats_are_answered_until_the_agent_has_heard_of_the_end(
    admin: Administrator, agent: Agent
) -> None:
    await agent.start()

    await admin.advance(2 * 3600, silent=True)

    assert await admin.state(agent) == "disconnected"
    assert "received_at" in await agent.heartbeat()
    with pytest.raises(Refused) as ping:
        await agent.ping()
    assert ping.value.status == 401
    with pytest.raises(Refused) as heartbeat:
        await agent.heartbeat()
    assert heartbeat.value.status == 401


async def test_it_is_shown_as_ended_when_its_time_was_up(
    admin: Administrator, agent: Agent, clock: ManualClock
) -> None:
    start = clock.now()
    await agent.start()

    await admin.advance(24 * 3600, silent=True)

    shown = await admin.agent(agent, "lostAt disconnectedAt")
    assert datetime.fromisoformat(shown["lostAt"]) == start + timedelta(minutes=3)
    assert datetime.fromisoformat(shown["disconnectedAt"]) == start + timedelta(minutes=63)
