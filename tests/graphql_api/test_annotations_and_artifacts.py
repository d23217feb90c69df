"""Annotations and artifacts over GraphQL: written, listed, downloaded, taken away."""

import asyncio
from typing import Any

import pytest

from tests.actors import Administrator, Agent, GraphQLRefused
from tests.artifacts.actors import Uploader, announced
from tests.builders import Builder, TakenJob, Worker
from tests.graphql_api.conftest import Company
from tests.graphql_api.test_every_field import node_id
from tests.server import Served

WRITTEN = "annotation { id context style priority scope body { text } }"


@pytest.fixture
async def job(server: Served) -> TakenJob:
    """A job at work, of a build that has another one."""
    await Builder(server).build_of("steps: [{command: a, key: a}, {command: b}]")
    return await (await (await Worker(server).start()).take()).start()


@pytest.fixture
def build_id(job: TakenJob) -> str:
    return node_id("Build", job.env["BUILDKITE_BUILD_ID"])


@pytest.fixture
def job_id(job: TakenJob) -> str:
    return node_id("JobTypeCommand", job.uuid)


async def annotate(admin: Administrator, build_id: str, **given: Any) -> Any:
    payload = await admin.mutate("buildAnnotate", WRITTEN, buildID=build_id, **given)
    return payload["annotation"]


async def contexts(admin: Administrator, build_id: str, arguments: str = "") -> list[str]:
    data = await admin.graphql(
        "query ($id: ID!) { node(id: $id) { ... on Build {"
        f" annotations{arguments} {{ count edges {{ node {{ context }} }} }} }} }} }}",
        id=build_id,
    )
    found = data["node"]["annotations"]
    assert found["count"] == len(found["edges"])
    return [edge["node"]["context"] for edge in found["edges"]]


async def test_an_annotation_that_says_little_has_the_usual(
    admin: Administrator, build_id: str
) -> None:
    written = await annotate(admin, build_id, body="Hello")

    assert written == {
        "id": written["id"],
        "context": "default",
        "style": "DEFAULT",
        "priority": 3,
        "scope": "BUILD",
        "body": {"text": "Hello"},
    }


async def test_the_payload_has_what_the_annotation_is_on(
    admin: Administrator, build_id: str, job_id: str
) -> None:
    edge = "clientMutationId annotation { id } annotationEdge { cursor node { id } }"

    on_build = await admin.mutate(
        "buildAnnotate",
        f"{edge} build {{ id }}",
        buildID=build_id,
        body="x",
        clientMutationId="1",
    )
    on_job = await admin.mutate("jobAnnotate", f"{edge} job {{ id }}", jobId=job_id, body="x")

    assert on_build["clientMutationId"] == "1"
    assert on_build["build"] == {"id": build_id}
    assert on_job["job"] == {"id": job_id}
    for payload in (on_build, on_job):
        assert payload["annotationEdge"]["cursor"]
        assert payload["annotationEdge"]["node"] == payload["annotation"]


async def test_a_context_is_written_over_or_on(admin: Administrator, build_id: str) -> None:
    first = await annotate(admin, build_id, body="One", style="INFO", priority=9, context="c")

    more = await annotate(
        admin, build_id, body=" two", append=True, context="c", style=None, priority=None
    )
    other = await annotate(admin, build_id, body="Three", context="c")

    assert first["id"] == more["id"] == other["id"]
    assert (more["body"]["text"], more["style"], more["priority"]) == ("One two", "INFO", 9)
    # Its input has defaults: who says nothing says those.
    assert (other["body"]["text"], other["style"], other["priority"]) == ("Three", "DEFAULT", 3)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "Body can't be blank"),
        ({"body": "x", "priority": 11}, "Priority must be between 1 and 10"),
        ({"body": "x", "context": "c" * 101}, "Context is too long"),
        ({"body": "a\0b"}, "Body can't have NUL characters"),
        ({"body": "x", "buildID": "QnVpbGQ="}, "No build found"),
    ],
)
async def test_what_no_annotation_can_have_is_refused(
    admin: Administrator, build_id: str, given: dict[str, Any], message: str
) -> None:
    with pytest.raises(GraphQLRefused, match=message):
        await admin.mutate("buildAnnotate", WRITTEN, **{"buildID": build_id, **given})

    assert await contexts(admin, build_id, "(scope: [BUILD, JOB])") == []


async def test_annotations_are_listed_by_age_priority_scope_and_style(
    admin: Administrator, build_id: str, job_id: str
) -> None:
    await annotate(admin, build_id, body="x", context="old", priority=5)
    await annotate(admin, build_id, body="x", context="bad", style="ERROR", priority=10)
    await annotate(admin, build_id, body="x", context="new", style="INFO", priority=5)
    await admin.mutate(
        "jobAnnotate", "clientMutationId", jobId=job_id, body="x", context="job", style="ERROR"
    )

    for arguments, found in [
        ("", ["new", "bad", "old"]),
        ("(order: PRIORITY_RECENTLY_CREATED)", ["bad", "new", "old"]),
        ("(scope: JOB)", ["job"]),
        ("(scope: [JOB, BUILD])", ["job", "new", "bad", "old"]),
        ("(style: ERROR)", ["bad"]),
        ("(style: [ERROR, INFO])", ["new", "bad"]),
        ("(style: [])", []),
    ]:
        assert await contexts(admin, build_id, arguments) == found, arguments
    data = await admin.graphql(
        "query ($id: ID!) { node(id: $id) { ... on JobTypeCommand { all: annotations { count }"
        " info: annotations(style: INFO) { count } } } }",
        id=job_id,
    )
    assert data["node"] == {"all": {"count": 1}, "info": {"count": 0}}


async def test_an_annotation_is_taken_away(admin: Administrator, build_id: str) -> None:
    written = await annotate(admin, build_id, body="x")

    payload = await admin.mutate(
        "annotationDelete", "deletedAnnotationId build { id }", id=written["id"]
    )

    assert payload == {"deletedAnnotationId": written["id"], "build": {"id": build_id}}
    assert await contexts(admin, build_id) == []
    with pytest.raises(GraphQLRefused, match="No annotation found"):
        await admin.mutate("annotationDelete", "clientMutationId", id=written["id"])


async def test_others_go_on_while_a_large_annotation_becomes_html(
    socket_server: Served,
) -> None:
    admin, agent = Administrator(socket_server), await Agent(socket_server).start()
    build = await Builder(socket_server).build_of("steps: [{block: Go?}]")
    body = "|a|b|\n|-|-|\n" + "|x|y|\n" * 8_000
    asked = asyncio.create_task(
        admin.mutate(
            "buildAnnotate",
            "annotation { body { html } }",
            buildID=build["graphql_id"],
            body=body,
        )
    )
    await asyncio.sleep(0)  # it is sent first

    for _ in range(3):
        await agent.ping()

    assert not asked.done()
    assert "<td>x</td>" in (await asked)["annotation"]["body"]["html"]


class TestArtifacts:
    @pytest.fixture(autouse=True)
    async def uploader(self, job: TakenJob) -> Uploader:
        """A job with two files, and a third that is only announced."""
        uploader = Uploader(job)
        await uploader.upload("logs/a.log", b"hello")
        await uploader.upload("dist/app.bin", b"app")
        await uploader.create(announced("logs/b.log", b"later"))
        return uploader

    async def listed(self, admin: Administrator, job_id: str, arguments: str = "") -> Any:
        data = await admin.graphql(
            "query ($id: ID!) { node(id: $id) { ... on JobTypeCommand {"
            f" artifacts{arguments} {{ count edges {{ node {{ id uuid path state downloadURL"
            " } } } } } }",
            id=job_id,
        )
        found = data["node"]["artifacts"]
        assert found["count"] == len(found["edges"])
        return [edge["node"] for edge in found["edges"]]

    @pytest.mark.parametrize(
        ("arguments", "paths"),
        [
            ("", ["logs/a.log", "dist/app.bin", "logs/b.log"]),
            ("(state: NEW)", ["logs/b.log"]),
            ("(state: ERROR)", []),
            ('(path: "logs/*")', ["logs/a.log", "logs/b.log"]),
            ('(path: "logs/a.log")', ["logs/a.log"]),
            ('(path: "logs")', []),
            ('(path: "logs/*", state: FINISHED)', ["logs/a.log"]),
        ],
    )
    async def test_every_filter(
        self, admin: Administrator, job_id: str, arguments: str, paths: list[str]
    ) -> None:
        found = await self.listed(admin, job_id, arguments)

        assert [each["path"] for each in found] == paths

    async def test_a_file_is_downloaded_for_ten_minutes_without_a_token(
        self, admin: Administrator, server: Served, job_id: str
    ) -> None:
        finished, _, new = await self.listed(admin, job_id)

        at_once = await server.http.get(finished["downloadURL"])
        await admin.advance(601)
        too_late = await server.http.get(finished["downloadURL"])

        assert (at_once.status_code, at_once.content) == (200, b"hello")
        assert too_late.status_code == 403
        assert new["downloadURL"] == ""

    async def test_a_deleted_artifact_leaves_its_record(
        self, admin: Administrator, server: Served, job_id: str
    ) -> None:
        before, *_ = await self.listed(admin, job_id)

        payload = await admin.mutate(
            "artifactDelete",
            "deletedArtifactId artifact { id state downloadURL }",
            id=before["id"],
        )

        assert payload == {
            "deletedArtifactId": before["id"],
            "artifact": {"id": before["id"], "state": "deleted", "downloadURL": ""},
        }
        assert (await server.http.get(before["downloadURL"])).status_code == 404
        assert [each["path"] for each in await self.listed(admin, job_id)] == [
            "dist/app.bin",
            "logs/b.log",
        ]
        (deleted,) = await self.listed(admin, job_id, "(state: DELETED)")
        assert deleted["path"] == "logs/a.log"
        with pytest.raises(GraphQLRefused, match="A deletion is not possible"):
            await admin.mutate("artifactDelete", "clientMutationId", id=before["id"])

    async def test_an_artifact_is_found_by_its_uuid(
        self, admin: Administrator, company: Company, job_id: str
    ) -> None:
        (artifact, *_) = await self.listed(admin, job_id)
        query = "query ($uuid: ID!) { artifact(uuid: $uuid) { path job { uuid } } }"

        found = await admin.graphql(query, uuid=artifact["uuid"])
        foreign = await company.outsider.graphql(query, uuid=artifact["uuid"])

        assert found["artifact"]["path"] == "logs/a.log"
        assert node_id("JobTypeCommand", found["artifact"]["job"]["uuid"]) == job_id
        assert foreign == {"artifact": None}
        assert await admin.graphql(query, uuid="nonsense") == {"artifact": None}

    @pytest.mark.parametrize("an_id", ["", "nonsense", "QXJ0aWZhY3Q="])
    async def test_what_is_no_artifact_is_not_found(self, admin: Administrator, an_id: str) -> None:
        with pytest.raises(GraphQLRefused, match="No artifact found"):
            await admin.mutate("artifactDelete", "clientMutationId", id=an_id)
