"""An agent with a stream leaves when both its ping and its stream were refused, not before."""

from collections.abc import Awaitable, Callable

import pytest

from tests.actors import Administrator, Agent, Refused
from tests.server import Served


async def reset(admin: Administrator) -> None:
    await admin.control("reset")


async def give_up(admin: Administrator) -> None:
    await admin.advance(2 * 3600, silent=True)


@pytest.mark.parametrize("end", [reset, give_up])
async def test_its_heartbeats_are_answered_until_its_ping_and_its_stream_were_refused(
    socket_server: Served, end: Callable[[Administrator], Awaitable[None]]
) -> None:
    agent = await Agent(socket_server).start()
    async with agent.stream() as stream:
        assert await stream.next() == ("resume", "")
        await end(Administrator(socket_server))
        assert await stream.next() is None

    with pytest.raises(Refused) as ping:
        await agent.ping()
    assert ping.value.status == 401
    await agent.heartbeat()

    with pytest.raises(Refused) as reopening:
        async with agent.stream():
            pass
    assert reopening.value.status == 401
    with pytest.raises(Refused) as heartbeat:
        await agent.heartbeat()
    assert heartbeat.value.status == 401
