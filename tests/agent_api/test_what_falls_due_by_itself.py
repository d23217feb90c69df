"""What becomes of agents while time goes by on its own: nobody moves it, and nobody looks."""

from datetime import UTC, datetime, timedelta

from mock_buildkite.clock import Clock
from mock_buildkite.settings import Settings
from tests.actors import Administrator, Agent, status_of
from tests.clients.waiting import eventually
from tests.server import serve_on_a_socket


async def test_a_silent_agent_is_given_up() -> None:
    settings = Settings(lost_after_seconds=1, session_ends_after_seconds=1)
    async with serve_on_a_socket(settings, Clock()) as server:
        agent = await Agent(server).start()

        async with agent.stream() as stream:
            assert await stream.next() == ("resume", "")
            assert await stream.next() is None

        assert await Administrator(server).state(agent) == "disconnected"
        assert await status_of(agent.ping()) == 401


async def test_an_agent_that_came_back_is_lost_again() -> None:
    async with serve_on_a_socket(Settings(lost_after_seconds=1), Clock()) as server:
        admin, agent = Administrator(server), await Agent(server).start()

        async def is_lost() -> bool:
            return await admin.state(agent) == "lost"

        await eventually(is_lost, lambda: "it is not lost")
        await agent.heartbeat()
        assert await admin.state(agent) == "connected"
        await eventually(is_lost, lambda: "it is not lost")


async def test_after_the_machine_slept_pauses_are_over_and_sessions_have_their_full_time() -> None:
    present = datetime(2026, 1, 1, tzinfo=UTC)
    async with serve_on_a_socket(Settings(), Clock(lambda: present)) as server:
        admin = Administrator(server)
        paused, silent = await Agent(server).start("paused"), await Agent(server).start("silent")
        await paused.pause(timeout_in_minutes=1)

        async with paused.stream() as stream:
            assert (await stream.next() or ("", ""))[0] == "pause"
            present += timedelta(seconds=100)
            # The server finds at the end of a nap of five seconds that it took a hundred.
            assert await stream.next(within_seconds=9) == ("resume", "")

        assert await silent.ping() == {}
        await admin.advance(179, silent=True)
        assert await admin.state(paused) == await admin.state(silent) == "connected"
        await admin.advance(1, silent=True)
        assert await admin.state(paused) == await admin.state(silent) == "lost"
