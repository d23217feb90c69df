"""The end of an agent token: it admits no new agent, and those it admitted notice nothing."""

import asyncio
from datetime import timedelta

import pytest

from mock_buildkite.clock import ManualClock
from tests.actors import Administrator, Agent, Refused, status_of
from tests.server import Served

KINDS = ["clustered", "unclustered"]


async def create(admin: Administrator, kind: str) -> dict[str, str]:
    """An agent token of either kind: `id` and `value`."""
    if kind == "clustered":
        return await admin.create_agent_token()
    return await admin.create_unclustered_agent_token()


async def revoke(admin: Administrator, kind: str, token: dict[str, str]) -> None:
    if kind == "clustered":
        await admin.revoke_agent_token(token["id"])
    else:
        await admin.revoke_unclustered_agent_token(token["id"])


async def uses(server: Served, value: str) -> list[int]:
    """The statuses of all that an agent token is good for."""
    newcomer = Agent(server, value)
    return [
        await status_of(newcomer.register("newcomer")),
        await status_of(newcomer.metrics()),
        await status_of(newcomer.call("GET", "metrics/queue?name=default", token=value)),
        await status_of(newcomer.identity()),
    ]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_revoked_token_is_refused_wherever_an_agent_token_is_taken(
    server: Served, admin: Administrator, kind: str
) -> None:
    token = await create(admin, kind)
    before = await uses(server, token["value"])

    await revoke(admin, kind, token)

    assert before == [200, 200, 200, 200]
    assert await uses(server, token["value"]) == [401, 401, 401, 401]


@pytest.mark.parametrize("kind", KINDS)
async def test_agents_that_a_revoked_token_admitted_go_on(
    server: Served, admin: Administrator, kind: str
) -> None:
    token = await create(admin, kind)
    connected = await Agent(server, token["value"]).start("connected")
    registered_only = await Agent(server, token["value"]).register("registered")

    await revoke(admin, kind, token)

    await registered_only.connect()
    for _ in range(30):
        await admin.advance(120, silent=True)
        for agent in (connected, registered_only):
            assert await agent.ping() == {}
            await agent.heartbeat()
    await connected.connect()
    assert sorted(await admin.agents()) == ["connected", "registered"]
    assert await admin.state(connected) == await admin.state(registered_only) == "connected"


async def test_a_token_is_expired_at_the_very_moment_of_its_expiry(
    server: Served, admin: Administrator, clock: ManualClock
) -> None:
    expires_at = clock.now() + timedelta(hours=1)
    token = await admin.create_agent_token(expiresAt=expires_at.isoformat())

    await admin.advance(3599.999999)
    just_before = await uses(server, token["value"])
    await admin.advance(0.000001)

    assert clock.now() == expires_at
    assert just_before == [200, 200, 200, 200]
    assert await uses(server, token["value"]) == [401, 401, 401, 401]


async def test_agents_that_an_expired_token_admitted_go_on(
    server: Served, admin: Administrator, clock: ManualClock
) -> None:
    expires_at = clock.now() + timedelta(minutes=10)
    token = await admin.create_agent_token(expiresAt=expires_at.isoformat())
    connected = await Agent(server, token["value"]).start("connected")
    registered_only = await Agent(server, token["value"]).register("registered")

    await admin.advance(2 * 3600)

    assert await status_of(Agent(server, token["value"]).register("late")) == 401
    await registered_only.connect()
    for agent in (connected, registered_only):
        assert await agent.ping() == {}
        await agent.heartbeat()
        assert await admin.state(agent) == "connected"


async def test_a_refused_token_is_not_told_why(
    server: Served, admin: Administrator, clock: ManualClock
) -> None:
    revoked = await admin.create_agent_token()
    await admin.revoke_agent_token(revoked["id"])
    expires_at = clock.now() + timedelta(minutes=10)
    expired = await admin.create_agent_token(expiresAt=expires_at.isoformat())
    await admin.advance(600)

    messages = set()
    for value in (revoked["value"], expired["value"], revoked["value"][::-1]):
        with pytest.raises(Refused) as refused:
            await Agent(server, value).register()
        messages.add(refused.value.message)

    assert len(messages) == 1
    assert messages.pop().startswith("Invalid access token: no agent token has this value, or it")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_fleet_moves_to_a_second_token_and_none_of_it_is_disturbed(
    server: Served, admin: Administrator, kind: str
) -> None:
    first = await create(admin, kind)
    old = [await Agent(server, first["value"]).start(f"old-{i}") for i in range(3)]

    second = await create(admin, kind)
    new = [await Agent(server, second["value"]).start(f"new-{i}") for i in range(3)]
    assert await status_of(Agent(server, first["value"]).register("still welcome")) == 200
    await revoke(admin, kind, first)

    assert await status_of(Agent(server, first["value"]).register("late")) == 401
    new.append(await Agent(server, second["value"]).start("new-3"))
    for agent in [*old, *new]:
        assert await agent.ping() == {}
        await agent.heartbeat()
        assert await admin.state(agent) == "connected"
    for agent in old:
        await agent.disconnect()
        assert await admin.state(agent) == "disconnected"
    assert (await new[0].metrics())["agents"]["total"] == len(new)


@pytest.mark.parametrize("kind", KINDS)
async def test_after_the_answer_to_a_revocation_none_of_200_registrations_in_flight_succeeds(
    socket_server: Served, kind: str
) -> None:
    server, admin = socket_server, Administrator(socket_server)
    token = await create(admin, kind)
    uuid = (await Agent(server, token["value"]).identity())["uuid"]

    async def admitted() -> set[str]:
        agents = (await server.http.get("/_mock/agents")).json()
        return {agent["uuid"] for agent in agents if agent["agent_token_uuid"] == uuid}

    def begin(number: int) -> list[asyncio.Task[int]]:
        return [
            asyncio.create_task(status_of(Agent(server, token["value"]).register()))
            for _ in range(number)
        ]

    in_flight = begin(100)
    await asyncio.wait(in_flight, return_when=asyncio.FIRST_COMPLETED)
    revoking = asyncio.create_task(revoke(admin, kind, token))
    in_flight += begin(100)
    await revoking
    begun_after = begin(20)
    at_the_answer = await admitted()

    statuses = await asyncio.gather(*in_flight)
    assert await asyncio.gather(*begun_after) == [401] * 20
    assert await admitted() == at_the_answer
    assert set(statuses) == {200, 401}
    assert statuses.count(200) == len(at_the_answer) > 0
