"""`create_app(world)`: the whole server in a test's own event loop, without a socket."""

import asyncio
from datetime import timedelta

import httpx

from mock_buildkite.app import create_app
from mock_buildkite.clock import ManualClock
from mock_buildkite.opening import open_world
from mock_buildkite.settings import Settings


async def test_it_serves_every_api_under_any_name() -> None:
    async with open_world() as world:
        transport = httpx.ASGITransport(app=create_app(world))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            facts = (await http.post("/_mock/reset")).json()
            agent = await http.post(
                "/v3/register",
                json={"name": "runner"},
                headers={"Authorization": f"Token {facts['agent_token']}"},
            )
            agents = await http.post(
                "/v1",
                json={"query": '{ organization(slug: "sandbox") { agents { count } } }'},
                headers={"Authorization": f"Bearer {facts['api_access_token']}"},
            )
            healthy = await http.get("/healthz")

    assert facts["agent_endpoint"] == "http://test/v3"
    assert agent.json()["name"] == "runner"
    assert agents.json() == {"data": {"organization": {"agents": {"count": 1}}}}
    assert healthy.status_code == 200


async def test_its_facts_are_known_without_a_request() -> None:
    async with open_world(Settings(seed="two")) as world:
        slugs = [each.slug for each in world.introduction]
        tokens = [each.agent_token for each in world.introduction]

    assert slugs == ["acme", "rival"]
    assert None not in tokens


async def test_a_test_brings_its_own_clock() -> None:
    clock = ManualClock()
    async with open_world(clock=clock) as world:
        transport = httpx.ASGITransport(app=create_app(world))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            answer = await http.post("/_mock/clock", json={"advance_seconds": 60})

    assert answer.json()["now"] == "2026-01-01T00:01:00.000000+00:00"
    assert clock.offset == timedelta(minutes=1)


async def test_two_worlds_in_one_process_never_meet() -> None:
    async with open_world() as one, open_world() as other:
        transports = [httpx.ASGITransport(app=create_app(world)) for world in (one, other)]
        clients = [httpx.AsyncClient(transport=each, base_url="http://test") for each in transports]
        async with clients[0] as here, clients[1] as there:
            await here.post("/_mock/seed", json={"organizations": [{"slug": "rival"}]})
            await asyncio.gather(*(register(here) for _ in range(3)), register(there))
            counts = [len((await each.get("/_mock/agents")).json()) for each in (here, there)]
            await here.post("/_mock/reset")
            later = [len((await each.get("/_mock/agents")).json()) for each in (here, there)]
            planted = await there.post("/_mock/seed", json={"organizations": [{"slug": "rival"}]})

    assert counts == [3, 1]
    assert later == [0, 1]
    assert len(planted.json()["organizations"][0]["clusters"]) == 1


async def register(http: httpx.AsyncClient) -> None:
    """Register an agent with the token that every loopback world of one seed has."""
    async with open_world() as world:
        agent_token = world.introduction[0].agent_token
    answer = await http.post(
        "/v3/register",
        json={"name": "runner"},
        headers={"Authorization": f"Token {agent_token}"},
    )
    assert answer.status_code == 200
