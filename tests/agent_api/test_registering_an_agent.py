"""Registering: what an agent token buys."""

import pytest

from tests.actors import Administrator, Agent, Refused
from tests.server import Served


async def test_an_agent_token_is_exchanged_for_a_session_token(agent: Agent) -> None:
    await agent.register("builder-1", meta_data=["os=linux"])

    assert agent.registered["name"] == "builder-1"
    assert agent.session_token.startswith("bkaa_")
    assert agent.registered["meta_data"] == ["os=linux", "queue=default"]
    assert "endpoint" not in agent.registered


async def test_a_revoked_agent_token_admits_no_new_agent_and_disturbs_no_connected_one(
    server: Served, admin: Administrator
) -> None:
    token = await admin.create_agent_token()
    connected = await Agent(server, token["value"]).start("early")

    await admin.revoke_agent_token(token["id"])

    with pytest.raises(Refused) as refused:
        await Agent(server, token["value"]).register("late")
    assert refused.value.status == 401
    assert await connected.ping() == {}
    await connected.heartbeat()
    assert await admin.state(connected) == "connected"
