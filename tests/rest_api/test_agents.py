"""Agents: listed while they are connected, shown in any state, told what to do."""

from typing import Any

import pytest

from tests.actors import Administrator, Agent, Refused, status_of
from tests.rest_api.actors import Caller
from tests.rest_api.conftest import Company
from tests.server import Served
from tests.shapes import has_shape

AGENTS = "/organizations/sandbox/agents"
MOMENT = "2026-01-01T00:00:00.000Z"
REGISTRATION: dict[str, Any] = {
    "hostname": "rack3",
    "os": "Debian 13",
    "arch": "amd64",
    "version": "3.137.0",
    "priority": "3",
    "meta_data": ["queue=default", "zone=b"],
}


def path(agent: Agent) -> str:
    return f"{AGENTS}/{agent.uuid}"


async def names(caller: Caller, **filters: str) -> list[str]:
    return [each["name"] for each in await caller.get(AGENTS, **filters)]


async def test_an_agent_shows_what_it_said_of_itself(
    server: Served, caller: Caller, cluster: str
) -> None:
    agent = Agent(server)
    server.http.headers["User-Agent"] = "buildkite-agent/3.137.0.x (linux; amd64)"
    await agent.start("rack3-1", **REGISTRATION)
    (queue,) = await caller.get(f"{cluster}/queues")

    (answer,) = await caller.get(AGENTS)

    assert has_shape("graphql id Agent", answer.pop("graphql_id"))
    assert answer == {
        "id": agent.uuid,
        "url": f"{server.url}/v2{path(agent)}",
        "web_url": f"{queue['web_url']}/agents/{agent.uuid}",
        "name": "rack3-1",
        "connection_state": "connected",
        "hostname": "rack3",
        "ip_address": "127.0.0.1",
        "user_agent": "buildkite-agent/3.137.0.x (linux; amd64)",
        "version": "3.137.0",
        "os_id": "linux",
        "arch": "amd64",
        "queue": "default",
        "creator": None,
        "created_at": MOMENT,
        "connected_at": MOMENT,
        "disconnected_at": None,
        "lost_at": None,
        "stopped_at": None,
        "job": None,
        "last_job_finished_at": None,
        "priority": 3,
        "meta_data": ["queue=default", "zone=b"],
        "paused": False,
        "paused_at": None,
        "paused_by": None,
        "paused_note": None,
        "paused_timeout_in_minutes": None,
    }
    assert await caller.get(caller.to(f"{server.url}/v2{path(agent)}")) == await caller.get(
        path(agent)
    )


async def test_an_agent_outside_clusters_is_shown_too(server: Served, caller: Caller) -> None:
    agent = await Agent(server, server.facts["unclustered_agent_token"]).start()

    (answer,) = await caller.get(AGENTS)

    assert answer["queue"] == "default"
    assert answer["priority"] is None
    assert answer["web_url"] == f"{server.url}/organizations/sandbox/agents/{agent.uuid}"


async def test_the_list_holds_connected_and_stopping_agents_only(
    server: Served, caller: Caller, admin: Administrator
) -> None:
    lost = await Agent(server).start("lost")
    await admin.advance(300, silent=True)
    await Agent(server).start("connected")
    await Agent(server).register("registered")
    stopping = await Agent(server).start("stopping")
    left = await Agent(server).start("left")
    await stopping.stop()
    await left.disconnect()

    listed = {each["name"]: each["connection_state"] for each in await caller.get(AGENTS)}

    assert listed == {"connected": "connected", "stopping": "stopping"}
    shown = await caller.get(path(lost))
    assert (shown["connection_state"], shown["lost_at"]) == ("lost", "2026-01-01T00:03:00.000Z")
    assert (await caller.get(path(left)))["connection_state"] == "disconnected"


async def test_filters_narrow_the_list(server: Served, caller: Caller, cluster: str) -> None:
    queue = await caller.post(f"{cluster}/queues", {"key": "deploy"})
    await Agent(server).start("one", hostname="a", version="3.1", meta_data=["queue=deploy"])
    await Agent(server).start("two", hostname="a", version="3.2")
    await Agent(server).start("three", hostname="b", version="3.1")

    assert await names(caller, hostname="a", version="3.1") == ["one"]
    assert await names(caller, name="two") == ["two"]
    assert await names(caller, name="tw") == []
    assert await names(caller, cluster_queue_id=queue["id"]) == ["one"]
    assert await names(caller, cluster_queue_id="unknown") == []
    assert sorted(await names(caller, name="", hostname="")) == ["one", "three", "two"]


async def test_a_stop_is_forced_unless_it_is_said_not_to_be(
    server: Served, caller: Caller, admin: Administrator
) -> None:
    forced, graceful = await Agent(server).start("a"), await Agent(server).start("b")

    answer = await caller.send("PUT", f"{path(forced)}/stop")
    await caller.put(f"{path(graceful)}/stop", {"force": False})

    assert (answer.status_code, answer.content) == (204, b"")
    told = "stopForcedAt stoppedGracefullyAt"
    assert (await admin.agent(forced, told))["stopForcedAt"]
    assert (await admin.agent(graceful, told))["stopForcedAt"] is None
    assert (await graceful.ping())["action"] == "disconnect"


async def test_a_stopped_agent_leaves_the_list_and_says_when(
    caller: Caller, admin: Administrator, agent: Agent
) -> None:
    await agent.start()
    await caller.put(f"{path(agent)}/stop", {"force": True})
    stopping = await caller.get(path(agent))
    await admin.advance(5)
    await agent.disconnect()

    stopped = await caller.get(path(agent))

    assert (stopping["connection_state"], stopping["stopped_at"]) == ("stopping", None)
    assert stopped["connection_state"] == "stopped"
    assert stopped["stopped_at"] == "2026-01-01T00:00:05.000Z"
    assert await caller.get(AGENTS) == []


async def test_only_agents_that_are_there_can_be_stopped(
    server: Served, caller: Caller, admin: Administrator
) -> None:
    lost, left = await Agent(server).start(), await Agent(server).start()
    await left.disconnect()
    await admin.advance(300, silent=True)
    registered = await Agent(server).register()

    for agent in (lost, left, registered):
        with pytest.raises(Refused) as refused:
            await caller.put(f"{path(agent)}/stop")

        assert refused.value.status == 400
        assert refused.value.message == "Can only stop connected agents"


async def test_a_pause_is_shown_with_who_why_and_how_long(caller: Caller, agent: Agent) -> None:
    await agent.start()

    await caller.put(f"{path(agent)}/pause", {"note": "disk swap", "timeout_in_minutes": 60})

    (shown,) = await caller.get(AGENTS)
    assert shown["connection_state"] == "connected"
    assert shown["paused"] is True
    assert shown["paused_at"] == MOMENT
    assert shown["paused_by"] == await caller.get("/user")
    assert (shown["paused_note"], shown["paused_timeout_in_minutes"]) == ("disk swap", 60)
    assert (await agent.ping())["action"] == "pause"


@pytest.mark.parametrize("body", [None, {}, {"note": "", "timeout_in_minutes": 0}])
async def test_a_pause_lasts_five_minutes_unless_told(
    caller: Caller, admin: Administrator, agent: Agent, body: dict[str, Any] | None
) -> None:
    await agent.start()
    await caller.put(f"{path(agent)}/pause", body)

    paused = await caller.get(path(agent))
    await admin.advance(300)

    assert (paused["paused_note"], paused["paused_timeout_in_minutes"]) == (None, 5)
    assert (await caller.get(path(agent)))["paused"] is False


async def test_a_pause_is_ended_once(caller: Caller, agent: Agent) -> None:
    await agent.start()
    await caller.put(f"{path(agent)}/pause")

    await caller.put(f"{path(agent)}/resume", {})

    with pytest.raises(Refused) as refused:
        await caller.put(f"{path(agent)}/resume", {})
    assert (refused.value.status, refused.value.message) == (422, "Agent is not paused")
    assert (await caller.get(path(agent)))["paused_at"] is None


async def test_only_a_connected_agent_that_is_not_paused_can_be_paused(
    server: Served, caller: Caller
) -> None:
    paused, left = await Agent(server).start(), await Agent(server).start()
    await caller.put(f"{path(paused)}/pause")
    await left.disconnect()

    for agent, message in (
        (paused, "Agent is already paused"),
        (left, "Only connected agents may be paused"),
    ):
        with pytest.raises(Refused) as refused:
            await caller.put(f"{path(agent)}/pause")

        assert (refused.value.status, refused.value.message) == (422, message)


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("stop", {"force": "yes"}),
        ("pause", {"timeout_in_minutes": -1}),
        ("pause", {"timeout_in_minutes": "5"}),
        ("pause", {"note": "x" * 10_001}),
    ],
)
async def test_what_cannot_be_meant_changes_nothing(
    caller: Caller, agent: Agent, act: str, body: dict[str, Any]
) -> None:
    await agent.start()
    before = await caller.get(path(agent))

    with pytest.raises(Refused) as refused:
        await caller.put(f"{path(agent)}/{act}", body)

    assert refused.value.status == 422
    assert refused.value.message.startswith("Validation failed: ")
    assert await caller.get(path(agent)) == before


async def test_an_agent_obeys_administrators_and_its_maintainers_only(
    server: Served, company: Company
) -> None:
    theirs = await Agent(server).start("theirs")
    unclustered = await Agent(server, server.facts["unclustered_agent_token"]).start("free")

    for agent, act in ((theirs, "stop"), (unclustered, "pause"), (theirs, "resume")):
        with pytest.raises(Refused) as refused:
            await company.member.put(f"{path(agent)}/{act}")
        assert (refused.value.status, refused.value.message) == (403, "Forbidden")

    assert await status_of(company.member.get(path(theirs))) == 200
    assert await status_of(company.maintainer.put(f"{path(unclustered)}/pause")) == 403
    assert await status_of(company.maintainer.put(f"{path(theirs)}/pause")) == 200


async def test_no_agent_is_found_by_what_is_none(caller: Caller) -> None:
    for act in ("", "/stop", "/pause", "/resume"):
        method = "PUT" if act else "GET"
        with pytest.raises(Refused) as refused:
            await caller.call(method, f"{AGENTS}/00000000-0000-4000-8000-000000000000{act}")
        assert (refused.value.status, refused.value.message) == (404, "No agent found")
