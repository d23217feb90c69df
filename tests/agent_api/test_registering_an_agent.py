"""Registering: what an agent token buys."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from mock_buildkite.clock import ManualClock
from mock_buildkite.settings import Settings
from tests.actors import Administrator, Agent, Refused
from tests.server import Served, serve_in_process

BASE58 = "[1-9A-HJ-NP-Za-km-z]"


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


async def test_the_answer_has_what_an_agent_needs_and_nothing_else(agent: Agent) -> None:
    await agent.register()

    assert agent.registered == {
        "id": agent.uuid,
        "name": "runner",
        "access_token": agent.session_token,
        "ping_interval": 1,
        "heartbeat_interval": 10,
        "job_status_interval": 1,
        "meta_data": ["queue=default"],
    }


async def test_the_intervals_are_settings(clock: ManualClock) -> None:
    settings = Settings(
        ping_interval_seconds=7, heartbeat_interval_seconds=8, job_status_interval_seconds=9
    )

    async with serve_in_process(settings, clock) as server:
        registered = (await Agent(server).register()).registered

    intervals = ("ping_interval", "heartbeat_interval", "job_status_interval")
    assert [registered[interval] for interval in intervals] == [7, 8, 9]


async def test_ids_and_session_tokens_have_buildkites_form(agent: Agent) -> None:
    await agent.register()

    assert re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", agent.uuid)
    assert re.fullmatch(rf"bkaa_[A-Za-z0-9+/]+\.{BASE58}{{77}}", agent.session_token)


async def test_session_tokens_are_random_also_where_the_others_are_well_known(
    make_server: Callable[[Settings], Awaitable[Served]],
) -> None:
    one, other = await make_server(Settings()), await make_server(Settings())

    agents = [await Agent(server).register() for server in (one, other, one)]

    assert one.facts["agent_token"] == other.facts["agent_token"]
    assert len({agent.session_token for agent in agents}) == 3
    assert len({agent.uuid for agent in agents}) == 3


async def test_the_session_token_is_shown_once_and_kept_by_nobody(
    server: Served, admin: Administrator, agent: Agent
) -> None:
    answer = await server.http.post(
        "/v3/register", headers={"Authorization": f"Token {agent.agent_token}"}
    )
    agent.session_token, agent.uuid = answer.json()["access_token"], answer.json()["id"]

    await agent.connect()
    later: list[Any] = [
        await agent.ping(),
        await agent.heartbeat(),
        await agent.metrics(),
        await agent.identity(),
        await admin.agent(agent, "id uuid name metaData userAgent connectionState"),
        (await server.http.get("/_mock/agents")).json(),
    ]

    assert answer.headers["cache-control"] == "no-store"
    secret = agent.session_token.partition(".")[2]
    assert secret not in repr(later)


async def test_an_agent_is_connected_once_it_says_so(admin: Administrator, agent: Agent) -> None:
    await agent.register()
    registered = await admin.state(agent)
    await agent.connect()

    assert (registered, await admin.state(agent)) == ("never_connected", "connected")
