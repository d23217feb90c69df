"""Making clusters and queues, changing and deleting them."""

from typing import Any

import pytest

from tests.actors import Administrator, Agent, GraphQLRefused, Refused
from tests.graphql_api.conftest import Company
from tests.server import Served

HOSTED = """clusterQueue { hosted hostedAgents {
    instanceShape { name machineType architecture size vcpu memory }
    platformSettings { linux { agentImageRef } macos { macosVersion xcodeVersion } } } }"""


async def create_cluster(admin: Administrator, **given: Any) -> Any:
    payload = await admin.mutate(
        "clusterCreate",
        "cluster { id name description emoji color }",
        **{"organizationId": admin.organization_id, **given},
    )
    return payload["cluster"]


async def create_queue(
    admin: Administrator, selection: str = "clusterQueue { id key }", **given: Any
) -> Any:
    needed = {"organizationId": admin.organization_id, "clusterId": await admin.cluster_id()}
    return (await admin.mutate("clusterQueueCreate", selection, **{**needed, **given}))[
        "clusterQueue"
    ]


async def update_cluster(admin: Administrator, cluster: dict[str, Any], **given: Any) -> Any:
    payload = await admin.mutate(
        "clusterUpdate",
        "cluster { id name description emoji color defaultQueue { id } }",
        organizationId=admin.organization_id,
        id=cluster["id"],
        **given,
    )
    return payload["cluster"]


async def update_queue(
    admin: Administrator, queue: dict[str, Any], selection: str = "", **given: Any
) -> Any:
    payload = await admin.mutate(
        "clusterQueueUpdate",
        selection or "clusterQueue { key description retryAgentAffinity }",
        organizationId=admin.organization_id,
        id=queue["id"],
        **given,
    )
    return payload["clusterQueue"]


async def cluster_names(admin: Administrator) -> list[str]:
    data = await admin.graphql(
        '{ organization(slug: "sandbox") { clusters { edges { node { name } } } } }'
    )
    return [edge["node"]["name"] for edge in data["organization"]["clusters"]["edges"]]


async def test_a_cluster_starts_without_queues_and_tokens(admin: Administrator) -> None:
    payload = await admin.mutate(
        "clusterCreate",
        "cluster { name defaultQueue { id } queues { count } agentTokens { count } }",
        organizationId=admin.organization_id,
        name="New",
    )

    assert payload["cluster"] == {
        "name": "New",
        "defaultQueue": None,
        "queues": {"count": 0},
        "agentTokens": {"count": 0},
    }


@pytest.mark.parametrize("name", ["", "  ", "Default cluster", "x" * 256])
async def test_a_cluster_needs_a_name_of_its_own(admin: Administrator, name: str) -> None:
    with pytest.raises(GraphQLRefused) as refused:
        await create_cluster(admin, name=name)

    assert refused.value.message.startswith("Name ")


async def test_two_organizations_may_have_clusters_of_one_name(company: Company) -> None:
    made = await create_cluster(company.outsider, name="Other cluster")

    assert made["name"] == "Other cluster"


async def test_nulls_and_unicode_are_kept_as_they_are(admin: Administrator) -> None:
    made = await create_cluster(
        admin, name="Größe 🚀", description=None, emoji=None, color=None, clientMutationId=None
    )

    assert made.pop("id")
    assert made == {"name": "Größe 🚀", "description": None, "emoji": None, "color": None}


async def test_agents_register_on_a_new_queue(server: Served, admin: Administrator) -> None:
    with pytest.raises(Refused):
        await Agent(server).register(meta_data=["queue=deploy"])

    queue = await create_queue(admin, key="deploy")

    agent = await Agent(server).register(meta_data=["queue=deploy"])
    assert (await admin.agent(agent, "clusterQueue { id }"))["clusterQueue"]["id"] == queue["id"]


@pytest.mark.parametrize("key", ["a", "A-b_9", "_", "-", "9", "x" * 100])
async def test_a_key_has_letters_digits_hyphens_and_underscores(
    admin: Administrator, key: str
) -> None:
    assert (await create_queue(admin, key=key))["key"] == key


@pytest.mark.parametrize(
    "key", ["", " ", "a b", "a.b", "a/b", "é", "٣", "a\n", "a\x00", "x" * 101, "default"]
)
async def test_other_keys_and_taken_ones_are_refused(admin: Administrator, key: str) -> None:
    with pytest.raises(GraphQLRefused) as refused:
        await create_queue(admin, key=key)

    assert refused.value.message.startswith("Key ")


async def test_keys_are_each_clusters_own(admin: Administrator) -> None:
    other = await create_cluster(admin, name="Other")

    queue = await create_queue(admin, key="default", clusterId=other["id"])

    assert queue["key"] == "default"


async def test_a_cluster_has_fifty_queues_at_most(admin: Administrator) -> None:
    for number in range(49):  # one is there
        await create_queue(admin, key=f"queue-{number}")

    with pytest.raises(GraphQLRefused) as refused:
        await create_queue(admin, key="one-too-many")

    assert refused.value.message == "Cluster can have at most 50 queues"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (None, "prefer-warmest"),
        ("", "prefer-warmest"),
        ("prefer-warmest", "prefer-warmest"),
        ("prefer-different", "prefer-different"),
    ],
)
async def test_which_agent_a_retry_prefers_is_kept(
    admin: Administrator, given: str | None, kept: str
) -> None:
    queue = await create_queue(
        admin, "clusterQueue { retryAgentAffinity }", key="k", retryAgentAffinity=given
    )

    assert queue == {"retryAgentAffinity": kept}


async def test_another_preference_is_refused(admin: Administrator) -> None:
    with pytest.raises(GraphQLRefused) as refused:
        await create_queue(admin, key="k", retryAgentAffinity="prefer-mine")

    assert "prefer-warmest, prefer-different" in refused.value.message


@pytest.mark.parametrize(
    ("shape", "machine"),
    [
        ("LINUX_AMD64_2X4", ("LINUX", "AMD64", "SMALL", 2, 4)),
        ("LINUX_AMD64_4X16", ("LINUX", "AMD64", "MEDIUM", 4, 16)),
        ("LINUX_ARM64_8X32", ("LINUX", "ARM64", "LARGE", 8, 32)),
        ("LINUX_ARM64_64X256", ("LINUX", "ARM64", "THREE_XL", 64, 256)),
    ],
)
async def test_a_hosted_linux_queue_tells_its_machine(
    admin: Administrator, shape: str, machine: tuple[str, str, str, int, int]
) -> None:
    queue = await create_queue(admin, HOSTED, key="hosted", hostedAgents={"instanceShape": shape})

    machine_type, architecture, size, vcpu, memory = machine
    assert queue == {
        "hosted": True,
        "hostedAgents": {
            "instanceShape": {
                "name": shape,
                "machineType": machine_type,
                "architecture": architecture,
                "size": size,
                "vcpu": vcpu,
                "memory": memory,
            },
            "platformSettings": {"linux": {"agentImageRef": None}, "macos": None},
        },
    }


async def test_a_hosted_macos_queue_gets_a_version_chosen(admin: Administrator) -> None:
    queue = await create_queue(
        admin, HOSTED, key="mac", hostedAgents={"instanceShape": "MACOS_ARM64_M4_6X28"}
    )

    settings = queue["hostedAgents"]["platformSettings"]
    assert queue["hostedAgents"]["instanceShape"]["machineType"] == "MACOS"
    assert queue["hostedAgents"]["instanceShape"]["memory"] == 28
    assert settings["linux"] is None
    assert settings["macos"]["macosVersion"] is not None


@pytest.mark.parametrize(
    ("shape", "platform", "kept"),
    [
        (
            "LINUX_AMD64_2X4",
            {"linux": {"agentImageRef": "my-image:latest"}},
            {"linux": {"agentImageRef": "my-image:latest"}, "macos": None},
        ),
        (
            "LINUX_AMD64_2X4",
            {"linux": {"agentImageRef": ""}, "macos": {"macosVersion": None, "xcodeVersion": ""}},
            {"linux": {"agentImageRef": None}, "macos": None},
        ),
        (
            "MACOS_ARM64_M4_12X56",
            {
                "linux": {"agentImageRef": ""},
                "macos": {"macosVersion": "SONOMA", "xcodeVersion": "16.1"},
            },
            {"linux": None, "macos": {"macosVersion": "SONOMA", "xcodeVersion": "16.1"}},
        ),
        ("LINUX_AMD64_2X4", None, {"linux": {"agentImageRef": None}, "macos": None}),
    ],
)
async def test_platform_settings_are_kept_and_zero_values_are_none(
    admin: Administrator, shape: str, platform: dict[str, Any] | None, kept: dict[str, Any]
) -> None:
    queue = await create_queue(
        admin,
        HOSTED,
        key="hosted",
        hostedAgents={"instanceShape": shape, "platformSettings": platform},
    )

    assert queue["hostedAgents"]["platformSettings"] == kept


@pytest.mark.parametrize(
    ("shape", "platform"),
    [
        ("LINUX_AMD64_2X4", {"macos": {"macosVersion": "SONOMA"}}),
        ("MACOS_ARM64_M4_6X28", {"linux": {"agentImageRef": "my-image"}}),
    ],
)
async def test_settings_for_the_other_platform_are_refused(
    admin: Administrator, shape: str, platform: dict[str, Any]
) -> None:
    with pytest.raises(GraphQLRefused) as refused:
        await create_queue(
            admin, key="k", hostedAgents={"instanceShape": shape, "platformSettings": platform}
        )

    assert "Platform settings" in refused.value.message


async def test_every_shape_of_the_schema_can_be_asked_for(admin: Administrator) -> None:
    data = await admin.graphql(
        '{ __type(name: "HostedAgentInstanceShapeName") { enumValues { name } } }'
    )
    names = [each["name"] for each in data["__type"]["enumValues"]]

    made = [
        await create_queue(admin, HOSTED, key=name, hostedAgents={"instanceShape": name})
        for name in names
    ]

    assert len(names) == 14
    assert [each["hostedAgents"]["instanceShape"]["name"] for each in made] == names


async def test_a_queue_of_ones_own_has_no_hosted_settings(admin: Administrator) -> None:
    queue = await create_queue(admin, HOSTED, key="mine", hostedAgents=None)

    assert queue == {"hosted": False, "hostedAgents": None}


async def test_what_is_not_said_of_a_cluster_stays(admin: Administrator) -> None:
    made = await create_cluster(admin, name="New", description="A", emoji=":rocket:")

    renamed = await update_cluster(admin, made, name="Newer", color="#FFE0F1")
    cleared = await update_cluster(admin, made, name=None, description=None, emoji=None)

    unchanged = {"id": made["id"], "name": "Newer", "color": "#FFE0F1", "defaultQueue": None}
    assert renamed == {**unchanged, "description": "A", "emoji": ":rocket:"}
    assert cleared == {**unchanged, "description": None, "emoji": None}


@pytest.mark.parametrize("name", ["", "Default cluster", "x" * 256])
async def test_a_cluster_keeps_its_name_if_it_cannot_have_another(
    admin: Administrator, name: str
) -> None:
    made = await create_cluster(admin, name="New")

    with pytest.raises(GraphQLRefused) as refused:
        await update_cluster(admin, made, name=name, description="changed")

    assert refused.value.message.startswith("Name ")
    assert await update_cluster(admin, made) == {**made, "defaultQueue": None}


async def test_a_cluster_has_the_default_queue_that_is_chosen(admin: Administrator) -> None:
    made = await create_cluster(admin, name="New")
    queue = await create_queue(admin, clusterId=made["id"], key="linux")

    chosen = await update_cluster(admin, made, defaultQueueId=queue["id"])
    kept = await update_cluster(admin, made, description="changed")
    none = await update_cluster(admin, made, defaultQueueId=None)

    assert chosen["defaultQueue"] == kept["defaultQueue"] == {"id": queue["id"]}
    assert none["defaultQueue"] is None


async def test_a_default_queue_is_one_of_the_cluster(admin: Administrator) -> None:
    made = await create_cluster(admin, name="New")
    elsewhere = await create_queue(admin, key="linux")

    for node_id in (elsewhere["id"], made["id"], "x"):
        with pytest.raises(GraphQLRefused, match="must be a queue of the cluster"):
            await update_cluster(admin, made, name="Newer", defaultQueueId=node_id)

    assert "Newer" not in await cluster_names(admin)


async def test_a_cluster_is_deleted_with_its_queues_and_tokens(admin: Administrator) -> None:
    made = await create_cluster(admin, name="New")
    queue = await create_queue(admin, clusterId=made["id"], key="linux")
    whose = {"organizationId": admin.organization_id, "id": made["id"]}

    payload = await admin.mutate("clusterDelete", "deletedClusterId", **whose)

    assert payload["deletedClusterId"] == made["id"]
    assert await cluster_names(admin) == ["Default cluster"]
    found = await admin.graphql("query ($id: ID!) { node(id: $id) { id } }", id=queue["id"])
    assert found == {"node": None}
    with pytest.raises(GraphQLRefused, match="No cluster found"):
        await admin.mutate("clusterDelete", "deletedClusterId", **whose)


async def test_a_cluster_with_agents_is_not_deleted_and_neither_is_their_queue(
    admin: Administrator, agent: Agent
) -> None:
    await agent.start()
    data = await admin.graphql(
        "query ($id: ID!) { node(id: $id) { ... on Cluster { defaultQueue { id } } } }",
        id=await admin.cluster_id(),
    )
    whose = {"organizationId": admin.organization_id}

    with pytest.raises(GraphQLRefused, match="Cluster can't be deleted while agents are"):
        await admin.mutate(
            "clusterDelete", "deletedClusterId", id=await admin.cluster_id(), **whose
        )
    with pytest.raises(GraphQLRefused, match="Queue can't be deleted while agents are"):
        await admin.mutate(
            "clusterQueueDelete",
            "deletedClusterQueueId",
            id=data["node"]["defaultQueue"]["id"],
            **whose,
        )

    assert await cluster_names(admin) == ["Default cluster"]


async def test_what_is_not_said_of_a_queue_stays(admin: Administrator) -> None:
    made = await create_queue(admin, key="linux", description="A")

    preferring = await update_queue(admin, made, retryAgentAffinity="prefer-different")
    cleared = await update_queue(admin, made, description=None, retryAgentAffinity=None)

    unchanged = {"key": "linux", "retryAgentAffinity": "prefer-different"}
    assert preferring == {**unchanged, "description": "A"}
    assert cleared == {**unchanged, "description": None}


async def test_a_queue_is_deleted(admin: Administrator) -> None:
    made = await create_queue(admin, key="linux")
    whose = {"organizationId": admin.organization_id, "id": made["id"]}

    payload = await admin.mutate("clusterQueueDelete", "deletedClusterQueueId", **whose)

    assert payload["deletedClusterQueueId"] == made["id"]
    assert (await create_queue(admin, key="linux"))["id"] != made["id"]
    with pytest.raises(GraphQLRefused, match="No cluster queue found"):
        await admin.mutate("clusterQueueDelete", "deletedClusterQueueId", **whose)


async def test_queues_of_other_organizations_are_not_there(
    admin: Administrator, company: Company
) -> None:
    queue = await create_queue(admin, key="linux")
    theirs = await create_queue(company.outsider, key="linux")

    for organization, node_id in (
        (company.outsider.organization_id, queue["id"]),
        (company.outsider.organization_id, theirs["id"]),
        (admin.organization_id, theirs["id"]),
    ):
        given = {"organizationId": organization, "id": node_id}
        with pytest.raises(GraphQLRefused, match=r"No (organization|cluster queue) found"):
            await admin.mutate("clusterQueueDelete", "deletedClusterQueueId", **given)

    assert await update_queue(company.outsider, theirs, "clusterQueue { id }") == {
        "id": theirs["id"]
    }


async def test_hosted_agents_get_another_size_and_other_software(admin: Administrator) -> None:
    linux = await create_queue(
        admin,
        key="linux",
        hostedAgents={
            "instanceShape": "LINUX_AMD64_2X4",
            "platformSettings": {"linux": {"agentImageRef": "one"}},
        },
    )
    mac = await create_queue(
        admin, key="mac", hostedAgents={"instanceShape": "MACOS_ARM64_M4_6X28"}
    )
    selection = """clusterQueue { hostedAgents { instanceShape { name } platformSettings {
        linux { agentImageRef } macos { xcodeVersion } } } }"""
    empty = {"linux": {"agentImageRef": None}, "macos": None}

    larger = await update_queue(
        admin,
        linux,
        selection,
        hostedAgents={
            "instanceShape": "LINUX_AMD64_4X16",
            "agentImageRef": "",
            "platformSettings": empty,
        },
    )
    other_image = await update_queue(admin, linux, selection, hostedAgents={"agentImageRef": "two"})
    other_xcode = await update_queue(
        admin,
        mac,
        selection,
        hostedAgents={"platformSettings": {"macos": {"xcodeVersion": "16.4"}}},
    )

    assert larger["hostedAgents"] == {
        "instanceShape": {"name": "LINUX_AMD64_4X16"},
        "platformSettings": {"linux": {"agentImageRef": "one"}, "macos": None},
    }
    assert other_image["hostedAgents"]["platformSettings"]["linux"] == {"agentImageRef": "two"}
    assert other_xcode["hostedAgents"]["platformSettings"]["macos"] == {"xcodeVersion": "16.4"}


@pytest.mark.parametrize(
    ("hosted", "message"),
    [
        ({"instanceShape": "LINUX_ARM64_2X4"}, "Instance shape cannot be changed"),
        ({"platformSettings": {"macos": {"xcodeVersion": "16"}}}, "not for a linux queue"),
        (
            {"agentImageRef": "a", "platformSettings": {"linux": {"agentImageRef": "b"}}},
            "can't both have an image",
        ),
    ],
)
async def test_hosted_agents_do_not_become_others(
    admin: Administrator, hosted: dict[str, Any], message: str
) -> None:
    queue = await create_queue(
        admin, key="linux", hostedAgents={"instanceShape": "LINUX_AMD64_2X4"}
    )

    with pytest.raises(GraphQLRefused, match=message):
        await update_queue(admin, queue, description="changed", hostedAgents=hosted)

    assert (await update_queue(admin, queue))["description"] is None


async def test_members_delete_neither_clusters_nor_queues(
    admin: Administrator, company: Company
) -> None:
    cluster = await create_cluster(admin, name="New")
    queue = await create_queue(admin, clusterId=cluster["id"], key="linux")
    whose = {"organizationId": admin.organization_id}

    for member in (company.member, company.maintainer):
        with pytest.raises(GraphQLRefused, match="need to be a maintainer of New to delete it"):
            await member.mutate("clusterDelete", "deletedClusterId", id=cluster["id"], **whose)
        with pytest.raises(GraphQLRefused, match="maintainer of New to delete its queues"):
            await member.mutate(
                "clusterQueueDelete", "deletedClusterQueueId", id=queue["id"], **whose
            )

    assert await update_queue(admin, queue, "clusterQueue { id }") == {"id": queue["id"]}
