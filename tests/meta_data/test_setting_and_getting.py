"""Meta-data that jobs leave on their build, for others to read."""

import pytest

from mock_buildkite.meta_data.model import LARGEST_TEXT_BYTES
from tests.actors import Refused, status_of
from tests.server import Served
from tests.working_jobs import WorkingJob, job_of_another_cluster, working_job

LARGEST = LARGEST_TEXT_BYTES


async def set_key(job: WorkingJob, key: str, value: str, of: str | None = None) -> None:
    path = f"jobs/{of or job.uuid}/data/set"
    assert await job.call("POST", path, {"key": key, "value": value}) == {}


async def set_batch(job: WorkingJob, *pairs: tuple[str, str]) -> None:
    items = [{"key": key, "value": value} for key, value in pairs]
    assert await job.call("POST", f"jobs/{job.uuid}/data/set-batch", {"items": items}) == {}


async def get(job: WorkingJob, key: str, of: str | None = None) -> str:
    answer = await job.call("POST", f"{of or f'jobs/{job.uuid}'}/data/get", {"key": key})
    assert answer["key"] == key
    value: str = answer["value"]
    return value


async def exists(job: WorkingJob, key: str, of: str | None = None) -> bool:
    answer = await job.call("POST", f"{of or f'jobs/{job.uuid}'}/data/exists", {"key": key})
    found: bool = answer["exists"]
    return found


async def keys(job: WorkingJob, of: str | None = None) -> list[str]:
    found: list[str] = await job.call("POST", f"{of or f'jobs/{job.uuid}'}/data/keys")
    return found


async def test_what_one_job_sets_another_of_the_build_gets(job: WorkingJob) -> None:
    other = await job.neighbor()

    await set_key(job, "release/version 1.0 ✓", "1.1\n2\n")

    assert await get(other, "release/version 1.0 ✓") == "1.1\n2\n"
    assert await exists(other, "release/version 1.0 ✓")
    assert await keys(other) == ["release/version 1.0 ✓"]


async def test_the_last_value_stays(job: WorkingJob) -> None:
    await set_key(job, "version", "1")
    await set_key(job, "version", "2")

    assert await get(job, "version") == "2"
    assert await keys(job) == ["version"]


async def test_what_was_never_set_is_not_found(job: WorkingJob) -> None:
    assert await status_of(get(job, "unknown")) == 404
    assert not await exists(job, "unknown")
    assert await keys(job) == []


async def test_several_keys_are_set_at_once(job: WorkingJob) -> None:
    await set_batch(job, ("b", "1"), ("a", "2"), ("b", "3"))

    assert await keys(job) == ["a", "b"]
    assert [await get(job, key) for key in ("a", "b")] == ["2", "3"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("", "value"),
        (" \n", "value"),
        ("key", ""),
        ("key", " \n"),
        ("key", "v" * (LARGEST + 1)),
        ("key", "é" * (LARGEST // 2 + 1)),
        ("k" * (LARGEST + 1), "value"),
        ("key", "a\0b"),
        ("a\0b", "value"),
        ("buildkite:webhook", "value"),
        ("buildkite:", "value"),
    ],
)
async def test_a_batch_with_an_impossible_pair_sets_nothing(
    job: WorkingJob, key: str, value: str
) -> None:
    assert await status_of(set_batch(job, ("good", "1"), (key, value))) == 422
    assert await status_of(set_key(job, key, value)) == 422

    assert await keys(job) == []


async def test_a_value_may_be_as_large_as_the_limit(job: WorkingJob) -> None:
    await set_key(job, "large", "\n" + "é" * ((LARGEST - 1) // 2))

    assert len(await get(job, "large")) == 1 + (LARGEST - 1) // 2


@pytest.mark.parametrize(
    ("act", "body", "status"),
    [
        ("set", {"key": "k"}, 422),
        ("set", {"key": "k", "value": 1}, 422),
        ("set", [], 400),
        ("set-batch", {}, 422),
        ("set-batch", {"items": [{"key": "k"}]}, 422),
        ("get", {}, 422),
        ("exists", {"key": None}, 422),
    ],
)
async def test_a_body_that_says_nothing_possible_is_refused(
    job: WorkingJob, act: str, body: object, status: int
) -> None:
    answer = await job.send("POST", f"jobs/{job.uuid}/data/{act}", json=body)

    assert answer.status_code == status


async def test_it_can_be_read_by_the_build_too(job: WorkingJob) -> None:
    await set_key(job, "version", "1")
    build = f"builds/{job.build_uuid}"

    assert await get(job, "version", build) == "1"
    assert await exists(job, "version", build)
    assert await keys(job, build) == ["version"]
    assert await status_of(get(job, "unknown", build)) == 404


async def test_builds_of_the_same_cluster_are_open_to_a_job_token(
    server: Served, job: WorkingJob
) -> None:
    other = await working_job(server)

    await set_key(job, "from", "outside", of=other.uuid)

    assert await get(other, "from") == "outside"
    assert await get(job, "from", f"builds/{other.build_uuid}") == "outside"
    assert not await exists(job, "from")


async def test_builds_outside_the_cluster_do_not_exist(server: Served, job: WorkingJob) -> None:
    outside = await job_of_another_cluster(server)
    await set_key(outside, "key", "value")

    for call in (
        set_key(job, "key", "value", of=outside.uuid),
        get(job, "key", f"jobs/{outside.uuid}"),
        exists(job, "key", f"builds/{outside.build_uuid}"),
        keys(job, "builds/01020304-0506-4708-890a-0b0c0d0e0f10"),
        keys(job, "jobs/no-uuid"),
    ):
        assert await status_of(call) == 404


async def test_a_session_token_reaches_its_own_job_only(server: Served, job: WorkingJob) -> None:
    older = await working_job(server, version="3.38.0")

    await set_key(older, "own", "1")

    assert await keys(older) == ["own"]
    assert await keys(older, f"builds/{older.build_uuid}") == ["own"]
    assert await status_of(keys(older, f"builds/{job.build_uuid}")) == 403
    assert await status_of(set_key(older, "key", "value", of=job.uuid)) == 403


async def test_a_bad_token_wins_over_a_bad_body(server: Served, job: WorkingJob) -> None:
    job.token = server.facts["agent_token"]

    with pytest.raises(Refused) as refused:
        await job.call("POST", f"jobs/{job.uuid}/data/set", {"key": ""})

    assert refused.value.status == 401
