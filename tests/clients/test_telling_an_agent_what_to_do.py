"""Stop, pause and resume, as a real agent's own log tells of them."""

import time
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.clients.agents import Fleet, reaching
from tests.clients.conftest import SHORT_INTERVALS
from tests.clients.operators import Operator
from tests.command_line.processes import ServeProcess, acted_on, serve
from tests.server import Served

pytestmark = pytest.mark.real_agent

BY_STREAM_SECONDS = 0.5


@pytest.fixture(scope="module")
def polled_process() -> Iterator[ServeProcess]:
    with serve("--no-ping-stream", *SHORT_INTERVALS) as process:
        yield process


@pytest.fixture
async def polled_server(polled_process: ServeProcess) -> AsyncIterator[Served]:
    """A server that agents have to poll."""
    async with acted_on(polled_process) as served:
        await Operator(served).control("reset")
        yield served


async def test_a_stop_makes_an_agent_leave(server: Served, admin: Operator, fleet: Fleet) -> None:
    agent = fleet.start(*reaching(server))
    await agent.is_ready()
    agent_id = (await admin.sees_connected(agent))["id"]

    await admin.stop(agent_id)
    decided = time.perf_counter()

    heard = await agent.says("Stopped by Sandbox Admin")
    if fleet.release.streams:
        assert heard - decided < BY_STREAM_SECONDS
    assert await agent.exit_status() == 0
    await agent.says("Disconnected")
    assert (await admin.view(agent))["connectionState"] == "stopped"


async def test_a_pause_and_its_end_reach_an_agent_by_its_stream(
    server: Served, admin: Operator, fleet: Fleet
) -> None:
    if not fleet.release.streams:
        pytest.skip(f"{fleet.release.version} has no ping stream")
    agent = fleet.start(*reaching(server))
    await agent.is_ready()
    agent_id = (await admin.sees_connected(agent))["id"]

    await admin.pause(agent_id, note="disk is full")
    paused = time.perf_counter()
    heard_of_pause = await agent.says("Pause reason: Paused by Sandbox Admin: disk is full (until ")
    view = await admin.view(agent)
    await admin.resume(agent_id)
    resumed = time.perf_counter()
    heard_of_resume = await agent.says("Agent has resumed after being paused")

    assert heard_of_pause - paused < BY_STREAM_SECONDS
    assert heard_of_resume - resumed < BY_STREAM_SECONDS
    assert (view["paused"], view["connectionState"]) == (True, "connected")


async def test_an_agent_goes_on_by_itself_when_the_time_of_its_pause_is_up(
    server: Served, admin: Operator, fleet: Fleet
) -> None:
    if not fleet.release.knows_pause:
        pytest.skip(f"{fleet.release.version} knows no pause")
    agent = fleet.start(*reaching(server))
    await agent.is_ready()
    agent_id = (await admin.sees_connected(agent))["id"]
    await admin.pause(agent_id, timeoutInMinutes=60)
    await agent.says("Paused by Sandbox Admin (until ")

    await admin.advance(3600)

    await agent.says("Agent has resumed after being paused")
    assert (await admin.view(agent))["paused"] is False


async def test_an_agent_that_knows_no_pause_logs_it_and_stays_connected(
    server: Served, admin: Operator, fleet: Fleet
) -> None:
    if fleet.release.knows_pause:
        pytest.skip(f"{fleet.release.version} knows pauses")
    agent = fleet.start(*reaching(server))
    await agent.is_ready()
    agent_id = (await admin.sees_connected(agent))["id"]

    await admin.pause(agent_id, note="disk is full")

    await agent.says("Paused by Sandbox Admin: disk is full (until ")
    await admin.hears(agent, since=await admin.now())
    assert (await admin.view(agent))["connectionState"] == "connected"


async def test_a_forced_stop_makes_an_agent_leave(
    server: Served, admin: Operator, fleet: Fleet
) -> None:
    agent = fleet.start(*reaching(server))
    await agent.is_ready()
    agent_id = (await admin.sees_connected(agent))["id"]

    await admin.stop(agent_id, graceful=False)

    assert await agent.exit_status() == 0
    await agent.says("Stopped by Sandbox Admin")
    view = await admin.view(agent)
    assert view["connectionState"] == "stopped"
    assert view["stopForcedAt"] is not None


async def test_without_the_stream_its_next_ping_tells_an_agent(
    polled_server: Served, fleet: Fleet
) -> None:
    admin = Operator(polled_server)
    agent = fleet.start(*reaching(polled_server))
    if fleet.release.streams:
        await agent.says("permanently falling back to polling-based ping mode")
    agent_id = (await admin.sees_connected(agent))["id"]

    if fleet.release.knows_pause:
        await admin.pause(agent_id, note="disk is full")
        await agent.says("Paused by Sandbox Admin: disk is full (until ")
        await admin.resume(agent_id)
        await agent.says("Agent has resumed after being paused")
    await admin.stop(agent_id)

    await agent.says("Stopped by Sandbox Admin")
    assert await agent.exit_status() == 0
    assert (await admin.view(agent))["connectionState"] == "stopped"
    assert "Ping stream connection established" not in agent.log
