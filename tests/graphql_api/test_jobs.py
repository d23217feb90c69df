"""Jobs over GraphQL: looked for, canceled, tried again, released."""

import base64
import json
from typing import Any

import pytest

from tests.actors import Administrator, GraphQLRefused
from tests.builders import Builder, Worker
from tests.graphql_api.conftest import Company
from tests.graphql_api.test_every_field import node_id
from tests.server import Served

UUIDS = "edges { node { ... on JobInterface { uuid } } }"
MANY = """
steps:
  - {command: a, key: a, priority: 1}
  - {command: b, key: b, soft_fail: true}
  - {command: c, key: c, agents: {os: linux}}
  - {command: d, key: d, agents: {os: linux, size: big}, priority: -1}
  - {command: e, key: e, concurrency: 1, concurrency_group: deploys, agents: {os: plan9}}
  - {wait: ~, key: w, depends_on: []}
  - {block: Go?, key: go}
  - {trigger: downstream, key: t}
"""
FORM = """
steps:
  - block: Release
    fields:
      - {text: Name, key: name}
      - {select: Where, key: where, multiple: true, required: false,
         options: [{label: A, value: a}, {label: B, value: b}]}
"""


@pytest.fixture
def builder(server: Served) -> Builder:
    return Builder(server)


@pytest.fixture
async def worker(server: Served) -> Worker:
    return await Worker(server).start()


def command_id(job: dict[str, Any]) -> str:
    return node_id("JobTypeCommand", job["id"])


def block_id(job: dict[str, Any]) -> str:
    return node_id("JobTypeBlock", job["id"])


async def test_a_scheduled_job_is_canceled_at_once(admin: Administrator, builder: Builder) -> None:
    build = await builder.build_of("steps: [{command: a}, {command: b}]")
    job, other = await builder.jobs(build)

    payload = await admin.mutate(
        "jobTypeCommandCancel",
        "clientMutationId jobTypeCommand { id state }",
        id=command_id(job),
        clientMutationId="1",
    )

    assert payload == {
        "clientMutationId": "1",
        "jobTypeCommand": {"id": command_id(job), "state": "CANCELED"},
    }
    assert (await builder.get_build(build))["jobs"][1]["state"] == other["state"]


async def test_a_running_job_is_canceled_when_its_agent_says_so(
    admin: Administrator, builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of("steps: [{command: sleep}]")
    (job,) = await builder.jobs(build)
    taken = await (await worker.take()).start()
    selection = "jobTypeCommand { state exitStatus }"

    asked = await admin.mutate("jobTypeCommandCancel", selection, id=command_id(job))
    heard = await taken.state()
    await taken.finish(-1, signal="SIGTERM", signal_reason="cancel")

    assert asked["jobTypeCommand"] == {"state": "CANCELING", "exitStatus": None}
    assert heard == "canceling"
    assert (await builder.get_build(build))["jobs"][0]["state"] == "canceled"
    with pytest.raises(GraphQLRefused, match="cannot be canceled"):
        await admin.mutate("jobTypeCommandCancel", selection, id=command_id(job))


async def test_a_failed_job_is_tried_again_once(
    admin: Administrator, builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of("steps: [{command: flaky}]")
    (job,) = await builder.jobs(build)
    await worker.run(1)

    payload = await admin.mutate(
        "jobTypeCommandRetry",
        "jobTypeCommand { uuid retried } retriedInJobTypeCommand { uuid state retrySource {"
        " ... on JobInterface { uuid } } }",
        id=command_id(job),
    )
    with pytest.raises(GraphQLRefused, match="Jobs can only be retried once"):
        await admin.mutate("jobTypeCommandRetry", "clientMutationId", id=command_id(job))

    assert payload["jobTypeCommand"] == {"uuid": job["id"], "retried": True}
    again = payload["retriedInJobTypeCommand"]
    assert again == {
        "uuid": again["uuid"],
        "state": "ASSIGNED",
        "retrySource": {"uuid": job["id"]},
    }
    assert again["uuid"] != job["id"]


async def test_a_job_that_has_not_failed_is_not_tried_again(
    admin: Administrator, builder: Builder
) -> None:
    build = await builder.build_of("steps: [{command: a}]")
    (job,) = await builder.jobs(build)

    with pytest.raises(GraphQLRefused) as refused:
        await admin.mutate("jobTypeCommandRetry", "clientMutationId", id=command_id(job))

    assert refused.value.message == "Only failed, timed out or canceled jobs can be retried"
    assert refused.value.data == {"jobTypeCommandRetry": None}


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "1.0", "where": ["a", "b"]},
        json.dumps({"name": "1.0", "where": ["a", "b"]}),
        json.dumps({"name": "1.0", "where": "a\nb"}),
    ],
)
async def test_a_block_step_is_released_with_what_was_filled_in(
    admin: Administrator, builder: Builder, fields: Any
) -> None:
    build = await builder.build_of(FORM)
    (job,) = await builder.jobs(build)

    payload = await admin.mutate(
        "jobTypeBlockUnblock",
        "jobTypeBlock { id state isUnblockable build { state"
        " metaData { edges { node { key value } } } } }",
        id=block_id(job),
        fields=fields,
    )

    assert payload["jobTypeBlock"] == {
        "id": block_id(job),
        "state": "UNBLOCKED",
        "isUnblockable": False,
        "build": {
            "state": "PASSED",
            "metaData": {
                "edges": [
                    {"node": {"key": "name", "value": "1.0"}},
                    {"node": {"key": "where", "value": "a\nb"}},
                ]
            },
        },
    }


async def test_fields_may_be_written_in_the_document(
    admin: Administrator, builder: Builder
) -> None:
    build = await builder.build_of(FORM)
    (job,) = await builder.jobs(build)

    data = await admin.graphql(
        f'mutation {{ jobTypeBlockUnblock(input: {{id: "{block_id(job)}",'
        ' fields: {name: "1.0"}}) { jobTypeBlock { state } } }'
    )

    assert data["jobTypeBlockUnblock"]["jobTypeBlock"] == {"state": "UNBLOCKED"}


@pytest.mark.parametrize("fields", [None, "", "null", "{}", {}])
async def test_nothing_need_be_filled_in_where_nothing_is_asked(
    admin: Administrator, builder: Builder, fields: Any
) -> None:
    build = await builder.build_of("steps: [{block: Go?}]")
    (job,) = await builder.jobs(build)

    payload = await admin.mutate(
        "jobTypeBlockUnblock", "jobTypeBlock { state }", id=block_id(job), fields=fields
    )

    assert payload["jobTypeBlock"] == {"state": "UNBLOCKED"}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "name is required"),
        ({"name": "1.0", "colour": "red"}, "no field 'colour'"),
        ({"name": "1.0", "where": "c"}, "where must be one of a, b"),
        ({"name": 1}, "Fields must be a JSON object of texts"),
        ({"name": ["a", 1]}, "Fields must be a JSON object of texts"),
        ([], "Fields must be a JSON object of texts"),
        ("[]", "Fields must be a JSON object of texts"),
        ("{", "is not JSON"),
    ],
)
async def test_what_was_filled_in_wrongly_releases_nothing(
    admin: Administrator, builder: Builder, fields: Any, message: str
) -> None:
    build = await builder.build_of(FORM)
    (job,) = await builder.jobs(build)

    with pytest.raises(GraphQLRefused, match=message) as refused:
        await admin.mutate(
            "jobTypeBlockUnblock", "clientMutationId", id=block_id(job), fields=fields
        )

    assert refused.value.status == 200
    after = await builder.get_build(build)
    assert after["blocked"] is True
    assert after["meta_data"] == {}


async def test_a_step_is_released_once(admin: Administrator, builder: Builder) -> None:
    build = await builder.build_of("steps: [{block: Go?}]")
    (job,) = await builder.jobs(build)
    await admin.mutate("jobTypeBlockUnblock", "clientMutationId", id=block_id(job))

    with pytest.raises(GraphQLRefused, match="This job cannot be unblocked"):
        await admin.mutate("jobTypeBlockUnblock", "clientMutationId", id=block_id(job))


async def test_jobs_go_by_the_ids_that_rest_has_of_them_and_by_no_other_type(
    admin: Administrator, builder: Builder
) -> None:
    build = await builder.build_of("steps: [{block: Go?}, {command: a}]")
    block, command = await builder.jobs(build)
    assert base64.b64decode(block["graphql_id"]).startswith(b"Job---")

    released = await admin.mutate(
        "jobTypeBlockUnblock", "jobTypeBlock { id }", id=block["graphql_id"]
    )
    canceled = await admin.mutate(
        "jobTypeCommandCancel", "jobTypeCommand { id }", id=command["graphql_id"]
    )

    assert released["jobTypeBlock"]["id"] == block_id(block)
    assert canceled["jobTypeCommand"]["id"] == command_id(command)
    for mutation, an_id in [
        ("jobTypeCommandCancel", block["graphql_id"]),
        ("jobTypeCommandRetry", block["graphql_id"]),
        ("jobTypeCommandRetry", node_id("JobTypeBlock", command["id"])),
        ("jobTypeBlockUnblock", command["graphql_id"]),
        ("jobTypeBlockUnblock", command_id(block)),
        ("jobTypeBlockUnblock", ""),
        ("jobTypeCommandCancel", "nonsense"),
    ]:
        with pytest.raises(GraphQLRefused, match="No job found"):
            await admin.mutate(mutation, "clientMutationId", id=an_id)


async def test_a_job_is_found_by_its_uuid_whatever_it_is(
    admin: Administrator, company: Company, builder: Builder
) -> None:
    await builder.pipeline("steps: [{command: x}]", "Downstream")
    build = await builder.build_of(MANY)
    query = "query ($uuid: ID!) { job(uuid: $uuid) { __typename ... on JobInterface { uuid } } }"

    for job in await builder.jobs(build):
        found = await admin.graphql(query, uuid=job["id"])
        foreign = await company.outsider.graphql(query, uuid=job["id"])

        kinds = {"script": "Command", "waiter": "Wait", "manual": "Block", "trigger": "Trigger"}
        assert found["job"] == {"__typename": f"JobType{kinds[job['type']]}", "uuid": job["id"]}
        assert foreign == {"job": None}
    assert await admin.graphql(query, uuid="nonsense") == {"job": None}


async def test_an_agent_tells_its_job_and_those_before_it(
    admin: Administrator, builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of("steps: [{command: a}, {command: b}, {command: c}]")
    jobs = [each["id"] for each in await builder.jobs(build)]
    await worker.run(1)
    await admin.advance(10)
    await worker.run()
    await admin.advance(10)

    told = await admin.agent(
        worker,
        f"isRunningJob job {{ ... on JobTypeCommand {{ uuid }} }} jobs {{ {UUIDS} }}"
        f" failed: jobs(passed: false) {{ {UUIDS} }} low: jobs(priority: 5) {{ {UUIDS} }}"
        f" created: jobs(order: RECENTLY_CREATED, last: 1) {{ {UUIDS} }}",
    )

    first, second, third = jobs
    assert told["isRunningJob"] is True
    assert told["job"] == {"uuid": third}
    assert uuids(told["jobs"]) == [third, second, first]
    assert uuids(told["failed"]) == [first]
    assert uuids(told["low"]) == []
    assert uuids(told["created"]) == [first]


def uuids(connection: Any) -> list[str]:
    return [edge["node"]["uuid"] for edge in connection["edges"]]


class TestLookingForJobs:
    @pytest.fixture(autouse=True)
    async def build(self, admin: Administrator, builder: Builder, worker: Worker) -> dict[str, Any]:
        """One with jobs of every kind: a passed, b failed softly, c and d wait for agents."""
        await builder.pipeline("steps: [{command: x, agents: {os: none}}]", "Downstream")
        build = await builder.build_of(MANY)
        await admin.advance(3600)
        await worker.run(0)
        await worker.run(1)
        return build

    async def found(self, admin: Administrator, place: str, arguments: str) -> list[str]:
        """The keys of the steps of the jobs that arguments find."""
        places = {
            "build": ('build(slug: "sandbox/app-1/1")', "build"),
            "pipeline": ('pipeline(slug: "sandbox/app-1")', "pipeline"),
            "organization": ('organization(slug: "sandbox")', "organization"),
        }
        opening, name = places[place]
        keys = " ".join(
            f"... on JobType{kind} {{ step{kind}: step {{ key }} }}"
            for kind in ("Command", "Wait", "Block", "Trigger")
        )
        data = await admin.graphql(
            f"{{ {opening} {{ jobs{arguments} {{ count edges {{ node {{ {keys} }} }} }} }} }}"
        )
        jobs = data[name]["jobs"]
        assert jobs["count"] == len(jobs["edges"])
        nodes = [edge["node"] for edge in jobs["edges"]]
        found = [step["key"] for node in nodes for step in node.values()]
        return [key for key in found if key is not None]

    @pytest.mark.parametrize(
        ("arguments", "found"),
        [
            ("", ["t", "go", "w", "e", "d", "c", "b", "a"]),
            ("(order: RECENTLY_ASSIGNED, type: COMMAND)", ["b", "a", "e", "d", "c"]),
            ("(state: FINISHED)", ["w", "b", "a"]),
            ("(state: [SCHEDULED, BLOCKED])", ["t", "go", "e", "d", "c"]),
            ("(state: [LIMITING, RESERVED, PLATFORM_LIMITED])", []),
            ("(type: [BLOCK, TRIGGER])", ["t", "go"]),
            ("(type: WAIT)", ["w"]),
            ("(passed: true)", ["a"]),
            ("(passed: false)", ["b"]),
            ("(passed: true, type: [BLOCK])", []),
            ('(step: {key: ["a", "go", "none"]})', ["go", "a"]),
            ('(concurrency: {group: "deploys"})', ["e"]),
            ("(priority: {number: [1, -1]})", ["d", "a"]),
            ('(agentQueryRules: "os=linux")', ["d", "c"]),
            ('(agentQueryRules: ["os=linux", "size=big"])', ["d"]),
            ('(agentQueryRules: "linux")', []),
            (
                "(step: null, priority: {}, concurrency: {})",
                ["t", "go", "w", "e", "d", "c", "b", "a"],
            ),
        ],
    )
    @pytest.mark.parametrize("place", ["build", "pipeline"])
    async def test_every_filter(
        self, admin: Administrator, place: str, arguments: str, found: list[str]
    ) -> None:
        assert await self.found(admin, place, arguments) == found

    @pytest.mark.parametrize(
        ("arguments", "found"),
        [
            ('(createdAtFrom: "2026-01-01T00:00:01Z")', []),
            ('(createdAtTo: "2026-01-01T00:00:01Z", type: COMMAND)', ["e", "d", "c", "b", "a"]),
            ('(finishedAt: "2026-01-01")', ["w", "b", "a"]),
            ('(finishedAt: "2026-01-02")', []),
            ("(clustered: false, type: COMMAND)", []),
            ('(cluster: "Q2x1c3Rlcg==")', []),
            ('(clusterQueue: ["Q2x1c3Rlcg=="])', []),
        ],
    )
    async def test_what_only_an_organization_is_asked(
        self, admin: Administrator, arguments: str, found: list[str]
    ) -> None:
        assert await self.found(admin, "organization", arguments) == found

    async def test_those_of_a_cluster_and_of_a_queue(
        self, admin: Administrator, company: Company
    ) -> None:
        cluster_id = await admin.cluster_id()
        data = await admin.graphql(
            "query ($id: ID!) { node(id: $id) { ... on Cluster { defaultQueue { id uuid } } } }",
            id=cluster_id,
        )
        queue = data["node"]["defaultQueue"]
        commands = ["e", "d", "c", "b", "a"]

        for arguments, found in [
            (f'(cluster: "{cluster_id}", type: COMMAND)', commands),
            (f'(cluster: "{company.other_cluster["id"]}")', []),
            (f'(clusterQueue: "{queue["id"]}")', commands),
            (f'(clusterQueue: ["{queue["uuid"]}"], passed: true)', ["a"]),
        ]:
            assert await self.found(admin, "organization", arguments) == found

    async def test_pages_join_up_in_either_direction(
        self, admin: Administrator, build: dict[str, Any]
    ) -> None:
        query = """query ($uuid: ID!, $first: Int, $last: Int, $after: String, $before: String) {
            build(uuid: $uuid) { jobs(first: $first, last: $last, after: $after, before: $before) {
                edges { cursor node { ... on JobInterface { uuid } } }
                pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""

        async def page(**arguments: Any) -> Any:
            data = await admin.graphql(query, uuid=build["id"], **arguments)
            return data["build"]["jobs"]

        everything = uuids(await page())
        first = await page(first=3)
        second = await page(first=3, after=first["pageInfo"]["endCursor"])
        last = await page(last=2)
        before_it = await page(last=3, before=last["pageInfo"]["startCursor"])

        assert len(everything) == 8
        assert uuids(first) + uuids(second) + uuids(last) == everything
        assert uuids(before_it) == uuids(second)
        assert first["pageInfo"]["hasPreviousPage"] is False
        assert second["pageInfo"]["hasPreviousPage"] is second["pageInfo"]["hasNextPage"] is True
        assert last["pageInfo"]["hasNextPage"] is False
