"""Two servers in one process: what happens in one is not known in the other."""

from collections.abc import AsyncIterator

import pytest

from mock_buildkite.clock import ManualClock
from mock_buildkite.settings import Settings
from tests.actors import Administrator, Agent, Refused
from tests.server import Served, serve_on_a_socket


@pytest.fixture
async def two(socket_server: Served) -> AsyncIterator[tuple[Served, Served]]:
    """Two that were told the same and began alike, each on a port and with a clock of its own."""
    async with serve_on_a_socket(Settings(), ManualClock()) as other:
        yield socket_server, other


async def names_in(server: Served) -> list[str]:
    agents = (await server.http.get("/_mock/agents")).json()
    return [agent["name"] for agent in agents]


async def now_in(server: Served) -> str:
    answer = await Administrator(server).control("clock", {"advance_seconds": 0})
    now: str = answer["now"]
    return now


async def test_they_print_the_same_and_are_two(two: tuple[Served, Served]) -> None:
    one, other = two

    assert one.facts["agent_token"] == other.facts["agent_token"]
    assert one.facts["organization_id"] == other.facts["organization_id"]
    assert one.url != other.url


async def test_agents_of_one_are_not_in_the_other(two: tuple[Served, Served]) -> None:
    one, other = two
    here = await Agent(one).start("here")
    there = await Agent(other).start("there")

    assert here.uuid != there.uuid
    assert (await names_in(one), await names_in(other)) == (["here"], ["there"])
    assert await Administrator(one).agents() == ["here"]
    assert (await here.metrics())["agents"]["total"] == 1


async def test_a_session_token_of_one_opens_nothing_in_the_other(
    two: tuple[Served, Served],
) -> None:
    one, other = two
    agent = await Agent(one).start()
    stray = Agent(other)
    stray.session_token = agent.session_token

    for call in (stray.ping, stray.heartbeat, stray.connect, stray.disconnect):
        with pytest.raises(Refused) as refused:
            await call()
        assert refused.value.status == 401

    assert await agent.ping() == {}


async def test_an_agent_token_made_in_one_admits_nobody_to_the_other(
    two: tuple[Served, Served],
) -> None:
    one, other = two
    made = await Administrator(one).create_agent_token()

    with pytest.raises(Refused) as refused:
        await Agent(other, made["value"]).register()

    assert refused.value.status == 401
    await Agent(one, made["value"]).register()


async def test_an_agent_token_revoked_in_one_is_good_in_the_other(
    two: tuple[Served, Served],
) -> None:
    one, other = two
    admin = Administrator(one)
    found = await admin.graphql(
        "query ($slug: ID!) { organization(slug: $slug)"
        " { agentTokens(first: 1) { edges { node { id } } } } }",
        slug=one.facts["organization_slug"],
    )
    token_id = found["organization"]["agentTokens"]["edges"][0]["node"]["id"]

    await admin.revoke_unclustered_agent_token(token_id)

    value = one.facts["unclustered_agent_token"]
    with pytest.raises(Refused) as refused:
        await Agent(one, value).register()
    assert refused.value.status == 401
    await Agent(other, value).register()


async def test_what_is_seeded_into_one_is_not_in_the_other(two: tuple[Served, Served]) -> None:
    one, other = two
    planted = await Administrator(one).seed({"organizations": [{"slug": "rival"}]})
    token = planted["organizations"][0]["agent_token"]

    await Agent(one, token).register()

    with pytest.raises(Refused) as refused:
        await Agent(other, token).register()
    assert refused.value.status == 401


async def test_time_that_passes_in_one_stands_still_in_the_other(
    two: tuple[Served, Served],
) -> None:
    one, other = two
    lost, there = await Agent(one).start(), await Agent(other).start()
    before = await now_in(other)

    await Administrator(one).advance(240, silent=True)

    assert await Administrator(one).state(lost) == "lost"
    assert await Administrator(other).state(there) == "connected"
    assert await now_in(other) == before
    assert await now_in(one) > before


async def test_a_reset_of_one_leaves_the_agents_of_the_other_alone(
    two: tuple[Served, Served],
) -> None:
    one, other = two
    gone, there = await Agent(one).start("gone"), await Agent(other).start("there")

    async with there.stream() as stream:
        assert await stream.next() == ("resume", "")
        await Administrator(one).control("reset")
        await there.pause(note="still heard")
        action, reason = await stream.next() or ("", "")

    assert (action, "still heard" in reason) == ("pause", True)
    with pytest.raises(Refused) as refused:
        await gone.ping()
    assert refused.value.status == 401
    assert (await names_in(one), await names_in(other)) == ([], ["there"])


async def test_one_goes_on_when_the_other_has_ended(socket_server: Served) -> None:
    agent = await Agent(socket_server).start()

    async with serve_on_a_socket(Settings(), ManualClock()) as brief:
        await Agent(brief).start()

    assert await agent.ping() == {}
    assert (await socket_server.http.get("/healthz")).status_code == 200
