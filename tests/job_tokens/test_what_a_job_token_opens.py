"""A job token opens its own job, and a little of its neighbors, until the job ends."""

from typing import Any

import pytest

from tests.actors import Administrator, Refused
from tests.builders import Builder, TakenJob, Worker
from tests.server import Served

TWO = "steps: [{command: a}, {command: b}]"
OWN = [
    ("PUT", "start", {}),
    ("PUT", "finish", {"exit_status": "0"}),
    ("PUT", "", {"timeout": "5"}),
    ("PUT", "promise_failure", {"exit_status": 1}),
    ("GET", "", None),
    ("POST", "chunks?sequence=1&offset=0&size=0", None),
    ("POST", "pipelines", {"uuid": "u", "pipeline": {"steps": []}}),
    ("POST", "oidc/tokens", {}),
    ("GET", "secrets?key=A", None),
]
SHARED = [
    ("POST", "data/set", {"key": "k", "value": "v"}),
    ("POST", "annotations", {"body": "hello"}),
]


async def started(worker: Worker) -> TakenJob:
    return await (await worker.take()).start()


async def ask(job: TakenJob, uuid: str, method: str, call: str, body: Any) -> int:
    path = f"jobs/{uuid}/{call}".rstrip("/")
    return (await job.send(method, path, json=body)).status_code


@pytest.fixture
async def neighbors(builder: Builder, worker: Worker) -> list[TakenJob]:
    """Two jobs of a build, on two agents."""
    other = await Worker(builder.server).start("other")
    await builder.build_of(TWO)
    return [await started(worker), await started(other)]


async def test_a_job_token_is_of_its_kind_and_is_the_jobs_own(neighbors: list[TakenJob]) -> None:
    one, other = neighbors

    assert one.token.startswith("bkaj_")
    assert one.token != other.token
    assert one.token != one.worker.session_token


@pytest.mark.parametrize(("method", "call", "body"), OWN)
async def test_a_job_token_refuses_what_only_the_other_job_may_do(
    method: str, call: str, body: Any, neighbors: list[TakenJob]
) -> None:
    one, other = neighbors

    assert await ask(one, other.uuid, method, call, body) == 403
    assert await other.state() == "running"


@pytest.mark.parametrize(("method", "call", "body"), SHARED)
async def test_a_job_token_opens_data_of_other_jobs_in_its_cluster(
    method: str, call: str, body: Any, neighbors: list[TakenJob]
) -> None:
    one, other = neighbors

    assert await ask(one, other.uuid, method, call, body) in {200, 201}


@pytest.mark.parametrize(("method", "call", "body"), [*OWN, *SHARED])
async def test_jobs_of_other_clusters_and_organizations_do_not_exist_for_a_job_token(
    method: str, call: str, body: Any, neighbors: list[TakenJob], server: Served
) -> None:
    made = await Administrator(server).seed(
        {
            "organizations": [
                {"slug": "sandbox", "clusters": [{"name": "Other"}]},
                {
                    "slug": "elsewhere",
                    "clusters": [{"name": "Default"}],
                    "members": [{"email": "x@elsewhere.example"}],
                },
            ],
            "users": [
                {"email": "x@elsewhere.example", "api_access_tokens": [{"description": "x"}]}
            ],
        }
    )
    [cluster] = made["organizations"][0]["clusters"]
    worker = await Worker(server, cluster["agent_tokens"][0]["value"]).start("stranger")
    builder = Builder(server)
    await builder.build(await builder.pipeline(TWO, "Other", cluster_id=cluster["uuid"]))
    stranger = await started(worker)

    for uuid in (stranger.uuid, "01234567-89ab-cdef-0123-456789abcdef"):
        assert await ask(neighbors[0], uuid, method, call, body) == 404
    assert await stranger.state() == "running"


@pytest.mark.parametrize("call", ["heartbeat", "disconnect", "connect"])
async def test_a_job_token_is_no_session_token(call: str, neighbors: list[TakenJob]) -> None:
    job = neighbors[0]

    assert (await job.send("POST", call, json={})).status_code == 401
    assert (await job.send("GET", "ping")).status_code == 401
    assert await job.state() == "running"


async def test_a_session_token_is_no_job_token_for_agents_that_have_those(
    neighbors: list[TakenJob],
) -> None:
    job = neighbors[0]

    with pytest.raises(Refused) as refused:
        await job.worker.call("GET", f"jobs/{job.uuid}")

    assert refused.value.status == 401


@pytest.mark.parametrize("end", ["finish", "cancel", "disconnect", "lost", "replaced", "expired"])
async def test_a_job_token_is_dead_when_its_job_is_over(
    end: str, builder: Builder, worker: Worker
) -> None:
    admin = Administrator(builder.server)
    build = await builder.build_of("steps: [{command: a, retry: {automatic: true}}]")
    job = await started(worker)

    match end:
        case "finish":
            await job.finish()
        case "cancel":
            await builder.cancel(build)
            await job.finish(1, signal_reason="cancel")
        case "disconnect":
            await worker.disconnect()
        case "lost":
            await admin.advance(180, silent=True)
        case "replaced":
            await job.finish(1)
            assert (await worker.take()).token != job.token
        case "expired":
            await admin.advance(24 * 3600)

    assert await ask(job, job.uuid, "GET", "", None) == 401
    assert await ask(job, job.uuid, "POST", "data/set", {"key": "k", "value": "v"}) == 401


async def test_a_job_token_outlives_the_timeout_of_its_job_by_five_minutes(
    builder: Builder, worker: Worker
) -> None:
    admin = Administrator(builder.server)
    await builder.build_of("steps: [{command: a, timeout_in_minutes: 10}]")
    job = await started(worker)

    await admin.advance(15 * 60 - 1)
    before = await ask(job, job.uuid, "GET", "", None)
    await admin.advance(1)

    assert [before, await ask(job, job.uuid, "GET", "", None)] == [200, 401]


async def test_a_job_token_reaches_as_far_as_the_timeout_that_the_job_asked_for(
    builder: Builder, worker: Worker
) -> None:
    admin = Administrator(builder.server)
    await builder.build_of("steps: [{command: a, timeout_in_minutes: 10}]")
    job = await started(worker)
    await job.call("PUT", f"jobs/{job.uuid}", {"timeout": "30"})

    await admin.advance(29 * 60)

    assert await job.state() == "running"


async def test_a_job_token_stops_and_pauses_the_agent_that_runs_the_job(
    neighbors: list[TakenJob],
) -> None:
    one, other = neighbors

    assert (await one.send("POST", "pause", json={"note": "later"})).status_code == 200
    await one.finish()
    await other.finish()

    assert (await one.worker.ping())["action"] == "pause"
    assert (await other.worker.ping()).get("action") != "pause"
