"""What a job reads: the secrets of its cluster that let it in, in its own name only."""

import asyncio

import pytest

from tests.actors import Administrator, Refused, Visitor, status_of
from tests.builders import Builder, Worker
from tests.cluster_secrets.places import secrets_of
from tests.jobs import Job, Work
from tests.rest_api.actors import Caller
from tests.server import Served


async def test_a_job_is_told_the_value_whatever_the_case_of_the_key(
    caller: Caller, secrets: str, job: Job
) -> None:
    made = await caller.post(secrets, {"key": "Deploy_Key", "value": "line 1\nline 2 ✓\n"})

    expected = {"key": "Deploy_Key", "value": "line 1\nline 2 ✓\n", "uuid": made["id"]}
    assert await job.read_secret("Deploy_Key") == expected
    assert await job.read_secret("DEPLOY_KEY") == expected
    assert await job.read_secret("deploy_key") == expected


async def test_the_answer_is_not_kept_by_anybody(caller: Caller, secrets: str, job: Job) -> None:
    await caller.post(secrets, {"key": "A", "value": "v"})

    answer = await job.ask("GET", "secrets?key=A")

    assert answer.headers["cache-control"] == "no-store"


async def test_several_are_read_at_the_same_time(caller: Caller, secrets: str, job: Job) -> None:
    keys = [f"KEY_{number}" for number in range(10)]
    for key in keys:
        await caller.post(secrets, {"key": key, "value": key.lower()})

    read = await asyncio.gather(*(job.read_secret(key) for key in keys))

    assert {each["key"]: each["value"] for each in read} == {key: key.lower() for key in keys}


async def test_reading_is_noted_but_looking_is_not(
    caller: Caller, secrets: str, admin: Administrator, job: Job
) -> None:
    made = await caller.post(secrets, {"key": "A", "value": "v"})
    await admin.advance(90)
    before = await caller.get(f"{secrets}/{made['id']}")

    await job.read_secret("A")

    after = await caller.get(f"{secrets}/{made['id']}")
    assert before["last_read_at"] is None
    assert after == {**before, "last_read_at": "2026-01-01T00:01:30.000Z"}


async def test_an_unknown_key_is_not_found_and_none_is_refused(job: Job) -> None:
    with pytest.raises(Refused, match="No secret found with the key 'NOTHING'") as refused:
        await job.read_secret("NOTHING")

    assert refused.value.status == 404
    assert (await job.ask("GET", "secrets")).status_code == 422


async def test_another_jobs_name_is_forbidden_and_an_unknown_one_not_found(
    server: Served, caller: Caller, secrets: str, job: Job
) -> None:
    await caller.post(secrets, {"key": "A", "value": "v"})
    other = await Job.on(await Worker(server).start("other"))

    assert await status_of(other.read_secret("A", of=job.uuid)) == 403
    unknown = "00000000-0000-4000-8000-000000000000"
    assert await status_of(other.read_secret("A", of=unknown)) == 404


async def test_other_tokens_open_nothing(
    worker: Worker, caller: Caller, secrets: str, visitor: Visitor, job: Job
) -> None:
    await caller.post(secrets, {"key": "A", "value": "v"})
    path = f"/v3/jobs/{job.uuid}/secrets?key=A"

    for header in (
        None,
        f"Token {worker.agent_token}",
        f"Token {worker.session_token}",
        f"Bearer {caller.api_access_token}",
        f"Bearer {job.taken.token}",
    ):
        headers = {} if header is None else {"Authorization": header}
        assert (await visitor.send("GET", path, headers=headers)).status_code == 401


async def test_clusters_and_organizations_keep_their_secrets_apart(
    server: Served, admin: Administrator, caller: Caller, secrets: str, job: Job
) -> None:
    sandbox = {"slug": "sandbox", "clusters": [{"name": "Other"}]}
    planted = await admin.seed(
        {"organizations": [sandbox, {"slug": "rival"}, {"slug": "loose", "clusters": []}]}
    )
    sandbox, rival, loose = planted["organizations"]
    [other] = sandbox["clusters"]
    await caller.post(secrets, {"key": "SHARED", "value": "of the first"})
    await caller.post(secrets_of(server, other["uuid"]), {"key": "SHARED", "value": "of the other"})
    in_other = await Job.on(
        await Worker(server, other["agent_tokens"][0]["value"]).start(),
        Work("Other", cluster_id=other["uuid"]),
    )
    in_rival, unclustered = [
        await Job.on(
            await Worker(server, each[kind]).start(),
            builder=Builder(server, each["api_access_token"], each["slug"]),
        )
        for each, kind in ((rival, "agent_token"), (loose, "unclustered_agent_token"))
    ]

    assert (await job.read_secret("SHARED"))["value"] == "of the first"
    assert (await in_other.read_secret("SHARED"))["value"] == "of the other"
    for stranger in (in_rival, unclustered):
        assert await status_of(stranger.read_secret("SHARED")) == 404


@pytest.mark.parametrize(
    ("policy", "is_admitted"),
    [
        ("", True),
        ("- pipeline_slug: app", True),
        ("- pipeline_slug: other", False),
        ("- pipeline_slug: [other, app]", True),
        ("- build_branch: gh-readonly-queue/*", True),
        ("- build_branch: gh-readonly-queue/main/pr-1", True),
        ("- build_branch: '*/pr-*'", True),
        ("- build_branch: gh-readonly-queue", False),
        ("- build_branch: '*/pr-1/*'", False),
        ("- build_branch: '*in/*/pr-1*1'", False),
        ("- build_branch: [main, '*-queue/*']", True),
        ("- pipeline_slug: '*'", False),
        ("- pipeline_slug: app\n  build_branch: main", False),
        ("- pipeline_slug: app\n  build_branch: main\n- build_source: api", True),
        ("- build_source: [webhook, ui]", False),
        ("- cluster_queue_key: default", True),
        ("- cluster_queue_key: deploy", False),
        ("- cluster_queue_id: 01928e5a-1234-5678-9abc-def012345678", False),
        ("- pipeline_id: f47ac10b-58cc-4372-a567-0e02b2c3d479", False),
        ("- build_creator: admin@sandbox.example", True),
        ("- build_creator: somebody@example.com", False),
    ],
)
async def test_a_policy_lets_in_whom_one_of_its_rules_describes(
    worker: Worker, caller: Caller, secrets: str, policy: str, *, is_admitted: bool
) -> None:
    await caller.post(secrets, {"key": "A", "value": "v", "policy": policy})
    job = await Job.on(worker, Work(branch="gh-readonly-queue/main/pr-1"))

    assert await status_of(job.read_secret("A")) == (200 if is_admitted else 403)


async def test_a_refused_reading_is_not_noted(caller: Caller, secrets: str, job: Job) -> None:
    policy = "- pipeline_slug: other"
    made = await caller.post(secrets, {"key": "A", "value": "v", "policy": policy})

    with pytest.raises(Refused, match="policy of the secret A does not admit this job"):
        await job.read_secret("a")

    assert (await caller.get(f"{secrets}/{made['id']}"))["last_read_at"] is None


async def test_a_job_that_has_ended_reads_nothing(caller: Caller, secrets: str, job: Job) -> None:
    await caller.post(secrets, {"key": "A", "value": "v"})

    await job.taken.finish()

    assert await status_of(job.read_secret("A")) == 401


async def test_a_policy_asks_for_the_ids_of_pipeline_and_queue(
    server: Served, caller: Caller, secrets: str, job: Job
) -> None:
    pipeline = job.build["pipeline"]["id"]
    [queue] = await caller.get(secrets.replace("/secrets", "/queues"))
    policy = f"- pipeline_id: {pipeline}\n  cluster_queue_id: [none, {queue['id']}]"
    await caller.post(secrets, {"key": "A", "value": "v", "policy": policy})
    other = await Job.on(await Worker(server).start("other"), Work("Other"))

    assert (await job.read_secret("A"))["value"] == "v"
    assert await status_of(other.read_secret("A")) == 403


async def test_a_job_reads_from_when_it_is_accepted(
    worker: Worker, caller: Caller, secrets: str
) -> None:
    await caller.post(secrets, {"key": "A", "value": "v"})
    job = await Job.on(worker, Work(is_started=False))

    assert (await job.read_secret("A"))["value"] == "v"


async def test_a_job_that_is_told_to_stop_reads_on(
    caller: Caller, secrets: str, server: Served, job: Job
) -> None:
    await caller.post(secrets, {"key": "A", "value": "v"})

    await Builder(server).cancel(job.build)

    assert (await job.read_secret("A"))["value"] == "v"
