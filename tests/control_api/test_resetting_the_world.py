"""`POST /_mock/reset`: the world as it was at first, for the next test, with no left-overs."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

import pytest

from mock_buildkite.clock import ManualClock
from mock_buildkite.settings import Settings
from tests.actors import Administrator, Agent, Refused
from tests.server import Served, serve_on_a_socket


async def test_the_answer_is_what_was_printed(server: Served, admin: Administrator) -> None:
    answer = await admin.control("reset")

    assert answer == server.facts


async def test_what_was_made_since_is_gone(server: Served, admin: Administrator) -> None:
    token = await admin.create_agent_token()
    await admin.seed({"organizations": [{"slug": "rival"}]})
    await Agent(server, token["value"]).start()

    await admin.control("reset")

    assert await status(Agent(server, token["value"]).register()) == 401
    assert await admin.agents() == []
    assert (await server.http.get("/_mock/agents")).json() == []
    planted = await admin.seed({"organizations": [{"slug": "rival"}]})
    assert len(planted["organizations"][0]["clusters"]) == 1


async def test_what_was_revoked_is_good_again(server: Served, admin: Administrator) -> None:
    data = await admin.graphql("{ viewer { id } }")
    await admin.revoke_agent_token(await token_id(admin))
    assert await status(Agent(server).register()) == 401

    await admin.control("reset")

    assert await status(Agent(server).register()) == 200
    assert await admin.graphql("{ viewer { id } }") == data


async def test_no_id_or_session_token_is_drawn_twice(server: Served, admin: Administrator) -> None:
    ids, session_tokens = set(), set()

    for _ in range(5):
        agent = await Agent(server).register("same")
        ids.add(agent.uuid)
        session_tokens.add(agent.session_token)
        await admin.control("reset")

    assert len(ids) == len(session_tokens) == 5


async def test_the_clock_is_back_in_the_present(admin: Administrator, clock: ManualClock) -> None:
    start = clock.now()
    await admin.advance(7200)

    await admin.control("reset")

    now = await admin.control("clock", {"advance_seconds": 0})
    assert datetime.fromisoformat(now["now"]) == start


async def test_a_left_over_agent_learns_of_its_end_and_never_appears(
    server: Served, admin: Administrator
) -> None:
    left_over = await Agent(server).start("left-over")

    await admin.control("reset")

    # Its heartbeats are answered meanwhile: the real agent hangs on a refused one.
    await left_over.heartbeat()
    await left_over.heartbeat()
    assert await status(left_over.ping()) == 401
    assert await status(left_over.heartbeat()) == 401
    assert await status(left_over.connect()) == 401
    assert (await server.http.get("/_mock/agents")).json() == []


async def test_the_heartbeats_of_a_left_over_agent_are_answered_for_a_minute(
    server: Served, admin: Administrator
) -> None:
    left_over = await Agent(server).start("left-over")
    await admin.advance(7200)

    await admin.control("reset")

    await admin.advance(59)
    await left_over.heartbeat()
    await admin.advance(1)
    assert await status(left_over.heartbeat()) == 401


async def test_a_second_reset_takes_nothing_from_that_minute_and_adds_nothing(
    server: Served, admin: Administrator
) -> None:
    unaware = await Agent(server).start("unaware")
    aware = await Agent(server).start("aware")
    gone = await Agent(server).start("gone")
    await gone.disconnect()
    await admin.control("reset")
    assert await status(aware.ping()) == 401
    await admin.advance(40)

    await admin.control("reset")

    await unaware.heartbeat()
    assert await status(aware.heartbeat()) == 401
    assert await status(gone.heartbeat()) == 401
    await admin.advance(20)
    assert await status(unaware.heartbeat()) == 401


async def test_streams_end(socket_server: Served) -> None:
    admin, agent = Administrator(socket_server), await Agent(socket_server).start()

    async with agent.stream() as stream:
        assert await stream.next() == ("resume", "")
        await admin.control("reset")

        assert await stream.next() is None
    with pytest.raises(Refused) as refused:
        async with agent.stream():
            pass
    assert refused.value.status == 401


async def test_a_data_directory_is_reset_too(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")
    async with serve_on_a_socket(settings, ManualClock()) as served:
        first = served.facts
        await Agent(served).start("early")

    async with serve_on_a_socket(settings, ManualClock()) as served:
        admin = Administrator(served, first)
        assert served.facts["agent_token"] is None
        again = await admin.control("reset")
        agents = await admin.agents()
    async with serve_on_a_socket(settings, ManualClock()) as served:
        agents_later = await Administrator(served, first).agents()

    assert again["organizations"] == first["organizations"]
    assert agents == agents_later == []


async def test_chosen_values_stay(
    make_server: Callable[[Settings], Awaitable[Served]], tmp_path: Path
) -> None:
    value = os.urandom(20).hex()
    seed = tmp_path / "seed.yaml"
    seed.write_text(
        f"organizations: [{{slug: acme, agent_tokens: [{{description: d, value: {value!r}}}]}}]"
    )
    served = await make_server(Settings(seed=str(seed)))

    facts = await Administrator(served).control("reset")

    assert facts["unclustered_agent_token"] == value
    assert await status(Agent(served, value).register()) == 200


async def test_requests_meet_the_old_world_or_the_new_one_but_no_fault(
    socket_server: Served,
) -> None:
    server, admin = socket_server, Administrator(socket_server)
    statuses: list[int] = []
    over = asyncio.Event()

    async def register() -> None:
        while not over.is_set():
            agent = Agent(server)
            statuses.append(await status(agent.register()))
            statuses.append(await status(agent.ping()))

    async def ask() -> None:
        number = 0
        while not over.is_set():
            # Each a new document, which is parsed and checked outside the database.
            number += 1
            answer = await admin.post({"query": f"{{ n{number}_{id(over)}: viewer {{ id }} }}"})
            statuses.append(answer.status_code)

    workers = [asyncio.create_task(work()) for work in (register, register, ask, ask)]
    for _ in range(20):
        await admin.control("reset")
    over.set()
    await asyncio.gather(*workers)

    assert set(statuses) == {200, 401}


async def test_resets_at_once_follow_one_another(server: Served, admin: Administrator) -> None:
    answers = await asyncio.gather(*(admin.control("reset") for _ in range(5)))

    assert answers == [server.facts] * 5
    assert await status(Agent(server).register()) == 200


async def status(call: Awaitable[object]) -> int:
    try:
        await call
    except Refused as refused:
        return refused.status
    return 200


async def token_id(admin: Administrator) -> str:
    """The GraphQL ID of the first cluster's only agent token."""
    data = await admin.graphql(
        "query ($slug: ID!, $id: ID!) { organization(slug: $slug)"
        " { cluster(id: $id) { agentTokens(first: 9) { edges { node { id } } } } } }",
        slug=admin.facts["organization_slug"],
        id=admin.facts["cluster_id"],
    )
    [edge] = data["organization"]["cluster"]["agentTokens"]["edges"]
    node_id: str = edge["node"]["id"]
    return node_id
