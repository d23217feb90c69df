"""`GET /_mock/agents`: every agent ever registered, and the agent token it used."""

from typing import Any

from tests.actors import Administrator, Agent
from tests.server import Served


async def test_every_agent_is_listed_with_the_token_it_used(
    server: Served, admin: Administrator
) -> None:
    clustered = await admin.create_agent_token()
    unclustered = await admin.create_unclustered_agent_token()
    agents = [
        await Agent(server, clustered["value"]).register("registered"),
        await Agent(server, unclustered["value"]).start("unclustered", meta_data=["os=linux"]),
        await Agent(server, clustered["value"]).start("left"),
    ]
    await agents[2].disconnect()

    listed = await listed_agents(server)

    assert [(each["name"], each["agent_token_uuid"]) for each in listed] == [
        ("registered", clustered["uuid"]),
        ("unclustered", unclustered["uuid"]),
        ("left", clustered["uuid"]),
    ]
    assert [each["uuid"] for each in listed] == [agent.uuid for agent in agents]
    assert [each["id"] for each in listed] == [await admin.agent_id(agent) for agent in agents]
    assert [each["connection_state"] for each in listed] == [
        "never_connected",
        "connected",
        "disconnected",
    ]
    assert listed[1]["meta_data"] == ["os=linux", "queue=default"]
    assert [each["disconnected_at"] is None for each in listed] == [True, True, False]


async def test_agents_of_every_organization_and_in_every_state_are_listed(
    server: Served, admin: Administrator
) -> None:
    planted = await admin.seed({"organizations": [{"slug": "rival"}]})
    await Agent(server).start("ours")
    await Agent(server, planted["organizations"][0]["agent_token"]).start("theirs")
    await admin.advance(240, silent=True)

    listed = await listed_agents(server)

    assert [each["name"] for each in listed] == ["ours", "theirs"]
    assert [each["connection_state"] for each in listed] == ["lost", "lost"]


async def test_a_rotation_can_wait_until_nobody_uses_the_old_token(
    server: Served, admin: Administrator
) -> None:
    old, new = await admin.create_agent_token("old"), await admin.create_agent_token("new")
    leaving = await Agent(server, old["value"]).start()
    await Agent(server, new["value"]).start()

    before = await users_of(server, old["uuid"])
    await leaving.disconnect()
    after = await users_of(server, old["uuid"])

    assert (before, after) == ([leaving.uuid], [])


async def listed_agents(server: Served) -> list[dict[str, Any]]:
    agents: list[dict[str, Any]] = (await server.http.get("/_mock/agents")).json()
    return agents


async def users_of(server: Served, agent_token_uuid: str) -> list[str]:
    """The agents that are there with a token."""
    return [
        each["uuid"]
        for each in await listed_agents(server)
        if each["agent_token_uuid"] == agent_token_uuid and each["disconnected_at"] is None
    ]
