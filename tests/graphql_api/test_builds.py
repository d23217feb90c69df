"""Builds over GraphQL: made, looked for, canceled, made again."""

from typing import Any

import pytest

from tests.actors import Administrator, GraphQLRefused
from tests.builders import Builder, Worker
from tests.graphql_api.conftest import Company
from tests.server import Served

YAML = "steps: [{command: make, key: make}]"


@pytest.fixture
def builder(server: Served) -> Builder:
    return Builder(server)


@pytest.fixture
async def pipeline_id(admin: Administrator, builder: Builder) -> str:
    await builder.pipeline(YAML)
    found = await admin.graphql('{ pipeline(slug: "sandbox/app") { id } }')
    pipeline_id: str = found["pipeline"]["id"]
    return pipeline_id


SAID = """commit branch message env metaData { edges { node { key value } } }
    createdBy { ... on User { user: email } ... on UnregisteredUser {
        name email avatar { url } } }"""


async def create(
    admin: Administrator, pipeline_id: str, selection: str = SAID, **given: Any
) -> Any:
    payload = await admin.mutate(
        "buildCreate", f"build {{ id uuid number {selection} }}", pipelineID=pipeline_id, **given
    )
    return payload["build"]


async def numbers(admin: Administrator, arguments: str, of: str = "pipeline") -> list[int]:
    """The numbers of the builds that arguments find."""
    place = {
        "pipeline": f'pipeline(slug: "sandbox/app") {{ builds{arguments} {{',
        "viewer": f"viewer {{ builds{arguments} {{",
        "user": f"viewer {{ user {{ builds{arguments} {{",
    }[of]
    data = await admin.graphql(
        f"{{ {place} count edges {{ node {{ number }} }} {'}' * place.count('{')} }}"
    )
    while "count" not in data:
        (data,) = data.values()
    found = [edge["node"]["number"] for edge in data["edges"]]
    assert data["count"] == len(found)
    return found


async def test_a_build_that_says_little_is_of_the_default_branch(
    admin: Administrator, pipeline_id: str
) -> None:
    made = await create(admin, pipeline_id)

    assert made == {
        "id": made["id"],
        "uuid": made["uuid"],
        "number": 1,
        "commit": "HEAD",
        "branch": "main",
        "message": None,
        "env": [],
        "createdBy": {"user": "admin@sandbox.example"},
        "metaData": {"edges": []},
    }


async def test_a_build_has_what_it_was_made_with(admin: Administrator, pipeline_id: str) -> None:
    made = await create(
        admin,
        pipeline_id,
        commit="abc123",
        branch="feature",
        message="Bump",
        env=["FOO=bar", "EMPTY=", "URL=a=b"],
        metaData=[{"key": "release", "value": "1.0"}],
        author={"name": "Eve", "email": "eve@elsewhere.example"},
    )

    assert made["commit"] == "abc123"
    assert made["branch"] == "feature"
    assert made["message"] == "Bump"
    assert made["env"] == ["FOO=bar", "EMPTY=", "URL=a=b"]
    assert made["metaData"]["edges"] == [{"node": {"key": "release", "value": "1.0"}}]
    assert made["createdBy"].pop("avatar")["url"].startswith("https://www.gravatar.com/avatar/")
    assert made["createdBy"] == {"name": "Eve", "email": "eve@elsewhere.example"}


async def test_an_author_who_is_a_member_is_that_user(
    admin: Administrator, company: Company, pipeline_id: str
) -> None:
    author = {"name": "Bob", "email": "bob@sandbox.example"}

    made = await create(admin, pipeline_id, "createdBy { __typename }", author=author)

    assert made["createdBy"] == {"__typename": "User"}
    found = await company.member.graphql("{ viewer { builds { edges { node { id } } } } }")
    assert found["viewer"]["builds"]["edges"] == [{"node": {"id": made["id"]}}]


async def test_what_go_clients_send_for_nothing_is_nothing(
    admin: Administrator, pipeline_id: str
) -> None:
    made = await create(
        admin,
        pipeline_id,
        commit="",
        branch="",
        message="",
        env=None,
        metaData=None,
        author={"name": "", "email": ""},
    )

    assert (made["commit"], made["branch"], made["message"]) == ("HEAD", "main", None)
    assert made["createdBy"] == {"user": "admin@sandbox.example"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"env": ["FOO"]}, "'FOO' is not a variable written as KEY=value"),
        ({"env": ["=x"]}, "is not a variable"),
        ({"branch": "a\nb"}, "Branch can't have control characters"),
        ({"metaData": [{"key": " ", "value": "x"}]}, "Meta data is invalid"),
        ({"pipelineID": "UGlwZWxpbmU="}, "No pipeline found"),
    ],
)
async def test_what_no_build_can_have_is_refused(
    admin: Administrator, pipeline_id: str, given: dict[str, Any], message: str
) -> None:
    with pytest.raises(GraphQLRefused, match=message) as refused:
        await admin.mutate("buildCreate", "build { id }", **{"pipelineID": pipeline_id, **given})

    assert refused.value.data == {"buildCreate": None}
    assert await numbers(admin, "") == []


async def test_an_idle_agent_has_the_job_when_the_answer_comes(
    admin: Administrator, server: Served, pipeline_id: str
) -> None:
    worker = await Worker(server).start()

    made = await create(
        admin, pipeline_id, "jobs { edges { node { ... on JobTypeCommand { state } } } }"
    )

    assert made["jobs"]["edges"] == [{"node": {"state": "ASSIGNED"}}]
    assert (await worker.take()).command == "make"


async def test_a_build_is_canceled_once(admin: Administrator, pipeline_id: str) -> None:
    made = await create(admin, pipeline_id)

    payload = await admin.mutate(
        "buildCancel", "clientMutationId build { id state }", id=made["id"], clientMutationId="c"
    )
    with pytest.raises(GraphQLRefused, match="already finished"):
        await admin.mutate("buildCancel", "build { id }", id=made["id"])

    assert payload == {
        "clientMutationId": "c",
        "build": {"id": made["id"], "state": "CANCELED"},
    }


async def test_a_build_is_made_again(admin: Administrator, pipeline_id: str) -> None:
    made = await create(admin, pipeline_id, commit="abc", env=["FOO=bar"], message="Bump")

    payload = await admin.mutate(
        "buildRebuild",
        "build { number } rebuild { number commit env message rebuiltFrom { number } }",
        id=made["id"],
    )

    assert payload == {
        "build": {"number": 1},
        "rebuild": {
            "number": 2,
            "commit": "abc",
            "env": ["FOO=bar"],
            "message": "Bump",
            "rebuiltFrom": {"number": 1},
        },
    }


async def test_a_pipeline_may_forbid_rebuilds(admin: Administrator, pipeline_id: str) -> None:
    made = await create(admin, pipeline_id)
    await admin.mutate("pipelineUpdate", "clientMutationId", id=pipeline_id, allowRebuilds=False)

    with pytest.raises(GraphQLRefused, match="Rebuilds have been disabled"):
        await admin.mutate("buildRebuild", "rebuild { id }", id=made["id"])

    assert await numbers(admin, "") == [1]


async def test_failed_jobs_are_tried_again_all_or_as_they_came_out(
    admin: Administrator, builder: Builder, server: Served
) -> None:
    build = await builder.build_of(
        "steps: [{command: a}, {command: b, soft_fail: true}, {command: c}]"
    )
    worker = await Worker(server).start()
    for exit_status in (1, 1, 0):
        await worker.run(exit_status)

    async def retry(**given: Any) -> Any:
        selection = "retriedJobsCount build { state }"
        return await admin.mutate(
            "buildRetryFailedJobs", selection, id=build["graphql_id"], **given
        )

    softly = await retry(states=["SOFT_FAILED", "TIMED_OUT"])
    rest = await retry(states=None)
    nothing = await retry()

    assert softly["retriedJobsCount"] == 1
    assert rest == {"retriedJobsCount": 1, "build": {"state": "FAILING"}}
    assert nothing["retriedJobsCount"] == 0


@pytest.mark.parametrize("mutation", ["buildCancel", "buildRebuild", "buildRetryFailedJobs"])
@pytest.mark.parametrize("an_id", ["", "nonsense", "QnVpbGQ="])
async def test_what_is_no_build_is_not_found(
    admin: Administrator, mutation: str, an_id: str
) -> None:
    with pytest.raises(GraphQLRefused, match="No build found"):
        await admin.mutate(mutation, "clientMutationId", id=an_id)


async def test_a_build_is_found_by_slug_and_by_uuid(
    admin: Administrator, company: Company, pipeline_id: str
) -> None:
    made = await create(admin, pipeline_id)
    query = "query ($slug: ID, $uuid: ID) { build(slug: $slug, uuid: $uuid) { number } }"

    found = [
        await admin.graphql(query, **given)
        for given in ({"slug": "sandbox/app/1"}, {"uuid": made["uuid"]})
    ]
    nowhere = [
        await admin.graphql(query, slug=slug)
        for slug in (
            "sandbox/app/2",
            "sandbox/app/-1",
            "sandbox/app/x",
            "sandbox/app/" + "9" * 30,
            "sandbox/app",
            "sandbox/none/1",
            "rival/app/1",
        )
    ]
    foreign = [
        await company.outsider.graphql(query, **given)
        for given in ({"slug": "sandbox/app/1"}, {"uuid": made["uuid"]})
    ]

    assert found == [{"build": {"number": 1}}] * 2
    assert {each["build"] for each in (*nowhere, *foreign)} == {None}
    with pytest.raises(GraphQLRefused, match="needs a slug or a uuid"):
        await admin.graphql("{ build { id } }")


class TestLookingForBuilds:
    @pytest.fixture(autouse=True)
    async def builds(self, admin: Administrator, server: Served, pipeline_id: str) -> None:
        """Five builds, an hour between: passed, canceled, and three that are scheduled."""
        given: list[dict[str, Any]] = [
            {"branch": "main", "metaData": [{"key": "os", "value": "linux"}]},
            {
                "branch": "main",
                "commit": "abc",
                "metaData": [{"key": "os", "value": "linux"}, {"key": "a:b", "value": "c"}],
            },
            {"branch": "feature/x", "commit": "abc"},
            {"branch": "feature/y"},
            {"branch": "f?", "author": {"name": "Eve", "email": "eve@elsewhere.example"}},
        ]
        first, second, *_ = [await self.created(admin, pipeline_id, each) for each in given]
        await admin.mutate("buildCancel", "clientMutationId", id=second["id"])
        await (await Worker(server).start()).run()
        assert first["number"] == 1

    async def created(self, admin: Administrator, pipeline_id: str, given: dict[str, Any]) -> Any:
        made = await create(admin, pipeline_id, **given)
        await admin.advance(3600)
        return made

    @pytest.mark.parametrize(
        ("arguments", "found"),
        [
            ("", [5, 4, 3, 2, 1]),
            ("(state: SCHEDULED)", [5, 4, 3]),
            ("(state: [PASSED, CANCELED])", [2, 1]),
            ("(state: [])", []),
            ("(state: [CREATING])", []),
            ('(branch: "main")', [2, 1]),
            ('(branch: "%default")', [2, 1]),
            ('(branch: ["feature/*", "%default"])', [4, 3, 2, 1]),
            ('(branch: "f?")', [5]),
            ('(branch: "[a-z]*")', []),
            ("(branch: [])", []),
            ('(commit: "abc")', [3, 2]),
            ('(commit: "abc", branch: "main")', [2]),
            ('(metaData: "os:linux")', [2, 1]),
            ('(metaData: ["os:linux", "os:other"])', []),
            ('(createdAtFrom: "2026-01-01T03:00:00Z")', [5, 4]),
            ('(createdAtTo: "2026-01-01T03:00:00Z")', [3, 2, 1]),
            (
                '(createdAtFrom: "2026-01-01T01:00:00", createdAtTo: "2026-01-01T03:00:00")',
                [3, 2],
            ),
        ],
    )
    async def test_every_filter(
        self, admin: Administrator, arguments: str, found: list[int]
    ) -> None:
        assert await numbers(admin, arguments) == found

    @pytest.mark.parametrize(
        ("arguments", "found"),
        [
            ("", [4, 3, 2, 1]),
            ('(branch: "main")', [2, 1]),
            ("(state: SCHEDULED)", [4, 3]),
            ('(metaData: "os:linux")', [2, 1]),
        ],
    )
    @pytest.mark.parametrize("of", ["viewer", "user"])
    async def test_those_that_somebody_made(
        self, admin: Administrator, arguments: str, found: list[int], of: str
    ) -> None:
        assert await numbers(admin, arguments, of) == found

    async def test_pages_join_up(self, admin: Administrator) -> None:
        query = """query ($after: String, $first: Int) { pipeline(slug: "sandbox/app") {
            builds(first: $first, after: $after) { count
                edges { cursor node { number } }
                pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""
        pages, after, has_more = [], None, True
        while has_more:
            data = await admin.graphql(query, after=after, first=2)
            page = data["pipeline"]["builds"]
            pages.append([edge["node"]["number"] for edge in page["edges"]])
            info = page["pageInfo"]
            assert page["count"] == 5
            assert info["hasPreviousPage"] is (after is not None)
            assert info["startCursor"] == page["edges"][0]["cursor"]
            after, has_more = info["endCursor"], info["hasNextPage"]

        assert pages == [[5, 4], [3, 2], [1]]

    async def test_meta_data_that_is_no_pair_is_refused(self, admin: Administrator) -> None:
        with pytest.raises(GraphQLRefused, match="not meta-data written as key:value"):
            await numbers(admin, '(metaData: "os")')


async def test_the_meta_data_of_a_build_has_larger_pages(
    admin: Administrator, pipeline_id: str
) -> None:
    pairs = [{"key": f"k{number:04}", "value": "v"} for number in range(600)]
    made = await create(admin, pipeline_id, metaData=pairs)
    query = """query ($uuid: ID!, $first: Int) { build(uuid: $uuid) { metaData(first: $first) {
        count edges { node { key } } pageInfo { hasNextPage } } } }"""

    usual = (await admin.graphql(query, uuid=made["uuid"]))["build"]["metaData"]
    larger = (await admin.graphql(query, uuid=made["uuid"], first=10_000))["build"]["metaData"]

    assert (usual["count"], len(usual["edges"]), usual["pageInfo"]["hasNextPage"]) == (
        600,
        500,
        True,
    )
    assert [edge["node"]["key"] for edge in larger["edges"]] == [each["key"] for each in pairs]
