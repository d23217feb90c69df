"""Who may do what with pipelines and builds: members everything, people from outside nothing."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields
from typing import Any

import pytest

from tests.actors import Administrator, GraphQLRefused, Member
from tests.artifacts.actors import Uploader
from tests.builders import REPOSITORY, Builder, Worker
from tests.graphql_api.conftest import Company
from tests.graphql_api.test_every_field import node_id
from tests.server import Served


@dataclass(frozen=True, slots=True)
class Place:
    """Things of the sandbox by their global IDs."""

    organization_id: str
    idle_pipeline_id: str
    pipeline_id: str
    build_id: str
    job_id: str
    failed_job_id: str
    block_id: str
    annotation_id: str
    artifact_id: str


Act = Callable[[Member, Place], Awaitable[Any]]


def acting(mutation: str, **given: Any) -> Act:
    """A mutation whose values in braces are filled in from the place."""

    async def act(member: Member, place: Place) -> Any:
        facts = {name: getattr(place, name) for name in Place.__slots__}
        filled = {
            key: value.format(**facts) if isinstance(value, str) else value
            for key, value in given.items()
        }
        return await member.mutate(mutation, "clientMutationId", **filled)

    return act


EVERYTHING = {
    "make pipelines": acting(
        "pipelineCreate",
        organizationId="{organization_id}",
        name="New",
        repository={"url": REPOSITORY},
    ),
    "change pipelines": acting("pipelineUpdate", id="{pipeline_id}", description="x"),
    "archive pipelines": acting("pipelineArchive", id="{pipeline_id}"),
    "delete pipelines": acting("pipelineDelete", id="{idle_pipeline_id}"),
    "make builds": acting("buildCreate", pipelineID="{pipeline_id}"),
    "cancel builds": acting("buildCancel", id="{build_id}"),
    "make builds again": acting("buildRebuild", id="{build_id}"),
    "retry failed jobs": acting("buildRetryFailedJobs", id="{build_id}"),
    "cancel jobs": acting("jobTypeCommandCancel", id="{job_id}"),
    "retry jobs": acting("jobTypeCommandRetry", id="{failed_job_id}"),
    "release steps": acting("jobTypeBlockUnblock", id="{block_id}"),
    "annotate builds": acting("buildAnnotate", buildID="{build_id}", body="x"),
    "annotate jobs": acting("jobAnnotate", jobId="{job_id}", body="x"),
    "delete annotations": acting("annotationDelete", id="{annotation_id}"),
    "delete artifacts": acting("artifactDelete", id="{artifact_id}"),
}


@pytest.fixture
async def place(server: Served, admin: Administrator) -> Place:
    builder = Builder(server)
    idle = await builder.caller.get(builder.path("pipelines", await builder.pipeline("steps: []")))
    build = await builder.build_of(
        "steps: [{command: a, key: a}, {command: b, key: b, agents: {os: none}},"
        " {block: Go?, key: go, depends_on: []}]"
    )
    job = await (await (await Worker(server).start()).take()).start()
    artifact = await Uploader(job).upload("log")
    await job.finish(1)
    payload = await admin.mutate(
        "buildAnnotate",
        "annotation { id }",
        buildID=build["graphql_id"],
        body="x",
        context="theirs",
    )
    return Place(
        organization_id=admin.organization_id,
        idle_pipeline_id=idle["graphql_id"],
        pipeline_id=build["pipeline"]["graphql_id"],
        build_id=build["graphql_id"],
        job_id=(await builder.job(build, "b"))["graphql_id"],
        failed_job_id=(await builder.job(build, "a"))["graphql_id"],
        block_id=(await builder.job(build, "go"))["graphql_id"],
        annotation_id=payload["annotation"]["id"],
        artifact_id=node_id("Artifact", artifact),
    )


@pytest.mark.parametrize("act", EVERYTHING.values(), ids=EVERYTHING)
async def test_members_may(company: Company, place: Place, act: Act) -> None:
    assert await act(company.member, place) == {"clientMutationId": None}


@pytest.mark.parametrize("act", EVERYTHING.values(), ids=EVERYTHING)
async def test_for_people_from_outside_there_is_nothing(
    admin: Administrator, company: Company, place: Place, act: Act
) -> None:
    with pytest.raises(GraphQLRefused) as refused:
        await act(company.outsider, place)

    assert refused.value.status == 200
    assert refused.value.message.startswith("No ")
    assert refused.value.message.endswith(" found")
    assert await act(admin, place) == {"clientMutationId": None}  # nothing was done to it


async def test_people_from_outside_find_none_of_it(company: Company, place: Place) -> None:
    nodes = " ".join(
        f'n{number}: node(id: "{getattr(place, field.name)}") {{ id }}'
        for number, field in enumerate(fields(Place))
    )

    found = await company.outsider.graphql(f"{{ {nodes} }}")
    for_member = await company.member.graphql(f"{{ {nodes} }}")

    assert set(found.values()) == {None}
    assert None not in for_member.values()


async def test_a_pipeline_can_be_moved_to_no_cluster_of_somebody_else(
    company: Company, admin: Administrator, place: Place
) -> None:
    for cluster_id in (
        company.outsider.facts["cluster_id"],
        node_id("Cluster", company.outsider.facts["cluster_id"]),
    ):
        with pytest.raises(GraphQLRefused, match="No cluster found"):
            await admin.mutate(
                "pipelineUpdate", "clientMutationId", id=place.pipeline_id, clusterId=cluster_id
            )


async def test_a_token_needs_the_scope_of_graphql_and_no_other(
    server: Served, admin: Administrator, place: Place
) -> None:
    planted = await admin.seed(
        {
            "users": [
                {
                    "email": "eve@sandbox.example",
                    "api_access_tokens": [
                        {"description": "GraphQL", "scopes": ["graphql"]},
                        {"description": "REST", "scopes": ["read_builds", "write_builds"]},
                    ],
                }
            ],
            "organizations": [{"slug": "sandbox", "members": [{"email": "eve@sandbox.example"}]}],
        }
    )
    graphql, rest = [
        Member(server, each["value"]) for each in planted["users"][0]["api_access_tokens"]
    ]
    act = EVERYTHING["make builds"]

    assert await act(graphql, place) == {"clientMutationId": None}
    with pytest.raises(GraphQLRefused) as refused:
        await act(rest, place)
    assert refused.value.status == 403
    assert "graphql scope" in refused.value.message
