"""Clusters: made, changed, deleted."""

from typing import Any

import pytest

from tests.actors import Administrator, Agent, Refused, status_of
from tests.rest_api.actors import Caller
from tests.rest_api.conftest import CLUSTERS, Company
from tests.server import Served
from tests.shapes import has_shape

MOMENT = "2026-01-01T00:00:00.000Z"


async def test_the_first_cluster_leads_to_its_default_queue(
    server: Served, caller: Caller, cluster: str
) -> None:
    (answer,) = await caller.get(CLUSTERS)

    url = f"{server.url}/v2{cluster}"
    (queue,) = await caller.get(f"{cluster}/queues")
    assert has_shape("graphql id Cluster", answer.pop("graphql_id"))
    assert answer == {
        "id": server.facts["cluster_id"],
        "default_queue_id": queue["id"],
        "name": "Default cluster",
        "description": None,
        "emoji": None,
        "color": None,
        "maintainers": {"users": [], "teams": []},
        "url": url,
        "web_url": f"{server.url}{cluster}",
        "queues_url": f"{url}/queues",
        "default_queue_url": queue["url"],
        "created_at": MOMENT,
        "created_by": None,
        "hosted_git_mirror_enabled": False,
        "hosted_container_cache_enabled": False,
    }


async def test_a_new_cluster_has_no_queue(caller: Caller) -> None:
    given = {
        "name": "Open Source",
        "description": "Safe",
        "emoji": ":technologist:",
        "color": "#FFE0F1",
    }

    answer = await caller.send("POST", CLUSTERS, json={**given, "env": {}})

    made = answer.json()
    assert answer.status_code == 201
    assert {key: made[key] for key in given} == given
    assert (made["default_queue_id"], made["default_queue_url"]) == (None, None)
    assert made["created_by"] == await caller.get("/user")
    assert await caller.get(caller.to(made["url"])) == made
    assert await caller.get(caller.to(made["queues_url"])) == []
    assert [each["name"] for each in await caller.get(CLUSTERS)] == [
        "Default cluster",
        "Open Source",
    ]


async def test_a_new_cluster_can_have_maintainers_from_the_start(
    caller: Caller, company: Company
) -> None:
    bob = await company.member.get("/user")

    made = await caller.post(CLUSTERS, {"name": "New", "maintainers": [{"user": bob["id"]}]})

    (maintainer,) = made["maintainers"]["users"]
    assert maintainer["actor"]["email"] == bob["email"]
    assert await status_of(company.member.patch(caller.to(made["url"]), {"color": "#000"})) == 200


async def test_no_cluster_is_made_for_maintainers_who_cannot_be(caller: Caller) -> None:
    body = {"name": "New", "maintainers": [{"user": "00000000-0000-4000-8000-000000000000"}]}

    assert await status_of(caller.post(CLUSTERS, body)) == 422

    assert len(await caller.get(CLUSTERS)) == 1


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_what_is_not_said_of_a_cluster_stays(
    caller: Caller, cluster: str, method: str
) -> None:
    await caller.put(cluster, {"description": "Ours", "emoji": ":one:", "color": "#111111"})

    changed = await caller.call(method, cluster, json={"name": "Renamed", "emoji": None})

    assert changed == await caller.get(cluster)
    assert (changed["name"], changed["description"]) == ("Renamed", "Ours")
    assert (changed["emoji"], changed["color"]) == (None, "#111111")
    assert await caller.put(cluster) == changed


async def test_the_default_queue_can_be_chosen_and_taken_away(
    caller: Caller, agent: Agent, cluster: str
) -> None:
    deploy = await caller.post(f"{cluster}/queues", {"key": "deploy"})

    chosen = await caller.put(cluster, {"default_queue_id": deploy["id"]})
    await agent.register()
    without = await caller.patch(cluster, {"default_queue_id": None})

    assert chosen["default_queue_url"] == deploy["url"]
    assert agent.registered["meta_data"] == ["queue=deploy"]
    assert without["default_queue_id"] is None
    assert await status_of(Agent(agent.server).register()) == 422


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, "Name can't be blank"),
        ({"name": None}, "Name can't be blank"),
        ({"name": " "}, "Name can't be blank"),
        ({"name": "x" * 256}, "Name is too long (maximum is 255 characters)"),
        ({"name": "Default cluster"}, "Name has already been taken"),
        ({"name": 1}, "Expected `str | null`, got `int` - at `$.name`"),
        ({"name": "x", "maintainers": [{}]}, "Exactly one of user and team must be given"),
    ],
)
async def test_a_bad_cluster_is_not_made(caller: Caller, body: dict[str, Any], reason: str) -> None:
    with pytest.raises(Refused) as refused:
        await caller.post(CLUSTERS, body)

    assert refused.value.status == 422
    assert refused.value.message == f"Validation failed: {reason}"
    assert len(await caller.get(CLUSTERS)) == 1


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"name": None}, "Name can't be blank"),
        ({"name": "Other"}, "Name has already been taken"),
        ({"default_queue_id": "unknown"}, "Default queue must be a queue of the cluster"),
        ({"hosted_git_mirror_enabled": "yes"}, "Expected `bool`, got `str`"),
        ({"hosted_git_mirror_enabled": True}, "Caches of hosted agents can only be changed"),
    ],
)
async def test_a_bad_change_changes_nothing(
    caller: Caller, cluster: str, body: dict[str, Any], reason: str
) -> None:
    await caller.post(CLUSTERS, {"name": "Other"})
    before = await caller.get(cluster)

    with pytest.raises(Refused) as refused:
        await caller.put(cluster, {"description": "changed", **body})

    assert refused.value.status == 422
    assert refused.value.message.startswith(f"Validation failed: {reason}")
    assert await caller.get(cluster) == before


async def test_caches_are_for_a_cluster_with_hosted_agents(caller: Caller, cluster: str) -> None:
    hosted = {"key": "hosted", "hostedAgents": {"instanceShape": "LINUX_AMD64_2X4"}}
    await caller.post(f"{cluster}/queues", hosted)

    changed = await caller.put(cluster, {"hosted_git_mirror_enabled": True})

    assert changed["hosted_git_mirror_enabled"] is True
    assert changed["hosted_container_cache_enabled"] is False


async def test_a_deleted_cluster_takes_everything_in_it_along(
    server: Served, caller: Caller, admin: Administrator, cluster: str
) -> None:
    lost, left = await Agent(server).start("lost"), await Agent(server).start("left")
    await left.disconnect()
    await admin.advance(300, silent=True)

    await caller.delete(cluster)

    assert await caller.get(CLUSTERS) == []
    for path in (cluster, f"{cluster}/queues", f"{cluster}/tokens", f"{cluster}/maintainers"):
        assert await status_of(caller.get(path)) == 404
    assert await status_of(Agent(server).register()) == 401
    assert await status_of(lost.heartbeat()) == 200  # it would hang if this were refused at once
    assert await status_of(lost.ping()) == 401


async def test_a_cluster_with_connected_agents_stays(
    caller: Caller, agent: Agent, cluster: str
) -> None:
    await agent.start()

    with pytest.raises(Refused) as refused:
        await caller.delete(cluster)
    await agent.disconnect()

    assert refused.value.status == 422
    assert refused.value.message == "Cluster can't be deleted while agents are connected to it"
    assert await status_of(caller.delete(cluster)) == 200


async def test_who_may_do_what_with_clusters(company: Company, cluster: str) -> None:
    member, maintainer, other = company.member, company.maintainer, company.other_cluster

    seen = await member.get(cluster)
    refused = [
        await status_of(member.post(CLUSTERS, {"name": "New"})),
        await status_of(maintainer.post(CLUSTERS, {"name": "New"})),
        await status_of(member.put(cluster, {"name": "New"})),
        await status_of(member.delete(cluster)),
        await status_of(maintainer.put(other, {"name": "New"})),
        await status_of(maintainer.delete(other)),
    ]

    assert "hosted_git_mirror_enabled" not in seen
    assert "hosted_git_mirror_enabled" not in await maintainer.get(other)
    assert set(refused) == {403}
    assert "hosted_git_mirror_enabled" in await maintainer.put(cluster, {"name": "New"})
    assert await status_of(maintainer.delete(cluster)) == 200
