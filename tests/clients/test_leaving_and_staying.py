"""Real agents that end, are left over, or outlive their server."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.clients.agents import Fleet, reaching
from tests.clients.conftest import SHORT_INTERVALS
from tests.clients.operators import Operator
from tests.clients.waiting import eventually
from tests.command_line.processes import acted_on, serve
from tests.server import Served

pytestmark = pytest.mark.real_agent


async def test_ctrl_c_disconnects_an_agent_and_the_api_shows_it(
    server: Served, admin: Operator, fleet: Fleet
) -> None:
    agent = fleet.start(*reaching(server))
    await agent.is_ready()
    assert len(await admin.agents()) == 1

    agent.interrupt()

    assert await agent.exit_status() == 0
    await agent.says("Disconnected")
    view = await admin.view(agent)
    assert view["connectionState"] == "disconnected"
    assert view["disconnectedAt"] is not None
    assert await admin.agents() == []


async def test_an_agent_left_over_from_before_a_reset_leaves_and_never_appears_after_it(
    server: Served, admin: Operator, fleet: Fleet
) -> None:
    agent = fleet.start(*reaching(server))
    await agent.is_ready()

    await admin.control("reset")

    async def look() -> bool:
        assert await admin.registered() == []
        return not agent.is_running

    await eventually(look, lambda: f"it stays. Its log:\n{agent.log}", within_seconds=20)
    assert "Ping failed with unrecoverable status: 401 Unauthorized" in agent.log
    if fleet.release.streams:  # one that streams would have hung on a refused heartbeat
        assert "Heartbeat failed" not in agent.log
    assert await admin.registered() == []


async def test_an_agent_recovers_when_its_killed_server_is_back_with_its_data(
    fleet: Fleet, tmp_path: Path
) -> None:
    options = ("--data", tmp_path / "data", *SHORT_INTERVALS)
    with serve(*options) as process:
        async with acted_on(process) as served:
            agent = fleet.start(*reaching(served))
            await agent.is_ready()
            before = await Operator(served).sees_connected(agent)
        facts = process.facts
        process.kill()
    await agent.says("connection refused")

    with serve(*options, "--port", urlsplit(facts["url"]).port) as process:
        async with acted_on(process) as served:
            admin = Operator(served, facts)
            await admin.hears(agent, since=await admin.now(), within_seconds=20)
            after = await admin.view(agent)
            [only] = await admin.registered()
            await admin.stop(after["id"])
            status = await agent.exit_status(within_seconds=20)

            assert (await admin.view(agent))["connectionState"] == "stopped"
    assert (after["uuid"], after["connectionState"]) == (before["uuid"], "connected")
    assert only["uuid"] == before["uuid"]
    assert status == 0
