"""An organization's agents: which are listed, and every filter."""

from typing import Any

import pytest

from tests.actors import Administrator, Agent
from tests.graphql_api.conftest import Company
from tests.server import Served

NOWHERE = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
async def fleet(server: Served, admin: Administrator, company: Company) -> dict[str, Any]:
    """Agents named for where they are, and the ids of the queues."""
    queue = await admin.mutate(
        "clusterQueueCreate",
        "clusterQueue { id uuid }",
        organizationId=admin.organization_id,
        clusterId=await admin.cluster_id(),
        key="deploy",
    )
    other = company.other_cluster
    starts = {
        "default-linux": (None, ["os=linux", "size=big"]),
        "default-mac": (None, ["os=mac"]),
        "deploy-linux": (None, ["os=linux", "queue=deploy"]),
        "other-linux": (other["agent_tokens"][0]["value"], ["os=linux"]),
        "loose-linux": (server.facts["unclustered_agent_token"], ["os=linux"]),
    }
    agents = {}
    for name, (token, tags) in starts.items():
        await admin.advance(1)
        agents[name] = await Agent(server, token).start(name, meta_data=tags)
    rival = Agent(server, company.outsider.facts["agent_token"])
    await rival.start("default-linux", meta_data=["os=linux"])
    data = await admin.graphql(
        "query ($id: ID!) { node(id: $id) { ... on Cluster { defaultQueue { id uuid } } } }",
        id=await admin.cluster_id(),
    )
    return {
        "agents": agents,
        "default": data["node"]["defaultQueue"],
        "deploy": queue["clusterQueue"],
        "other": other,
    }


async def test_without_filters_all_are_listed_newest_first(
    admin: Administrator, fleet: dict[str, Any]
) -> None:
    assert await admin.agents() == list(reversed(fleet["agents"]))


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"clustered": False}, {"loose-linux"}),
        (
            {"clustered": True},
            {"default-linux", "default-mac", "deploy-linux", "other-linux", "loose-linux"},
        ),
        ({"search": "MAC"}, {"default-mac"}),
        ({"search": "size=BIG"}, {"default-linux"}),
        ({"search": "deploy"}, {"deploy-linux"}),
        ({"search": "default linux"}, {"default-linux", "other-linux", "loose-linux"}),
        ({"search": "%"}, set()),
        ({"search": "_"}, set()),
        ({"search": "", "clustered": False}, {"loose-linux"}),
        ({"metaData": ["os=linux", "size=big"]}, {"default-linux"}),
        ({"metaData": ["os=mac"]}, {"default-mac"}),
        ({"metaData": ["os"]}, set()),
        ({"metaData": ["queue=deploy"]}, {"deploy-linux"}),
        ({"metaData": [], "clustered": False}, {"loose-linux"}),
        ({"isRunningJob": True}, set()),
        ({"isRunningJob": False, "clustered": False}, {"loose-linux"}),
        ({"paused": True}, set()),
        ({"paused": False, "search": "mac"}, {"default-mac"}),
        ({"search": "linux", "clustered": False, "metaData": ["os=linux"]}, {"loose-linux"}),
        ({"search": "mac", "clustered": False}, set()),
    ],
)
@pytest.mark.usefixtures("fleet")
async def test_an_agent_must_pass_every_filter(
    admin: Administrator, filters: dict[str, Any], expected: set[str]
) -> None:
    assert set(await admin.agents(**filters)) == expected


async def test_clusters_and_queues_are_named_by_global_id_or_uuid(
    admin: Administrator, fleet: dict[str, Any]
) -> None:
    own = await admin.cluster_id()
    default, deploy, other = fleet["default"], fleet["deploy"], fleet["other"]

    found = [
        set(await admin.agents(**filters))
        for filters in (
            {"cluster": own},
            {"cluster": admin.facts["cluster_id"]},
            {"cluster": other["uuid"]},
            {"clusterQueue": [deploy["id"]]},
            {"clusterQueue": [deploy["uuid"]]},
            {"clusterQueue": [deploy["id"], default["uuid"]]},
            {"clusterQueue": deploy["id"]},
            {"cluster": other["id"], "clusterQueue": [deploy["id"]]},
            {"cluster": own, "clustered": False},
        )
    ]

    in_own = {"default-linux", "default-mac", "deploy-linux"}
    assert found[:3] == [in_own, in_own, {"other-linux"}]
    assert found[3:5] == [{"deploy-linux"}, {"deploy-linux"}]
    assert found[5:7] == [in_own, {"deploy-linux"}]
    assert found[7:] == [set(), set()]


async def test_what_is_not_there_or_somebody_elses_lists_nobody(
    admin: Administrator, company: Company, fleet: dict[str, Any]
) -> None:
    assert fleet
    rivals = company.outsider.facts["cluster_id"]

    for filters in (
        {"cluster": NOWHERE},
        {"cluster": "garbage"},
        {"cluster": rivals},
        {"clusterQueue": [NOWHERE]},
        {"clusterQueue": ["garbage"]},
        {"clusterQueue": [await admin.cluster_id()]},
    ):
        assert await admin.agents(**filters) == []


async def test_explicit_nulls_and_empty_lists_are_no_filters(
    admin: Administrator, fleet: dict[str, Any]
) -> None:
    query = """query ($cluster: ID, $queues: [ID!], $clustered: Boolean, $running: Boolean,
        $tags: [String!], $paused: Boolean, $search: String, $first: Int, $after: String) {
        organization(slug: "sandbox") { agents(cluster: $cluster, clusterQueue: $queues,
            clustered: $clustered, isRunningJob: $running, metaData: $tags, paused: $paused,
            search: $search, first: $first, after: $after) { count } } }"""
    names = [
        "cluster",
        "queues",
        "clustered",
        "running",
        "tags",
        "paused",
        "search",
        "first",
        "after",
    ]

    nulls = await admin.graphql(query, **dict.fromkeys(names))
    zeros = await admin.graphql(query, cluster="", queues=[], tags=[], search="", after="")

    everybody = {"organization": {"agents": {"count": len(fleet["agents"])}}}
    assert nulls == zeros == everybody


async def test_the_paused_can_be_told_from_the_others(
    admin: Administrator, fleet: dict[str, Any]
) -> None:
    paused = fleet["agents"]["default-mac"]

    await admin.mutate("agentPause", "clientMutationId", id=await admin.agent_id(paused))

    assert await admin.agents(paused=True) == ["default-mac"]
    assert "default-mac" not in await admin.agents(paused=False)


async def test_those_that_may_come_back_are_listed_and_those_that_left_are_not(
    server: Served, admin: Administrator
) -> None:
    await Agent(server).start("lost")
    await admin.advance(300, silent=True)
    await Agent(server).register("never connected")
    await Agent(server).start("connected")
    stopping = await Agent(server).start("stopping")
    await admin.mutate("agentStop", "clientMutationId", id=await admin.agent_id(stopping))
    stopped = await Agent(server).start("stopped")
    await admin.mutate("agentStop", "clientMutationId", id=await admin.agent_id(stopped))
    await stopped.disconnect()
    left = await Agent(server).start("left")
    await left.disconnect()

    listed = await admin.agents()

    assert sorted(listed) == ["connected", "lost", "never connected", "stopping"]
    assert await admin.state(left) == "disconnected"
    assert await admin.state(stopped) == "stopped"


async def test_counts_are_of_the_filtered_list(admin: Administrator, fleet: dict[str, Any]) -> None:
    assert fleet

    data = await admin.graphql(
        """{ organization(slug: "sandbox") { agents(first: 1, metaData: ["os=linux"]) {
            count edges { node { name } } pageInfo { hasNextPage endCursor } } } }"""
    )

    agents = data["organization"]["agents"]
    assert agents["count"] == 4
    assert [edge["node"]["name"] for edge in agents["edges"]] == ["loose-linux"]
    assert agents["pageInfo"]["hasNextPage"] is True


async def test_two_organizations_never_see_each_others(
    company: Company, fleet: dict[str, Any]
) -> None:
    data = await company.outsider.graphql(
        '{ organization(slug: "rival") { agents { count edges { node { uuid } } } } }'
    )

    agents = data["organization"]["agents"]
    assert agents["count"] == 1
    assert agents["edges"][0]["node"]["uuid"] not in {
        agent.uuid for agent in fleet["agents"].values()
    }
