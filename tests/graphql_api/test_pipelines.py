"""Pipelines over GraphQL: made, looked for, changed, archived and deleted."""

from typing import Any

import pytest

from tests.actors import Administrator, GraphQLRefused
from tests.builders import REPOSITORY, Builder, Worker
from tests.graphql_api.conftest import Company
from tests.server import Served

YAML = "steps:\n  - command: make # as it is"
ALL = """
    name slug description defaultBranch branchConfiguration color emoji visibility allowRebuilds
    skipIntermediateBuilds skipIntermediateBuildsBranchFilter cancelIntermediateBuilds
    cancelIntermediateBuildsBranchFilter defaultTimeoutInMinutes maximumTimeoutInMinutes
    nextBuildNumber tags { label } repository { url } steps { yaml } cluster { id }"""
EVERYTHING: dict[str, Any] = {
    "description": "All of it",
    "defaultBranch": "trunk",
    "branchConfiguration": "trunk",
    "color": "#FFE0F1",
    "emoji": ":rocket:",
    "visibility": "PUBLIC",
    "allowRebuilds": False,
    "skipIntermediateBuilds": True,
    "skipIntermediateBuildsBranchFilter": "!trunk",
    "cancelIntermediateBuilds": True,
    "cancelIntermediateBuildsBranchFilter": "feature/*",
    "defaultTimeoutInMinutes": 10,
    "maximumTimeoutInMinutes": 20,
    "nextBuildNumber": 300,
    "tags": [{"label": "ruby"}, {"label": "web"}],
    "repository": {"url": "https://example.com/App.git"},
    "steps": {"yaml": YAML},
}


async def create(admin: Administrator, name: str = "App", /, **given: Any) -> dict[str, Any]:
    """A new pipeline: its `id` and all that is said of it."""
    payload = await admin.mutate(
        "pipelineCreate",
        f"pipeline {{ id {ALL} }}",
        **{
            "organizationId": admin.organization_id,
            "name": name,
            "repository": {"url": REPOSITORY},
            **given,
        },
    )
    pipeline: dict[str, Any] = payload["pipeline"]
    return pipeline


async def update(admin: Administrator, pipeline: dict[str, Any], **given: Any) -> dict[str, Any]:
    """The pipeline after a change."""
    payload = await admin.mutate(
        "pipelineUpdate", f"pipeline {{ id {ALL} }}", id=pipeline["id"], **given
    )
    changed: dict[str, Any] = payload["pipeline"]
    return changed


async def listed(admin: Administrator, arguments: str = "") -> list[str]:
    """The names of the pipelines that arguments find."""
    data = await admin.graphql(
        f'{{ organization(slug: "sandbox") {{ pipelines{arguments} {{'
        " count edges { node { name } } } } }"
    )
    found = data["organization"]["pipelines"]
    names = [edge["node"]["name"] for edge in found["edges"]]
    assert found["count"] == len(names)
    return names


async def test_a_pipeline_has_what_it_was_made_with(admin: Administrator) -> None:
    cluster_id = await admin.cluster_id()

    made = await create(admin, "The App", clusterId=cluster_id, **EVERYTHING)

    assert made == {
        "id": made["id"],
        "name": "The App",
        "slug": "the-app",
        "cluster": {"id": cluster_id},
        **EVERYTHING,
    }


async def test_a_pipeline_that_says_little_has_the_usual(admin: Administrator) -> None:
    made = await create(admin)

    assert made == {
        **dict.fromkeys(EVERYTHING),
        "id": made["id"],
        "name": "App",
        "slug": "app",
        "cluster": {"id": await admin.cluster_id()},
        "defaultBranch": "main",
        "visibility": "PRIVATE",
        "allowRebuilds": True,
        "skipIntermediateBuilds": False,
        "cancelIntermediateBuilds": False,
        "nextBuildNumber": 1,
        "tags": [],
        "repository": {"url": REPOSITORY},
        "steps": made["steps"],
    }
    assert "buildkite-agent pipeline upload" in made["steps"]["yaml"]


async def test_the_payload_has_what_is_around_a_new_pipeline(admin: Administrator) -> None:
    payload = await admin.mutate(
        "pipelineCreate",
        "clientMutationId cluster { id } organization { slug } pipeline { id }"
        " pipelineEdge { cursor node { id } }",
        clientMutationId="7",
        organizationId=admin.organization_id,
        name="App",
        repository={"url": REPOSITORY},
    )

    assert payload["clientMutationId"] == "7"
    assert payload["cluster"] == {"id": await admin.cluster_id()}
    assert payload["organization"] == {"slug": "sandbox"}
    assert payload["pipelineEdge"]["cursor"]
    assert payload["pipelineEdge"]["node"] == payload["pipeline"]


async def test_what_go_clients_send_for_nothing_is_nothing(admin: Administrator) -> None:
    made = await create(
        admin,
        clientMutationId="",
        defaultBranch="",
        clusterId="",
        cloneMirrorUrl=None,
        pipelineTemplateId="",
        teams=None,
        tags=[],
        nextBuildNumber=None,
        visibility=None,
        skipIntermediateBuilds=None,
        steps=None,
        defaultTimeoutInMinutes=0,
        maximumTimeoutInMinutes=0,
    )

    other = await create(admin, "Other", steps={"yaml": ""})

    assert made["steps"] == other["steps"]
    assert made["defaultBranch"] == "main"
    assert made["cluster"] == {"id": await admin.cluster_id()}
    assert made["visibility"] == "PRIVATE"
    assert made["nextBuildNumber"] == 1
    assert made["skipIntermediateBuilds"] is False
    assert made["defaultTimeoutInMinutes"] is made["maximumTimeoutInMinutes"] is None


async def test_no_minutes_take_a_timeout_away(admin: Administrator) -> None:
    pipeline = await create(admin, defaultTimeoutInMinutes=10, maximumTimeoutInMinutes=20)

    changed = await update(admin, pipeline, defaultTimeoutInMinutes=0, maximumTimeoutInMinutes=0)

    assert changed["defaultTimeoutInMinutes"] is changed["maximumTimeoutInMinutes"] is None


async def test_what_is_around_a_pipeline_elsewhere_can_be_asked_for(admin: Administrator) -> None:
    pipeline = await create(admin)

    data = await admin.graphql(
        "query ($id: ID!) { node(id: $id) { ... on Pipeline { pipelineTemplate { id } teams("
        'first: 5, order: NAME, search: "x") { count edges { cursor node { accessLevel team { id'
        " } } } pageInfo { endCursor hasNextPage } } } } }",
        id=pipeline["id"],
    )

    page = {"endCursor": None, "hasNextPage": False}
    assert data["node"] == {
        "pipelineTemplate": None,
        "teams": {"count": 0, "edges": [], "pageInfo": page},
    }


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"cloneMirrorUrl": "https://mirror.example"}, "cloneMirrorUrl"),
        ({"pipelineTemplateId": "UGlwZWxpbmVUZW1wbGF0ZQ=="}, "pipelineTemplateId"),
        ({"teams": [{"id": "VGVhbQ=="}]}, "teams"),
    ],
)
async def test_what_is_not_served_is_refused_by_name(
    admin: Administrator, given: dict[str, Any], name: str
) -> None:
    with pytest.raises(GraphQLRefused, match=f"does not implement {name}"):
        await create(admin, **given)

    assert await listed(admin) == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": " "}, "Name can't be blank"),
        ({"name": "!!!"}, "Name has no letter or number"),
        ({"repository": {"url": ""}}, "Repository can't be blank"),
        ({"steps": {"yaml": "steps: ["}}, "Configuration is invalid"),
        ({"defaultTimeoutInMinutes": -1}, "must be a positive number"),
        ({"nextBuildNumber": 0}, "Next build number must be greater than 0"),
        ({"clusterId": "Q2x1c3Rlcg=="}, "No cluster found"),
        ({"organizationId": "T3JnYW5pemF0aW9u"}, "No organization found"),
    ],
)
async def test_what_no_pipeline_can_have_is_refused(
    admin: Administrator, given: dict[str, Any], message: str
) -> None:
    with pytest.raises(GraphQLRefused, match=message) as refused:
        await create(admin, **given)

    assert refused.value.status == 200
    assert refused.value.data == {"pipelineCreate": None}
    assert await listed(admin) == []


async def test_two_pipelines_cannot_have_one_name(admin: Administrator) -> None:
    await create(admin)

    with pytest.raises(GraphQLRefused) as refused:
        await create(admin)

    assert refused.value.message == "Name has already been taken"


async def test_a_cluster_goes_by_its_uuid_too_and_a_pipeline_may_leave_it(
    admin: Administrator, company: Company
) -> None:
    made = await create(admin, clusterId=company.other_cluster["uuid"])

    unmoved = await update(admin, made, description="x")
    outside = await update(admin, made, clusterId=None)
    back = await update(admin, made, clusterId=company.other_cluster["id"])
    with pytest.raises(GraphQLRefused, match="No cluster found"):
        await update(admin, made, clusterId=company.outsider.facts["cluster_id"])

    there = {"id": company.other_cluster["id"]}
    assert [each["cluster"] for each in (made, unmoved, outside, back)] == [
        there,
        there,
        None,
        there,
    ]


async def test_a_change_leaves_what_it_does_not_name(admin: Administrator) -> None:
    made = await create(admin, **EVERYTHING)

    same = await update(admin, made, allowRebuilds=False)
    changed = await update(admin, made, steps={"yaml": "steps: [{command: x}]"}, description="New")

    assert same == made
    assert changed == {
        **made,
        "steps": {"yaml": "steps: [{command: x}]"},
        "description": "New",
        "allowRebuilds": True,  # the default of the input
    }


async def test_everything_can_be_changed(admin: Administrator) -> None:
    made = await create(admin)

    changed = await update(admin, made, name="The App", **EVERYTHING)

    assert changed == {**made, "name": "The App", "slug": "the-app", **EVERYTHING}


async def test_null_clears_what_can_be_null_and_leaves_the_rest(admin: Administrator) -> None:
    made = await create(admin, **EVERYTHING)
    cleared = {
        "description",
        "branchConfiguration",
        "color",
        "emoji",
        "skipIntermediateBuildsBranchFilter",
        "cancelIntermediateBuildsBranchFilter",
        "defaultTimeoutInMinutes",
        "maximumTimeoutInMinutes",
    }

    changed = await update(admin, made, **dict.fromkeys(["name", *EVERYTHING]))

    assert changed == {**made, **dict.fromkeys(cleared)}


async def test_build_numbers_only_go_up(admin: Administrator, server: Served) -> None:
    builder = Builder(server)
    made = await create(admin)

    await update(admin, made, nextBuildNumber=300)
    build = await builder.build("app")
    with pytest.raises(GraphQLRefused, match="Next build number must be greater than 300"):
        await update(admin, made, nextBuildNumber=300)

    assert build["number"] == 300
    assert (await builder.build("app"))["number"] == 301


async def test_an_archived_pipeline_takes_no_builds_until_it_is_brought_back(
    admin: Administrator, server: Served
) -> None:
    made = await create(admin)
    selection = "pipeline { id archived }"

    archived = await admin.mutate("pipelineArchive", selection, id=made["id"])
    with pytest.raises(GraphQLRefused, match="Pipeline is archived"):
        await admin.mutate("buildCreate", "build { id }", pipelineID=made["id"])
    with pytest.raises(GraphQLRefused, match="could not be archived"):
        await admin.mutate("pipelineArchive", selection, id=made["id"])
    unarchived = await admin.mutate("pipelineUnarchive", selection, id=made["id"])
    with pytest.raises(GraphQLRefused, match="could not be unarchived"):
        await admin.mutate("pipelineUnarchive", selection, id=made["id"])

    assert archived["pipeline"] == {"id": made["id"], "archived": True}
    assert unarchived["pipeline"] == {"id": made["id"], "archived": False}
    assert (await Builder(server).build("app"))["number"] == 1


async def test_a_change_may_archive_too_as_it_used_to(admin: Administrator) -> None:
    made = await create(admin)

    await update(admin, made, archived=True, description="Old")
    archived = await listed(admin, "(archived: true)")
    back = await update(admin, made, archived=False, description="New")

    assert archived == ["App"]
    assert back["description"] == "New"
    assert await listed(admin, "(archived: true)") == []


async def test_a_pipeline_is_deleted_with_its_builds(admin: Administrator, server: Served) -> None:
    made = await create(admin, steps={"yaml": "steps: [{command: x}]"})
    build = await Builder(server).build("app")
    selection = "deletedPipelineID organization { slug }"
    with pytest.raises(GraphQLRefused, match="Cannot delete pipeline with active builds"):
        await admin.mutate("pipelineDelete", selection, id=made["id"])
    await (await Worker(server).start()).run()

    payload = await admin.mutate("pipelineDelete", selection, id=made["id"])

    assert payload == {"deletedPipelineID": made["id"], "organization": {"slug": "sandbox"}}
    gone = await admin.graphql(
        "query ($id: ID!, $uuid: ID!) { node(id: $id) { id } build(uuid: $uuid) { id } }",
        id=made["id"],
        uuid=build["id"],
    )
    assert gone == {"node": None, "build": None}
    with pytest.raises(GraphQLRefused, match="No pipeline found"):
        await admin.mutate("pipelineDelete", selection, id=made["id"])


@pytest.mark.parametrize(
    "mutation", ["pipelineUpdate", "pipelineArchive", "pipelineUnarchive", "pipelineDelete"]
)
@pytest.mark.parametrize("an_id", ["", "nonsense", "UGlwZWxpbmU="])
async def test_what_is_no_pipeline_is_not_found(
    admin: Administrator, mutation: str, an_id: str
) -> None:
    with pytest.raises(GraphQLRefused, match="No pipeline found"):
        await admin.mutate(mutation, "clientMutationId", id=an_id)


async def test_a_pipeline_is_found_by_slug_and_by_uuid(
    admin: Administrator, company: Company
) -> None:
    await create(admin)
    query = """query ($slug: ID, $uuid: ID) { pipeline(slug: $slug, uuid: $uuid) { uuid } }"""
    uuid = (await admin.graphql(query, slug="sandbox/app"))["pipeline"]["uuid"]

    by_uuid = await admin.graphql(query, uuid=uuid)
    nowhere = [
        await admin.graphql(query, slug=slug)
        for slug in ("sandbox/none", "sandbox", "app", "rival/app", "sandbox/app/1")
    ]
    foreign = [
        await company.outsider.graphql(query, **given)
        for given in ({"slug": "sandbox/app"}, {"uuid": uuid})
    ]

    assert by_uuid == {"pipeline": {"uuid": uuid}}
    assert {each["pipeline"] for each in (*nowhere, *foreign)} == {None}
    with pytest.raises(GraphQLRefused, match="needs a slug or a uuid"):
        await admin.graphql("{ pipeline { uuid } }")


class TestLookingForPipelines:
    @pytest.fixture(autouse=True)
    async def pipelines(self, admin: Administrator, company: Company) -> None:
        """Three of them, an hour between."""
        await create(admin, "Web", tags=[{"label": "ruby"}, {"label": "web"}])
        await admin.advance(3600)
        api = await create(
            admin,
            "The api",
            repository={"url": "https://example.com/API.git"},
            tags=[{"label": "ruby"}],
            clusterId=company.other_cluster["id"],
        )
        await admin.mutate("pipelineArchive", "clientMutationId", id=api["id"])
        await admin.advance(3600)
        docs = await create(admin, "Docs of the API")
        await update(admin, docs, clusterId=None)

    @pytest.mark.parametrize(
        ("arguments", "names"),
        [
            ("", ["Docs of the API", "The api", "Web"]),
            ("(order: NAME)", ["Docs of the API", "The api", "Web"]),
            ("(order: NAME, last: 1)", ["Web"]),
            ("(order: NAME_WITH_FAVORITES_FIRST)", ["Docs of the API", "The api", "Web"]),
            ('(order: RELEVANCE, search: "api")', ["The api", "Docs of the API"]),
            ('(search: "API")', ["Docs of the API", "The api"]),
            ('(search: "docs-of")', ["Docs of the API"]),
            ('(search: "none")', []),
            ("(archived: true)", ["The api"]),
            ("(archived: false)", ["Docs of the API", "Web"]),
            ("(clustered: false)", ["Docs of the API"]),
            ("(clustered: true)", ["Docs of the API", "The api", "Web"]),
            ("(favorite: true)", []),
            ("(favorite: false)", ["Docs of the API", "The api", "Web"]),
            ('(tags: ["ruby"])', ["The api", "Web"]),
            ('(tags: ["ruby", "web"])', ["Web"]),
            ('(repository: {url: "api.git"})', ["The api"]),
            ('(createdAtFrom: "2026-01-01T01:00:00")', ["Docs of the API", "The api"]),
            ('(createdAtTo: "2026-01-01T01:00:00")', ["Web"]),
            ('(cluster: "Q2x1c3Rlcg==")', []),
        ],
    )
    async def test_every_filter_and_order(
        self, admin: Administrator, arguments: str, names: list[str]
    ) -> None:
        if "last: 1" in arguments:
            data = await admin.graphql(
                f'{{ organization(slug: "sandbox") {{ pipelines{arguments} {{'
                " count edges { node { name } } } } }"
            )
            assert data["organization"]["pipelines"] == {
                "count": 3,
                "edges": [{"node": {"name": name}} for name in names],
            }
        else:
            assert await listed(admin, arguments) == names

    async def test_those_of_a_cluster(self, admin: Administrator, company: Company) -> None:
        other = company.other_cluster["id"]

        assert await listed(admin, f'(cluster: "{other}")') == ["The api"]
        assert await listed(admin, f'(cluster: "{await admin.cluster_id()}")') == ["Web"]
        theirs = company.outsider.facts["cluster_id"]
        assert await listed(admin, f'(cluster: "{theirs}")') == []
