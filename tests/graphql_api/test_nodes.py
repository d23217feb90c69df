"""Anything by its global ID, and the other ways to name a thing."""

import base64
from typing import Any

import pytest

from tests.actors import Administrator, Agent
from tests.artifacts.actors import Uploader, announced
from tests.builders import Builder, Worker
from tests.graphql_api.conftest import Company


def node_id(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


async def node(admin: Administrator, an_id: str) -> Any:
    data = await admin.graphql("query ($id: ID!) { node(id: $id) { __typename id } }", id=an_id)
    return data["node"]


@pytest.fixture
async def ids(admin: Administrator, agent: Agent) -> dict[str, str]:
    """The global ID of one thing of each type."""
    return {**await ids_of_builds(admin), **await ids_of_agents(admin, agent)}


async def ids_of_builds(admin: Administrator) -> dict[str, str]:
    builder = Builder(admin.server)
    await builder.pipeline("steps: [{command: x, agents: {os: none}}]", "Downstream")
    build = await builder.build_of(
        "steps: [{command: a}, {trigger: downstream, depends_on: []}, wait, {block: Go?}]"
    )
    job = await (await (await Worker(admin.server).start()).take()).start()
    artifacts = await Uploader(job).create(announced("log"))
    payload = await admin.mutate(
        "buildAnnotate", "annotation { id }", buildID=build["graphql_id"], body="x"
    )
    types = {"script": "Command", "waiter": "Wait", "manual": "Block", "trigger": "Trigger"}
    jobs = [(f"JobType{types[job['type']]}", job["id"]) for job in await builder.jobs(build)]
    return {
        "Annotation": payload["annotation"]["id"],
        "Artifact": node_id(f"Artifact---{artifacts['artifact_ids'][0]}"),
        "Build": build["graphql_id"],
        "Pipeline": build["pipeline"]["graphql_id"],
        **{name: node_id(f"{name}---{uuid}") for name, uuid in jobs},
    }


async def ids_of_agents(admin: Administrator, agent: Agent) -> dict[str, str]:
    await agent.register()
    data = await admin.graphql(
        """query ($cluster: ID!) { viewer { id user { id } } organization(slug: "sandbox") {
            id agentTokens { edges { node { id } } }
            cluster(id: $cluster) { id defaultQueue { id } agentTokens { edges { node { id } } } }
        } }""",
        cluster=admin.facts["cluster_id"],
    )
    organization = data["organization"]
    cluster = organization["cluster"]
    return {
        "Agent": await admin.agent_id(agent),
        "AgentToken": organization["agentTokens"]["edges"][0]["node"]["id"],
        "Cluster": cluster["id"],
        "ClusterQueue": cluster["defaultQueue"]["id"],
        "ClusterToken": cluster["agentTokens"]["edges"][0]["node"]["id"],
        "Organization": organization["id"],
        "User": data["viewer"]["user"]["id"],
        "Viewer": data["viewer"]["id"],
    }


async def test_every_type_is_found_by_its_global_id(
    admin: Administrator, ids: dict[str, str]
) -> None:
    found = {name: await node(admin, each) for name, each in ids.items()}

    assert found == {name: {"__typename": name, "id": each} for name, each in ids.items()}


async def test_a_global_id_is_base64_of_type_and_uuid_with_padding(ids: dict[str, str]) -> None:
    for name, each in ids.items():
        decoded = base64.b64decode(each, validate=True).decode()

        type_name, _, uuid = decoded.partition("---")
        assert type_name == name
        assert len(uuid) == 36
        assert uuid == uuid.lower()
        assert len(each) % 4 == 0


async def test_a_job_is_found_by_the_id_that_rest_has_of_it(
    admin: Administrator, ids: dict[str, str]
) -> None:
    for name in ("JobTypeBlock", "JobTypeCommand", "JobTypeTrigger", "JobTypeWait"):
        uuid = base64.b64decode(ids[name]).decode().removeprefix(f"{name}---")

        found = await node(admin, node_id(f"Job---{uuid}"))

        assert found == {"__typename": name, "id": ids[name]}


async def test_what_people_paste_is_forgiven(admin: Administrator, ids: dict[str, str]) -> None:
    for each in ids.values():
        bare = each.rstrip("=")

        for spelled in (bare, f"{each}\n", f" {each} ", f"{bare}\n", f"{bare}===="):
            assert (await node(admin, spelled))["id"] == each


async def test_one_type_is_not_found_under_the_name_of_another(
    admin: Administrator, ids: dict[str, str]
) -> None:
    uuids = {base64.b64decode(each).decode().partition("---")[2] for each in ids.values()}

    for uuid in uuids:
        found = {name for name in ids if await node(admin, node_id(f"{name}---{uuid}"))}

        assert found == {
            name
            for name, each in ids.items()
            if base64.b64decode(each).decode() == f"{name}---{uuid}"
        }


@pytest.mark.parametrize(
    "an_id",
    [
        "",
        " ",
        "=",
        "====",
        "garbage",
        "Zm9v",
        "é",
        "\x00",
        "5",
        node_id("Agent"),
        node_id("Agent---"),
        node_id("Agent---not-a-uuid"),
        node_id("Agent--00000000-0000-4000-8000-000000000000"),
        node_id("Agent---00000000-0000-4000-8000-000000000000"),
        node_id("Agent---00000000-0000-4000-8000-000000000000\n"),
        node_id("Nonsense---00000000-0000-4000-8000-000000000000"),
        node_id("Job---00000000-0000-4000-8000-000000000000"),
        node_id("Query---00000000-0000-4000-8000-000000000000"),
        base64.b64encode(b"Agent---\xff\xfe").decode(),
        "A" * 100_000,
    ],
)
async def test_anything_else_is_null(admin: Administrator, an_id: str) -> None:
    assert await node(admin, an_id) is None


async def test_numbers_are_ids_too(admin: Administrator) -> None:
    assert await admin.graphql("{ node(id: 42) { id } }") == {"node": None}
    assert await node(admin, 42) is None  # type: ignore[arg-type]


async def test_all_fragments_may_be_named_though_one_matches(
    admin: Administrator, ids: dict[str, str]
) -> None:
    query = """query getNode($id: ID!) { node(id: $id) {
        __typename
        ... on Organization { slug }
        ... on Cluster { name description emoji color defaultQueue { id } }
        ... on ClusterQueue { key }
        ... on AgentToken { description }
        ... on ClusterToken { allowedIpAddresses }
        ... on Node { id } } }"""

    data = await admin.graphql(query, id=ids["ClusterQueue"])

    assert data == {
        "node": {"__typename": "ClusterQueue", "key": "default", "id": ids["ClusterQueue"]}
    }


async def test_an_organization_is_found_by_slug_and_by_uuid(
    admin: Administrator, company: Company
) -> None:
    uuid = base64.b64decode(admin.organization_id).decode().removeprefix("Organization---")
    query = """query ($uuid: ID!) {
        slug: organization(slug: "sandbox") { id }
        uuid: organization(uuid: $uuid) { id }
        empty: organization(slug: "", uuid: $uuid) { id }
        other: organization(slug: "rival") { id } }"""

    data = await admin.graphql(query, uuid=uuid)
    foreign = await company.outsider.graphql(query, uuid=uuid)

    own = {"id": admin.organization_id}
    rivals = {"id": company.outsider.organization_id}
    assert data == {"slug": own, "uuid": own, "empty": own, "other": None}
    assert foreign == {"slug": None, "uuid": None, "empty": None, "other": rivals}


async def test_a_cluster_of_an_organization_is_found_by_uuid_and_by_global_id(
    admin: Administrator, company: Company
) -> None:
    query = """query ($uuid: ID!, $id: ID!, $foreign: ID!) { organization(slug: "sandbox") {
        uuid: cluster(id: $uuid) { id }
        id: cluster(id: $id) { id }
        foreign: cluster(id: $foreign) { id }
        garbage: cluster(id: "garbage") { id }
        empty: cluster(id: "") { id } } }"""
    cluster_id = await admin.cluster_id()

    data = await admin.graphql(
        query,
        uuid=admin.facts["cluster_id"],
        id=cluster_id,
        foreign=company.outsider.facts["cluster_id"],
    )

    own = {"id": cluster_id}
    nothing = {"foreign": None, "garbage": None, "empty": None}
    assert data["organization"] == {"uuid": own, "id": own, **nothing}


async def test_an_agent_is_found_by_its_slug_in_its_own_organization_only(
    admin: Administrator, company: Company, agent: Agent
) -> None:
    await agent.register()
    query = """query ($own: ID!, $foreign: ID!) {
        own: agent(slug: $own) { uuid }
        foreign: agent(slug: $foreign) { uuid } }"""
    slugs = {"own": f"sandbox/{agent.uuid}", "foreign": f"rival/{agent.uuid}"}

    for_admin = await admin.graphql(query, **slugs)
    for_outsider = await company.outsider.graphql(query, **slugs)

    assert for_admin == {"own": {"uuid": agent.uuid}, "foreign": None}
    assert for_outsider == {"own": None, "foreign": None}


async def test_users_see_those_they_share_an_organization_with(
    admin: Administrator, company: Company
) -> None:
    query = "{ viewer { id user { id } } }"
    bob = (await company.member.graphql(query))["viewer"]
    dan = (await company.outsider.graphql(query))["viewer"]

    found = {
        "Bob": await node(admin, bob["user"]["id"]),
        "Dan": await node(admin, dan["user"]["id"]),
        "Bob as viewer": await node(admin, bob["id"]),
    }

    assert found == {
        "Bob": {"__typename": "User", "id": bob["user"]["id"]},
        "Dan": None,
        "Bob as viewer": None,
    }


async def test_a_query_may_name_types_that_no_organization_has_anything_of(
    admin: Administrator,
) -> None:
    fragments = {
        "PipelineTemplate": "uuid available configuration name",
        "Rule": "uuid document type source { ... on Pipeline { uuid } } target { __typename }",
        "Team": "name slug privacy isDefaultTeam defaultMemberRole membersCanCreatePipelines",
        "TeamMember": "role team { id } user { id }",
        "TeamPipeline": "accessLevel team { id } pipeline { id }",
        "TeamSuite": "suiteAccess: accessLevel team { id } suite { id }",
        "Cluster": "name",
    }
    named = " ".join(f"... on {name} {{ {fields} }}" for name, fields in fragments.items())
    query = f"query ($id: ID!) {{ node(id: $id) {{ {named} }} }}"

    cluster = await admin.graphql(query, id=await admin.cluster_id())
    team = await admin.graphql(query, id=node_id(f"Team---{admin.facts['cluster_id']}"))

    assert cluster == {"node": {"name": "Default cluster"}}
    assert team == {"node": None}
