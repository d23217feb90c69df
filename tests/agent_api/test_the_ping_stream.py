"""The ping stream: what an agent is told, the moment it is decided."""

from tests.actors import Administrator, Agent
from tests.server import Served


async def test_a_pause_reaches_the_agent_by_stream(socket_server: Served) -> None:
    admin, agent = Administrator(socket_server), await Agent(socket_server).start()

    async with agent.stream() as stream:
        assert await stream.next() == ("resume", "")
        await admin.mutate(
            "agentPause", "agent { paused }", id=await admin.agent_id(agent), note="disk"
        )
        action, reason = await stream.next() or ("", "")

    assert action == "pause"
    assert "Sandbox Admin: disk" in reason
