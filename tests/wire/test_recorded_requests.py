"""Recorded requests and answers, sent again to a fresh server.

A sample in `fixtures/wire/` is what Buildkite's documentation or an official client says of one
call. It holds no ids, moments or token values: see `tests/shapes.py` for what stands in their
place. A frame of a stream is written in hexadecimal, and its placeholders as they are.
"""

import asyncio
import gzip
import json
import re
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from starlette.routing import Route

from mock_buildkite import node_ids
from mock_buildkite.agent_api import app as agent_app
from mock_buildkite.agent_api import ping_stream
from tests.actors import Administrator, Agent
from tests.artifacts.actors import announced, uploader_of
from tests.builders import Builder, Worker
from tests.conftest import CHECKOUT
from tests.rest_api.actors import Caller
from tests.server import Served
from tests.shapes import differences, fill, has_shape
from tests.wire import builds
from tests.working_jobs import WorkingJob, working_job

SAMPLES = CHECKOUT / "fixtures" / "wire"
SIX_BYTES = b"hello\n"
FILES = sorted(SAMPLES.glob("*/*.json"))


class Request(msgspec.Struct, forbid_unknown_fields=True):
    """What a client sends: a body of JSON, or text that it compresses, or frames, or nothing."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any = None
    frames: list[str] | None = None
    text: str | None = None

    def content(self, known: dict[str, str]) -> bytes:
        if self.frames is not None:
            return b"".join(as_frame(written, known) for written in self.frames)
        if self.text is not None:
            return gzip.compress(self.text.encode())
        if self.body is None:
            return b""
        # As Go writes it: no spaces, and a line break at the end.
        return json.dumps(fill(self.body, known), separators=(",", ":")).encode() + b"\n"


class Answer(msgspec.Struct, forbid_unknown_fields=True):
    """What comes back: those headers that matter, and a body of JSON, or frames."""

    status: int
    headers: dict[str, str]
    body: Any = None
    frames: list[str] | None = None


class Sample(msgspec.Struct, forbid_unknown_fields=True):
    """One request, its answer, where they are documented, and what has to be there before."""

    name: str
    source: list[str]
    given: list[str]
    request: Request
    answer: Answer


def read(file: Path) -> Sample:
    return msgspec.json.decode(file.read_bytes(), type=Sample)


def of_kind(*, streamed: bool) -> list[Any]:
    """The samples with, or without, frames in their answers, each under its file's name."""
    samples = [(file.relative_to(SAMPLES), read(file)) for file in FILES]
    return [
        pytest.param(sample, id=str(path.with_suffix("")))
        for path, sample in samples
        if (sample.answer.frames is not None) is streamed
    ]


def as_frame(written: str, known: dict[str, str]) -> bytes:
    """A length-prefixed message, written as hexadecimal with placeholders among it."""
    parts = re.split(r"(<[^>]+>)", written)
    message = b"".join(
        fill(part, known).encode() if part.startswith("<") else bytes.fromhex(part)
        for part in parts
    )
    return struct.pack(">BI", 0, len(message)) + message


async def prepare(agent: Agent, given: list[str]) -> dict[str, str]:
    """Bring about what a sample takes for granted; the values of placeholders from then on."""
    admin = Administrator(agent.server)
    known: dict[str, str] = {
        "agent token": agent.agent_token,
        "api access token": admin.api_access_token,
        "organization id": admin.organization_id,
        "cluster id": await admin.cluster_id(),
        "cluster uuid": admin.facts["cluster_id"],
        "url": agent.server.url,
    }
    for step in given:
        if step not in GIVEN:
            pytest.fail(f"nobody knows how to bring about {step!r}")
        made = await GIVEN[step](agent)
        known |= made if isinstance(made, dict) else {}
    return known


async def registered(agent: Agent) -> dict[str, str]:
    await agent.register()
    return {
        "session token": agent.session_token,
        "agent uuid": agent.uuid,
        "agent id": node_ids.encode("Agent", agent.uuid),
    }


async def a_cluster_agent_token(agent: Agent) -> dict[str, str]:
    token = await Administrator(agent.server).create_agent_token()
    return {"agent token id": token["id"], "agent token uuid": token["uuid"]}


async def an_unclustered_agent_token(agent: Agent) -> dict[str, str]:
    token = await Administrator(agent.server).create_unclustered_agent_token()
    return {"agent token id": token["id"], "agent token uuid": token["uuid"]}


async def a_queue(agent: Agent) -> dict[str, str]:
    """A second queue of the first cluster."""
    server = agent.server
    cluster = f"/organizations/sandbox/clusters/{server.facts['cluster_id']}"
    caller = Caller(server, server.facts["api_access_token"])
    queue = await caller.post(f"{cluster}/queues", {"key": "deploy"})
    return {
        "queue path": f"{cluster}/queues/{queue['id']}",
        "queue uuid": queue["id"],
        "queue id": queue["graphql_id"],
    }


async def a_paused_queue(agent: Agent) -> dict[str, str]:
    known = await a_queue(agent)
    caller = Caller(agent.server, agent.server.facts["api_access_token"])
    await caller.post(f"{known['queue path']}/pause_dispatch", {"note": "disk swap"})
    return known


async def a_member(agent: Agent) -> dict[str, str]:
    """Another user in the organization."""
    member = {"email": "cara@sandbox.example"}
    planted = await Administrator(agent.server).seed(
        {"users": [member], "organizations": [{"slug": "sandbox", "members": [member]}]}
    )
    return {"user uuid": planted["users"][0]["uuid"]}


async def an_api_access_token(agent: Agent) -> dict[str, str]:
    """One of another user in the organization."""
    admin, member = Administrator(agent.server), {"email": "cara@sandbox.example"}
    await admin.seed(
        {
            "users": [{**member, "api_access_tokens": [{"description": "Laptop"}]}],
            "organizations": [{"slug": "sandbox", "members": [member]}],
        }
    )
    data = await admin.graphql(
        '{ organization(slug: "sandbox") { apiAccessTokens { nodes { id owner { email } } } } }'
    )
    tokens = data["organization"]["apiAccessTokens"]["nodes"]
    (own,) = [token["id"] for token in tokens if token["owner"] == member]
    return {"api access token id": own}


async def a_job_at_work(agent: Agent) -> dict[str, str]:
    """A job that another agent has started."""
    return known_of(await working_job(agent.server))


async def a_job_with_meta_data(agent: Agent) -> dict[str, str]:
    job = await working_job(agent.server)
    pair = {"key": "release-version", "value": "1.1"}
    await job.call("POST", f"jobs/{job.uuid}/data/set", pair)
    return known_of(job)


async def a_job_with_an_annotation(agent: Agent) -> dict[str, str]:
    job = await working_job(agent.server)
    said = {"body": "All tests passed! :rocket:", "context": "a.b/c", "style": "success"}
    await job.call("POST", f"jobs/{job.uuid}/annotations", said)
    [annotation] = await job.builder.caller.get(f"{job.build_path}/annotations")
    return {
        **known_of(job),
        "context": "a%2Eb%2Fc",
        "annotation uuid": annotation["id"],
        "annotation id": node_ids.encode("Annotation", annotation["id"]),
    }


async def a_job_with_a_log(agent: Agent) -> dict[str, str]:
    job = await working_job(agent.server)
    await job.taken.write("This is the job's log output")
    return known_of(job)


async def a_job_offered(agent: Agent) -> dict[str, str]:
    """A job that the agent hears of in its next ping."""
    return await _a_job(agent, "steps: [{command: make, label: Build, key: build}]")


async def a_job_that_waits_for_another_agent(agent: Agent) -> dict[str, str]:
    return await _a_job(agent, "steps: [{command: make, agents: {os: plan9}}]")


async def _a_job(agent: Agent, yaml: str) -> dict[str, str]:
    builder = Builder(agent.server)
    build = await builder.build(await builder.pipeline(yaml))
    [job] = await builder.jobs(build)
    return {"job uuid": job["id"], "build uuid": build["id"]}


async def a_job_accepted(agent: Agent) -> dict[str, str]:
    """A job that another agent has accepted, and is about to start."""
    worker = await Worker(agent.server).start()
    known = await a_job_offered(agent)
    return {**known, "job token": (await worker.take()).token}


async def a_job_with_an_upload(agent: Agent) -> dict[str, str]:
    job = await working_job(agent.server)
    uuid = "5a4d5c1e-6d1f-4c3a-9a53-0f3e5d3f7a10"
    await job.taken.upload([{"command": "make more"}], uuid)
    return {**known_of(job), "upload": uuid}


def known_of(job: WorkingJob) -> dict[str, str]:
    return {
        "step name": job.taken.env["BUILDKITE_STEP_ID"],
        "job uuid": job.uuid,
        "job token": job.token,
        "build uuid": job.build_uuid,
        "build path": job.build_path,
    }


async def a_file(_agent: Agent) -> dict[str, str]:
    """What an agent says of a file of six bytes."""
    said = announced("out/hello.txt", SIX_BYTES)
    return {"digest of a file": said["sha1sum"], "longer digest of a file": said["sha256sum"]}


async def a_job_with_an_artifact(agent: Agent) -> dict[str, str]:
    """The same file, uploaded."""
    uploader = await uploader_of(agent.server)
    artifact = await uploader.upload("out/hello.txt", SIX_BYTES)
    return {
        "job uuid": uploader.job.uuid,
        "job token": uploader.job.token,
        "build uuid": uploader.build_uuid,
        "artifact uuid": artifact,
        "artifact id": node_ids.encode("Artifact", artifact),
    }


async def a_secret(agent: Agent) -> dict[str, str]:
    """A secret of the first cluster."""
    server = agent.server
    secrets = f"/organizations/sandbox/clusters/{server.facts['cluster_id']}/secrets"
    caller = Caller(server, server.facts["api_access_token"])
    secret = await caller.post(secrets, {"key": "MY_SECRET", "value": "secret-value"})
    return {"secret uuid": secret["id"]}


async def a_repository_token(agent: Agent) -> None:
    tokens = {"https://github.com/acme/app": "code-access"}
    await Administrator(agent.server).seed(
        {"organizations": [{"slug": "sandbox", "repository_tokens": tokens}]}
    )


GIVEN: dict[str, Callable[[Agent], Awaitable[Any]]] = {
    "registered": registered,
    "connected": Agent.connect,
    "paused": Agent.pause,
    "stopped": Agent.stop,
    "a cluster agent token": a_cluster_agent_token,
    "an unclustered agent token": an_unclustered_agent_token,
    "a queue": a_queue,
    "a paused queue": a_paused_queue,
    "a member": a_member,
    "an API access token of a member": an_api_access_token,
    "a job at work": a_job_at_work,
    "a job with meta-data": a_job_with_meta_data,
    "a job with an annotation": a_job_with_an_annotation,
    "a job with a log": a_job_with_a_log,
    "a job offered": a_job_offered,
    "a job that waits for another agent": a_job_that_waits_for_another_agent,
    "a job accepted": a_job_accepted,
    "a job with an upload": a_job_with_an_upload,
    "a file": a_file,
    "a job with an artifact": a_job_with_an_artifact,
    "a secret": a_secret,
    "a repository token": a_repository_token,
    **builds.GIVEN,
}
"""How each thing that a sample takes for granted comes about, and what is known from then on."""


@pytest.mark.parametrize("sample", of_kind(streamed=False))
async def test_a_recorded_request_is_answered_as_recorded(
    server: Served, agent: Agent, sample: Sample
) -> None:
    known = await prepare(agent, sample.given)

    response = await server.http.request(
        sample.request.method,
        fill(sample.request.path, known),
        headers=fill(sample.request.headers, known),
        content=sample.request.content(known),
    )

    headers = {name: response.headers.get(name) for name in sample.answer.headers}
    assert response.status_code == sample.answer.status
    assert headers == sample.answer.headers
    body = response.json() if response.content else None
    assert list(differences(sample.answer.body, body, known)) == []


@pytest.mark.parametrize("sample", of_kind(streamed=True))
async def test_a_recorded_stream_says_what_was_recorded_until_its_agent_leaves(
    socket_server: Served, sample: Sample
) -> None:
    agent = Agent(socket_server)
    known = await prepare(agent, sample.given)
    expected = b"".join(as_frame(written, known) for written in sample.answer.frames or [])

    said = b""
    async with (
        asyncio.timeout(10),
        socket_server.http.stream(
            sample.request.method,
            sample.request.path,
            headers=fill(sample.request.headers, known),
            content=sample.request.content(known),
        ) as response,
    ):
        chunks = response.aiter_raw()
        while len(said) < len(expected):
            said += await anext(chunks)
        await agent.disconnect()
        async for chunk in chunks:
            said += chunk

    headers = {name: response.headers.get(name) for name in sample.answer.headers}
    assert response.status_code == sample.answer.status
    assert headers == sample.answer.headers
    assert said == expected


def test_every_call_of_the_agent_api_has_a_sample() -> None:
    refused_by_name = "{rest:path}"
    listed = [("/v3", route) for route in agent_app.app.routes]
    listed += [("", cast("Route", route)) for route in ping_stream.app.routes]
    calls = {
        (method, mount + route.path)
        for mount, route in listed
        if refused_by_name not in route.path
        for method in (route.methods or set()) - {"HEAD"}
    }

    requests = [read(file).request for file in FILES if file.parent.name == "agent_api"]
    places = {"<context>": "{context}", "<upload>": "{upload}", "<step name>": "{name}"}
    recorded = {
        (each.method, re.sub("<[a-z ]+>", lambda found: places.get(found[0], "{uuid}"), each.path))
        for each in requests
    }

    assert {(method, path.partition("?")[0]) for method, path in recorded} == calls
    assert len(calls) >= 12


async def test_every_mutation_has_a_sample(admin: Administrator) -> None:
    schema = await admin.graphql("{ __schema { mutationType { fields { name } } } }")
    mutations = {field["name"] for field in schema["__schema"]["mutationType"]["fields"]}

    answers = [read(file).answer for file in FILES if file.parent.name == "graphql_api"]

    assert mutations <= {name for answer in answers for name in answer.body["data"]}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_sample_names_its_source_and_holds_no_token(file: Path) -> None:
    text, sample = file.read_text(), read(file)
    authorization = sample.request.headers["Authorization"]

    assert sample.name
    assert sample.source
    assert all(re.fullmatch(r"(buildkite|pyasi)/[a-z-]+ \S+", source) for source in sample.source)
    assert re.fullmatch("(Token|Bearer) <[a-z ]+>", authorization)
    assert re.search(r"\bbk[a-z]+_|[0-9A-Za-z+/=-]{40,}", text.replace("/", " ")) is None


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ({"a": 1}, {}),
        ({}, {"a": 1}),
        ({"a": None}, {}),
        (1, True),
        ([1], [1, 2]),
        ([1, 2], [1, 3]),
        ("plain", "plane"),
        ("<uuid>", "0190a000-0000-7000-8000-000000000001"),
        ("<uuid>", None),
        ("<moment>", "2026-01-01"),
        ("<moment>", "2026-01-01T00:00:00+02:00"),
        ("<text>", ""),
        ("<token bkaa>", "bkaa"),
        ("<graphql id Cluster>", "Q2x1c3Rlcg=="),
        ("<graphql id Cluster>", "Cluster"),
        ("<known>", "another"),
    ],
)
def test_an_answer_that_differs_from_its_sample_is_found_out(expected: Any, actual: Any) -> None:
    found = list(differences(expected, actual, {"known": "the value"}))

    assert len(found) == 1


def test_a_placeholder_that_is_no_shape_is_a_mistake_of_the_sample() -> None:
    with pytest.raises(ValueError, match="<nonsense> is no shape"):
        has_shape("nonsense", "anything")
