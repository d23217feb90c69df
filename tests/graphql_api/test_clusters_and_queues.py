"""Making clusters and queues."""

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
