"""Cluster queues: made, changed, paused, deleted."""

from typing import Any

import pytest

from tests.actors import Administrator, Agent, Refused, status_of
from tests.rest_api.actors import Caller
from tests.rest_api.conftest import Company
from tests.server import Served
from tests.shapes import has_shape

MOMENT = "2026-01-01T00:00:00.000Z"
LINUX = {
    "machine_type": "linux",
    "architecture": "amd64",
    "cpu": 2,
    "memory": 4,
    "name": "LINUX_AMD64_2X4",
}


@pytest.fixture
async def queue(caller: Caller, cluster: str) -> str:
    """The path of a queue that the administrator made."""
    made = await caller.post(f"{cluster}/queues", {"key": "deploy", "description": "Slow"})
    return caller.to(made["url"])


@pytest.fixture
async def hosted(caller: Caller, cluster: str) -> str:
    """The path of a hosted queue."""
    body = {"key": "hosted", "hostedAgents": {"instanceShape": "LINUX_AMD64_2X4"}}
    made = await caller.post(f"{cluster}/queues", body)
    return caller.to(made["url"])


async def test_a_new_queue_shows_who_made_it(server: Served, caller: Caller, cluster: str) -> None:
    body = {"key": "deploy", "description": "Slow", "retry_agent_affinity": "prefer-different"}

    answer = await caller.send("POST", f"{cluster}/queues", json=body)

    made = answer.json()
    path = f"{cluster}/queues/{made['id']}"
    assert answer.status_code == 201
    assert await caller.get(path) == made
    assert has_shape("uuid", made.pop("id"))
    assert has_shape("graphql id ClusterQueue", made.pop("graphql_id"))
    assert made == {
        **body,
        "url": f"{server.url}/v2{path}",
        "web_url": f"{server.url}{path}",
        "cluster_url": f"{server.url}/v2{cluster}",
        "dispatch_paused": False,
        "dispatch_paused_by": None,
        "dispatch_paused_at": None,
        "dispatch_paused_note": None,
        "created_at": MOMENT,
        "created_by": await caller.get("/user"),
    }
    listed = await caller.get(f"{cluster}/queues")
    assert [each["key"] for each in listed] == ["default", "deploy"]


async def test_a_hosted_queue_spells_its_machine(caller: Caller, cluster: str) -> None:
    shape = {"instanceShape": "LINUX_AMD64_2X4", "agentImageRef": "passed over"}

    made = await caller.post(f"{cluster}/queues", {"key": "hosted", "hostedAgents": shape})

    assert made["hosted"] is True
    assert made["hosted_agents"] == {
        "instance_shape": LINUX,
        "platform_settings": {"linux": {"agent_image_ref": None}},
    }
    assert made["retry_agent_affinity"] == "prefer-warmest"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, "Key can only contain letters, numbers, hyphens and underscores"),
        ({"key": "a b"}, "Key can only contain letters, numbers, hyphens and underscores"),
        ({"key": "default"}, "Key has already been taken"),
        ({"key": "x", "retry_agent_affinity": "any"}, "Retry agent affinity must be one of"),
        ({"key": "x", "hostedAgents": {}}, "Instance shape '' is not known"),
        ({"key": "x", "hostedAgents": {"instanceShape": "TOASTER"}}, "Instance shape 'TOASTER'"),
        (
            {"key": "x", "hostedAgents": {"instanceShape": f"LINUX_AMD64_{'4' * 5_000}X4"}},
            "Instance shape 'LINUX_AMD64_4444",
        ),
        ({"key": ["x"]}, "Expected `str | null`, got `array` - at `$.key`"),
    ],
)
async def test_a_bad_queue_is_not_made(
    caller: Caller, cluster: str, body: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Refused) as refused:
        await caller.post(f"{cluster}/queues", body)

    assert refused.value.status == 422
    assert refused.value.message.startswith(f"Validation failed: {reason}")
    assert len(await caller.get(f"{cluster}/queues")) == 1


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_what_is_not_said_of_a_queue_stays_and_so_does_its_key(
    caller: Caller, queue: str, method: str
) -> None:
    body = {"retry_agent_affinity": "prefer-different", "key": "other"}

    changed = await caller.call(method, queue, json=body)

    assert (changed["key"], changed["description"]) == ("deploy", "Slow")
    assert changed["retry_agent_affinity"] == "prefer-different"
    assert (await caller.call(method, queue, json={"description": None}))["description"] is None
    assert await caller.call(method, queue) == await caller.get(queue)


async def test_a_hosted_queue_changes_its_size_and_its_image(caller: Caller, hosted: str) -> None:
    image = {"instanceShape": "LINUX_AMD64_4X16", "agentImageRef": "ours:1"}

    changed = await caller.put(hosted, {"hostedAgents": image})
    again = await caller.put(hosted, {"hostedAgents": {"instanceShape": "LINUX_AMD64_8X32"}})

    assert changed["hosted_agents"]["instance_shape"]["cpu"] == 4
    assert changed["hosted_agents"]["platform_settings"] == {"linux": {"agent_image_ref": "ours:1"}}
    assert again["hosted_agents"]["instance_shape"]["name"] == "LINUX_AMD64_8X32"
    assert (
        again["hosted_agents"]["platform_settings"] == changed["hosted_agents"]["platform_settings"]
    )
    assert await caller.put(hosted, {"description": "x"}) == {**again, "description": "x"}


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        ({"agentImageRef": "ours:1"}, "Instance shape cannot be changed to "),
        ({"instanceShape": "LINUX_ARM64_2X4"}, "Instance shape cannot be changed to LINUX_ARM64"),
        ({"instanceShape": "MACOS_ARM64_M4_6X28"}, "Instance shape cannot be changed to MACOS"),
        ({"instanceShape": "TOASTER"}, "Instance shape cannot be changed to TOASTER"),
        ({"instanceShape": "LINUX_AMD64_3X4"}, "Instance shape 'LINUX_AMD64_3X4' is not known"),
    ],
)
async def test_a_hosted_queue_stays_on_its_kind_of_machine(
    caller: Caller, hosted: str, shape: dict[str, str], reason: str
) -> None:
    before = await caller.get(hosted)

    with pytest.raises(Refused) as refused:
        await caller.put(hosted, {"hostedAgents": shape})

    assert refused.value.status == 422
    assert refused.value.message.startswith(f"Validation failed: {reason}")
    assert await caller.get(hosted) == before


async def test_a_queue_of_macs_takes_no_image(caller: Caller, cluster: str) -> None:
    shape = {"instanceShape": "MACOS_ARM64_M4_6X28"}
    made = await caller.post(f"{cluster}/queues", {"key": "mac", "hostedAgents": shape})

    with pytest.raises(Refused) as refused:
        await caller.put(
            caller.to(made["url"]), {"hostedAgents": {**shape, "agentImageRef": "ours:1"}}
        )

    assert refused.value.message == (
        "Validation failed: Agent image ref cannot be configured for hosted mac queues"
    )
    assert made["hosted_agents"]["platform_settings"]["macos"]["macos_version"]


async def test_a_self_hosted_queue_does_not_become_a_hosted_one(caller: Caller, queue: str) -> None:
    body = {"hostedAgents": {"instanceShape": "LINUX_AMD64_2X4"}}

    assert await status_of(caller.put(queue, body)) == 422

    assert "hosted" not in await caller.get(queue)


@pytest.mark.parametrize("name", ["dispatch_paused_note", "note"])
async def test_a_queue_is_paused_with_a_note_and_resumed(
    caller: Caller, queue: str, name: str
) -> None:
    before = await caller.get(queue)

    paused = await caller.post(f"{queue}/pause_dispatch", {name: "disk swap"})
    assert await caller.get(queue) == paused
    resumed = await caller.post(f"{queue}/resume_dispatch")

    assert paused == {
        **before,
        "dispatch_paused": True,
        "dispatch_paused_by": await caller.get("/user"),
        "dispatch_paused_at": MOMENT,
        "dispatch_paused_note": "disk swap",
    }
    assert resumed == before


async def test_a_queue_is_not_paused_or_resumed_twice(caller: Caller, queue: str) -> None:
    with pytest.raises(Refused) as refused:
        await caller.post(f"{queue}/resume_dispatch")
    assert (refused.value.status, refused.value.message) == (422, "Cluster queue is not paused")

    await caller.post(f"{queue}/pause_dispatch")

    with pytest.raises(Refused) as refused:
        await caller.post(f"{queue}/pause_dispatch", {"note": "again"})
    assert refused.value.status == 422
    assert refused.value.message == "Cluster queue is already paused"
    assert (await caller.get(queue))["dispatch_paused_note"] is None


async def test_a_note_has_its_limits(caller: Caller, queue: str) -> None:
    for note in ("x" * 10_001, "a\0b"):
        assert await status_of(caller.post(f"{queue}/pause_dispatch", {"note": note})) == 422

    assert (await caller.get(queue))["dispatch_paused"] is False


async def test_a_paused_queue_is_seen_over_graphql_too(
    caller: Caller, admin: Administrator, queue: str
) -> None:
    await caller.post(f"{queue}/pause_dispatch", {"note": "disk swap"})

    node_id = (await caller.get(queue))["graphql_id"]
    selection = "dispatchPaused dispatchPausedNote dispatchPausedBy { email }"
    found = await admin.graphql(
        f"query ($id: ID!) {{ node(id: $id) {{ ... on ClusterQueue {{ {selection} }} }} }}",
        id=node_id,
    )

    assert found["node"] == {
        "dispatchPaused": True,
        "dispatchPausedNote": "disk swap",
        "dispatchPausedBy": {"email": "admin@sandbox.example"},
    }


async def test_a_deleted_queue_takes_no_agent(server: Served, caller: Caller, cluster: str) -> None:
    (default,) = await caller.get(f"{cluster}/queues")

    await caller.delete(caller.to(default["url"]))

    assert await caller.get(f"{cluster}/queues") == []
    assert (await caller.get(cluster))["default_queue_id"] is None
    assert await status_of(Agent(server).register()) == 422


async def test_a_queue_with_connected_agents_stays(
    server: Served, caller: Caller, cluster: str, queue: str
) -> None:
    agent = await Agent(server).start(meta_data=["queue=deploy"])
    (default,) = [each for each in await caller.get(f"{cluster}/queues") if each["key"] != "deploy"]

    with pytest.raises(Refused) as refused:
        await caller.delete(queue)
    await caller.delete(caller.to(default["url"]))
    await agent.disconnect()
    await caller.delete(queue)

    assert refused.value.status == 422
    assert refused.value.message == "Queue can't be deleted while agents are connected to it"
    shown = await caller.get(f"/organizations/sandbox/agents/{agent.uuid}")
    assert shown["queue"] == "deploy"
    assert shown["web_url"].endswith(f"/organizations/sandbox/agents/{agent.uuid}")


async def test_members_look_at_queues_and_maintainers_manage_them(
    company: Company, cluster: str
) -> None:
    (queue,) = await company.member.get(f"{cluster}/queues")
    path = company.member.to(queue["url"])
    acts = [
        ("POST", f"{cluster}/queues", {"key": "new"}),
        ("PUT", path, {"description": "new"}),
        ("POST", f"{path}/pause_dispatch", None),
        ("POST", f"{path}/resume_dispatch", None),
        ("DELETE", path, None),
    ]

    for method, where, body in acts:
        with pytest.raises(Refused) as refused:
            await company.member.call(method, where, json=body)
        assert (refused.value.status, refused.value.message) == (403, "Forbidden")
    for method, where, body in acts:
        assert await status_of(company.maintainer.call(method, where, json=body)) == 200
    made = company.maintainer.post(f"{company.other_cluster}/queues", {"key": "new"})
    assert await status_of(made) == 403


async def test_a_queue_is_found_in_its_own_cluster_only(
    caller: Caller, company: Company, cluster: str
) -> None:
    (queue,) = await caller.get(f"{cluster}/queues")

    for method in ("GET", "PUT", "PATCH", "DELETE"):
        with pytest.raises(Refused) as refused:
            await caller.call(method, f"{company.other_cluster}/queues/{queue['id']}", content="[")
        assert (refused.value.status, refused.value.message) == (404, "No cluster queue found")
