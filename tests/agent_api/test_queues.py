"""Queues: where an agent's token and tags put it, and where they cannot."""

from typing import Any

import pytest

from tests.actors import Administrator, Agent, Refused, status_of
from tests.server import Served


async def make_queue(admin: Administrator, key: str, cluster_id: str | None = None) -> None:
    await admin.mutate(
        "clusterQueueCreate",
        "clusterQueue { id }",
        organizationId=admin.organization_id,
        clusterId=cluster_id or await admin.cluster_id(),
        key=key,
    )


async def make_cluster(admin: Administrator, name: str) -> str:
    """A cluster without queues: its GraphQL ID."""
    payload = await admin.mutate(
        "clusterCreate", "cluster { id }", organizationId=admin.organization_id, name=name
    )
    cluster_id: str = payload["cluster"]["id"]
    return cluster_id


async def place(admin: Administrator, agent: Agent) -> tuple[str, str] | None:
    """The cluster and the queue that GraphQL shows an agent in; None outside clusters."""
    shown = await admin.agent(agent, "clusterQueue { key cluster { name } }")
    queue = shown["clusterQueue"]
    return None if queue is None else (queue["cluster"]["name"], queue["key"])


async def refusal(agent: Agent, tags: list[str] | None = None) -> str:
    """The message of a registration that is refused as impossible."""
    with pytest.raises(Refused) as refused:
        await agent.register(meta_data=tags)
    assert refused.value.status == 422
    message: str = refused.value.message
    return message


@pytest.mark.parametrize("tags", [[], None, ["os=linux"]])
async def test_no_queue_tag_means_the_default_queue(
    admin: Administrator, agent: Agent, tags: list[str] | None
) -> None:
    await agent.register(meta_data=tags)

    assert agent.registered["meta_data"] == [*(tags or []), "queue=default"]
    assert await place(admin, agent) == ("Default cluster", "default")


async def test_a_queue_tag_chooses_the_queue(admin: Administrator, agent: Agent) -> None:
    await make_queue(admin, "deploy")

    await agent.register(meta_data=["queue=deploy", "os=linux"])

    assert agent.registered["meta_data"] == ["queue=deploy", "os=linux"]
    assert await place(admin, agent) == ("Default cluster", "deploy")


async def test_the_default_queue_need_not_be_called_default(
    server: Served, admin: Administrator
) -> None:
    planted = await admin.seed(
        {
            "organizations": [
                {
                    "slug": "acme",
                    "clusters": [
                        {
                            "name": "Main",
                            "default_queue": "builds",
                            "queues": [{"key": "builds"}, {"key": "default"}],
                            "agent_tokens": [{"description": "Main"}],
                        }
                    ],
                }
            ]
        }
    )
    value = planted["organizations"][0]["clusters"][0]["agent_tokens"][0]["value"]

    agent = await Agent(server, value).register()

    assert agent.registered["meta_data"] == ["queue=builds"]


async def test_an_unknown_queue_of_a_cluster_is_refused_with_the_queues_there_are(
    admin: Administrator, agent: Agent
) -> None:
    await make_queue(admin, "zebra")
    await make_queue(admin, "deploy")

    message = await refusal(agent, ["queue=deplyo"])

    assert message == (
        "Cluster 'Default cluster' has no queue 'deplyo'. Its queues: default, deploy, zebra"
    )
    assert await admin.agents() == []


@pytest.mark.parametrize("tag", ["queue=Default", "queue=default ", "queue=", "queue=default,x"])
async def test_a_queues_key_is_taken_word_for_word(agent: Agent, tag: str) -> None:
    message = await refusal(agent, [tag])

    assert f"no queue {tag.removeprefix('queue=')!r}" in message


async def test_an_agent_of_a_cluster_is_in_one_queue_only(
    admin: Administrator, agent: Agent
) -> None:
    await make_queue(admin, "deploy")

    message = await refusal(agent, ["queue=default", "queue=deploy"])

    assert message == "An agent in a cluster can be in one queue only, not in default, deploy"
    assert await status_of(agent.register(meta_data=["queue=deploy", "queue=deploy"])) == 200


async def test_a_cluster_without_queues_takes_no_agent(
    server: Served, admin: Administrator
) -> None:
    token = await admin.create_agent_token(clusterId=await make_cluster(admin, "Bare"))
    agent = Agent(server, token["value"])

    untagged = await refusal(agent)
    tagged = await refusal(agent, ["queue=default"])

    assert untagged == (
        "Cluster 'Bare' has no default queue; tag the agent with queue=KEY. Its queues: none"
    )
    assert tagged == "Cluster 'Bare' has no queue 'default'. Its queues: none"


async def test_a_cluster_without_a_default_queue_takes_tagged_agents_only(
    server: Served, admin: Administrator
) -> None:
    cluster_id = await make_cluster(admin, "Bare")
    await make_queue(admin, "deploy", cluster_id)
    token = await admin.create_agent_token(clusterId=cluster_id)

    message = await refusal(Agent(server, token["value"]))
    tagged = await Agent(server, token["value"]).register(meta_data=["queue=deploy"])

    assert message == (
        "Cluster 'Bare' has no default queue; tag the agent with queue=KEY. Its queues: deploy"
    )
    assert await place(admin, tagged) == ("Bare", "deploy")


async def test_a_clustered_token_admits_to_its_own_cluster_only(
    server: Served, admin: Administrator
) -> None:
    other_id = await make_cluster(admin, "Other")
    await make_queue(admin, "default", other_id)
    await make_queue(admin, "deploy", other_id)
    token = await admin.create_agent_token(clusterId=other_id)

    here = await Agent(server).register(meta_data=["queue=default"])
    there = await Agent(server, token["value"]).register(meta_data=["queue=default"])

    assert await place(admin, here) == ("Default cluster", "default")
    assert await place(admin, there) == ("Other", "default")
    assert "Its queues: default" in await refusal(Agent(server), ["queue=deploy"])


async def test_two_organizations_with_the_same_keys_are_apart(
    server: Served, admin: Administrator
) -> None:
    planted = await admin.seed({"organizations": [{"slug": "rival"}]})
    [rival] = planted["organizations"]
    await make_queue(admin, "deploy")

    theirs = Agent(server, rival["agent_token"])

    assert (await refusal(theirs, ["queue=deploy"])).endswith("Its queues: default")
    await theirs.start("rivals runner")
    assert await admin.agents() == []
    assert (await theirs.identity())["organization_slug"] == "rival"


class TestUnclustered:
    @pytest.fixture
    def agent(self, server: Served) -> Agent:
        return Agent(server, server.facts["unclustered_agent_token"])

    async def test_a_queue_needs_no_prior_existence(
        self, admin: Administrator, agent: Agent
    ) -> None:
        await agent.start(meta_data=["queue=nobody made it!"])

        assert agent.registered["meta_data"] == ["queue=nobody made it!"]
        assert await place(admin, agent) is None
        assert list((await agent.metrics())["agents"]["queues"]) == ["nobody made it!"]

    async def test_no_queue_tag_means_default(self, agent: Agent) -> None:
        await agent.start()

        assert agent.registered["meta_data"] == ["queue=default"]
        assert list((await agent.metrics())["agents"]["queues"]) == ["default"]

    async def test_it_may_be_in_several_queues(self, agent: Agent) -> None:
        await agent.start(meta_data=["queue=a", "queue=b", "os=linux"])

        counted = await agent.metrics()
        totals = {key: counts["total"] for key, counts in counted["agents"]["queues"].items()}
        assert totals == {"a": 1, "b": 1}
        assert counted["agents"]["total"] == 1

    async def test_it_is_in_no_queue_of_a_cluster(
        self, server: Served, admin: Administrator, agent: Agent
    ) -> None:
        await agent.start(meta_data=["queue=default"])

        in_cluster: dict[str, Any] = await Agent(server).metrics()
        assert in_cluster["agents"]["total"] == 0
        assert await place(admin, agent) is None
