"""Stopping, pausing and resuming agents."""

from typing import Any

import pytest

from tests.actors import Administrator, Agent, GraphQLRefused
from tests.server import Served

MOMENT = "2026-01-01T00:00:00Z"


@pytest.fixture
async def agent_id(admin: Administrator, agent: Agent) -> str:
    """The global ID of an agent that is connected."""
    return await admin.agent_id(await agent.start())


async def act(admin: Administrator, mutation: str, selection: str, **given: Any) -> Any:
    return (await admin.mutate(mutation, f"agent {{ {selection} }}", **given))["agent"]


@pytest.mark.parametrize(
    ("given", "graceful", "forced"),
    [
        ({}, MOMENT, None),
        ({"graceful": True}, MOMENT, None),
        ({"graceful": None}, MOMENT, None),
        ({"graceful": False}, None, MOMENT),
    ],
)
async def test_a_stop_is_graceful_unless_it_is_said_not_to_be(
    admin: Administrator,
    agent_id: str,
    given: dict[str, bool | None],
    graceful: str | None,
    forced: str | None,
) -> None:
    told = await act(
        admin,
        "agentStop",
        "id connectionState stoppedGracefullyAt stopForcedAt",
        id=agent_id,
        **given,
    )

    assert told == {
        "id": agent_id,
        "connectionState": "stopping",
        "stoppedGracefullyAt": graceful,
        "stopForcedAt": forced,
    }


async def test_a_stop_reaches_the_agent_at_its_next_ping(
    admin: Administrator, agent: Agent, agent_id: str
) -> None:
    await admin.mutate("agentStop", "clientMutationId", id=agent_id)

    ping = await agent.ping()

    assert ping["action"] == "disconnect"
    assert "Sandbox Admin" in ping["message"]


async def test_a_stop_can_be_repeated_and_forced(admin: Administrator, agent_id: str) -> None:
    await act(admin, "agentStop", "id", id=agent_id)
    await admin.advance(5)
    await act(admin, "agentStop", "id", id=agent_id, graceful=False)

    told = await act(
        admin, "agentStop", "connectionState stoppedGracefullyAt stopForcedAt", id=agent_id
    )

    assert told["connectionState"] == "stopping"
    assert told["stopForcedAt"] == "2026-01-01T00:00:05Z"


@pytest.mark.parametrize("mutation", ["agentStop", "agentPause", "agentResume"])
async def test_an_agent_that_left_cannot_be_told_anything(
    admin: Administrator, agent: Agent, agent_id: str, mutation: str
) -> None:
    await agent.disconnect()

    with pytest.raises(GraphQLRefused) as refused:
        await act(admin, mutation, "id", id=agent_id)

    assert refused.value.status == 200
    assert refused.value.data == {mutation: None}
    assert "disconnected" in refused.value.message


async def test_an_agent_that_never_connected_or_is_lost_can_be_stopped(
    server: Served, admin: Administrator
) -> None:
    lost = await Agent(server).start("lost")
    await admin.advance(300, silent=True)
    registered = await Agent(server).register("registered")

    for agent, state in ((lost, "lost"), (registered, "stopping")):
        told = await act(
            admin,
            "agentStop",
            "connectionState stoppedGracefullyAt",
            id=await admin.agent_id(agent),
        )

        assert told["connectionState"] == state
        assert told["stoppedGracefullyAt"] is not None


async def test_a_pause_lasts_five_minutes_unless_told(
    admin: Administrator, agent: Agent, agent_id: str
) -> None:
    told = await act(
        admin, "agentPause", "paused pausedAt pausedNote pausedTimeoutInMinutes", id=agent_id
    )
    ping = await agent.ping()
    await admin.advance(299)
    still = await admin.agent(agent, "paused")
    await admin.advance(1)

    assert told == {
        "paused": True,
        "pausedAt": MOMENT,
        "pausedNote": None,
        "pausedTimeoutInMinutes": 5,
    }
    assert ping["action"] == "pause"
    assert "Sandbox Admin" in ping["message"]
    assert "2026-01-01 00:05:00 UTC" in ping["message"]
    assert still == {"paused": True}
    over = await admin.agent(agent, "paused pausedAt pausedBy { id } pausedTimeoutInMinutes")
    assert over == {
        "paused": False,
        "pausedAt": None,
        "pausedBy": None,
        "pausedTimeoutInMinutes": 0,
    }
    assert await agent.ping() == {}


async def test_note_and_timeout_are_kept(admin: Administrator, agent: Agent, agent_id: str) -> None:
    told = await act(
        admin,
        "agentPause",
        "pausedNote pausedTimeoutInMinutes pausedBy { name }",
        id=agent_id,
        note="Pruning Docker caches",
        timeoutInMinutes=60,
    )

    assert told == {
        "pausedNote": "Pruning Docker caches",
        "pausedTimeoutInMinutes": 60,
        "pausedBy": {"name": "Sandbox Admin"},
    }
    assert "Pruning Docker caches" in (await agent.ping())["message"]


@pytest.mark.parametrize("given", [{"note": None}, {"note": ""}, {"timeoutInMinutes": None}])
async def test_zero_values_are_nothing_given(
    admin: Administrator, agent_id: str, given: dict[str, Any]
) -> None:
    told = await act(admin, "agentPause", "pausedNote pausedTimeoutInMinutes", id=agent_id, **given)

    assert told == {"pausedNote": None, "pausedTimeoutInMinutes": 5}


@pytest.mark.parametrize("minutes", [-1, -2147483648, 2147483647])
async def test_an_impossible_timeout_is_refused(
    admin: Administrator, agent: Agent, agent_id: str, minutes: int
) -> None:
    with pytest.raises(GraphQLRefused) as refused:
        await act(admin, "agentPause", "id", id=agent_id, timeoutInMinutes=minutes)

    assert "Timeout in minutes" in refused.value.message
    assert await admin.agent(agent, "paused") == {"paused": False}


async def test_resuming_ends_a_pause(admin: Administrator, agent: Agent, agent_id: str) -> None:
    await act(admin, "agentPause", "id", id=agent_id)

    told = await act(admin, "agentResume", "uuid paused pausedAt", id=agent_id)

    assert told == {"uuid": agent.uuid, "paused": False, "pausedAt": None}
    assert await agent.ping() == {}


async def test_an_agent_that_is_not_paused_cannot_be_resumed(
    admin: Administrator, agent_id: str
) -> None:
    with pytest.raises(GraphQLRefused) as refused:
        await act(admin, "agentResume", "id", id=agent_id)

    assert refused.value.message == "Agent is not paused"


@pytest.mark.parametrize("mutation", ["agentStop", "agentPause"])
async def test_the_client_mutation_id_comes_back(
    admin: Administrator, agent_id: str, mutation: str
) -> None:
    for mutation_id in ("mine", "", None):
        payload = await admin.mutate(
            mutation, "clientMutationId", id=agent_id, clientMutationId=mutation_id
        )

        assert payload == {"clientMutationId": mutation_id}


async def test_what_was_refused_leaves_nothing_of_itself_behind(
    admin: Administrator, agent: Agent, agent_id: str
) -> None:
    before = await admin.agent(agent, "connectionState paused stoppedAt")
    mutation = """mutation ($id: ID!) {
        no: agentPause(input: {id: $id, timeoutInMinutes: -5}) { agent { id } }
        yes: agentPause(input: {id: $id, note: "yes"}) { agent { pausedNote } } }"""

    with pytest.raises(GraphQLRefused) as refused:
        await admin.graphql(mutation, id=agent_id)

    assert refused.value.data == {"no": None, "yes": {"agent": {"pausedNote": "yes"}}}
    after = await admin.agent(agent, "connectionState paused stoppedAt")
    assert after == {**before, "paused": True}
