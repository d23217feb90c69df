"""Annotations of builds and jobs: listed, written and deleted by users."""

from datetime import timedelta
from typing import Any

import pytest

from mock_buildkite.annotations.model import LARGEST_BODY_BYTES
from mock_buildkite.clock import ManualClock
from tests.actors import Refused, status_of
from tests.rest_api.actors import Caller
from tests.server import Served
from tests.working_jobs import WorkingJob, working_job

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
async def job(server: Served) -> WorkingJob:
    """A job at work in the first organization's cluster."""
    return await working_job(server)


def of_build(job: WorkingJob) -> str:
    return f"{job.build_path}/annotations"


def of_job(job: WorkingJob) -> str:
    return f"{job.path}/annotations"


def of_job_alone(job: WorkingJob) -> str:
    return f"{job.path_alone}/annotations"


async def annotate(job: WorkingJob, body: str, **more: Any) -> None:
    await job.call("POST", f"jobs/{job.uuid}/annotations", {"body": body, **more})


async def contexts(caller: Caller, path: str, **query: Any) -> list[str]:
    return [each["context"] for each in await caller.get(path, **query)]


async def test_one_is_written_on_a_build(caller: Caller, job: WorkingJob) -> None:
    written = await caller.post(
        of_build(job),
        {"body": "Hello *world*!", "style": "info", "priority": 5, "context": "greeting"},
    )

    moment = "2026-01-01T00:00:00.000Z"
    assert written == {
        "id": written["id"],
        "context": "greeting",
        "style": "info",
        "scope": "build",
        "job_id": None,
        "priority": 5,
        "body_html": "<p>Hello <em>world</em>!</p>\n",
        "created_at": moment,
        "updated_at": moment,
    }
    assert await caller.get(of_build(job)) == [written]


@pytest.mark.parametrize("path_of", [of_job, of_job_alone])
async def test_one_is_written_on_a_job(caller: Caller, job: WorkingJob, path_of: Any) -> None:
    written = await caller.post(path_of(job), {"body": "42 passed", "style": "success"})

    assert (written["scope"], written["job_id"]) == ("job", job.uuid)
    assert await caller.get(of_job(job)) == await caller.get(of_job_alone(job)) == [written]
    assert await caller.get(of_build(job)) == []


async def test_the_same_context_is_written_over_or_appended_to(
    caller: Caller, job: WorkingJob, clock: ManualClock
) -> None:
    first = await caller.post(of_build(job), {"body": "one", "style": "info"})
    clock.advance(timedelta(seconds=1.5))

    more = await caller.post(of_build(job), {"body": " two", "append": True, "priority": 9})
    other = await caller.post(of_build(job), {"body": "three"})

    assert (more["id"], more["body_html"]) == (first["id"], "<p>one two</p>\n")
    assert (more["created_at"], more["updated_at"]) == (
        "2026-01-01T00:00:00.000Z",
        "2026-01-01T00:00:01.500Z",
    )
    assert (other["id"], other["body_html"]) == (first["id"], "<p>three</p>\n")
    assert (other["style"], other["priority"]) == ("info", 9)


async def test_what_a_job_writes_is_the_same_thing(caller: Caller, job: WorkingJob) -> None:
    await annotate(job, "from the job", context="shared")

    await caller.post(of_build(job), {"body": ", and a user", "context": "shared", "append": True})

    (shown,) = await caller.get(of_build(job))
    assert shown["body_html"] == "<p>from the job, and a user</p>\n"


async def test_a_scope_chooses_what_is_listed(caller: Caller, job: WorkingJob) -> None:
    other = await job.neighbor()
    await annotate(job, "x", context="build", priority=1)
    await annotate(job, "x", context="one job", scope="job")
    await annotate(other, "x", context="other job", scope="job", priority=10)

    assert await contexts(caller, of_build(job)) == ["build"]
    assert await contexts(caller, of_build(job), scope="build") == ["build"]
    assert await contexts(caller, of_build(job), scope="job") == ["other job", "one job"]
    assert await contexts(caller, of_build(job), scope="all") == ["other job", "one job", "build"]
    assert await contexts(caller, of_job(job)) == ["one job"]
    assert await status_of(caller.get(of_build(job), scope="pipeline")) == 400


async def test_a_list_may_leave_the_bodies_out(caller: Caller, job: WorkingJob) -> None:
    await annotate(job, "long")

    (brief,) = await caller.get(of_build(job), omit_body="true")
    (full,) = await caller.get(of_build(job), omit_body="false")

    assert "body_html" not in brief
    assert full == {**brief, "body_html": "<p>long</p>\n"}


async def test_a_list_comes_in_pages(caller: Caller, job: WorkingJob) -> None:
    for number in range(3):
        await annotate(job, "x", context=str(number))

    answer = await caller.send("GET", of_build(job), params={"per_page": 2})

    assert [each["context"] for each in answer.json()] == ["0", "1"]
    assert 'rel="next"' in answer.headers["Link"]
    assert await contexts(caller, of_build(job), per_page=2, page=2) == ["2"]


async def test_they_are_deleted_by_their_id(caller: Caller, job: WorkingJob) -> None:
    for context, scope in [("a", "build"), ("b", "job"), ("c", "job"), ("d", "job")]:
        await annotate(job, "x", context=context, scope=scope)
    ids = {each["context"]: each["id"] for each in await caller.get(of_build(job), scope="all")}

    await caller.delete(f"{of_build(job)}/{ids['a']}")
    await caller.delete(f"{of_build(job)}/{ids['b']}")
    await caller.delete(f"{of_job(job)}/{ids['c'].upper()}")
    await caller.delete(f"{of_job_alone(job)}/{ids['d']}")

    assert await caller.get(of_build(job), scope="all") == []


async def test_none_is_found_where_it_is_not(
    server: Served, caller: Caller, job: WorkingJob
) -> None:
    other, next_one = await working_job(server), await job.neighbor()
    written = await caller.post(of_build(job), {"body": "x"})
    of_one = await caller.post(of_job(job), {"body": "x"})

    for path in (
        f"{of_build(other)}/{written['id']}",
        f"{of_job(job)}/{written['id']}",
        f"{of_job(next_one)}/{of_one['id']}",
        f"{of_build(job)}/{UNKNOWN}",
        f"{of_build(job)}/default",
    ):
        with pytest.raises(Refused) as refused:
            await caller.delete(path)
        assert (refused.value.status, refused.value.message) == (404, "No annotation found")
    assert len(await caller.get(of_build(job), scope="all")) == 2


async def test_a_parent_that_is_not_there_is_named(caller: Caller, job: WorkingJob) -> None:
    pipeline = job.build["pipeline"]["slug"]
    for path, message in [
        (job.builder.path("pipelines", "none", "builds", 1), "No pipeline found"),
        (job.builder.path("pipelines", pipeline, "builds", 99), "No build found"),
        (job.builder.path("jobs", UNKNOWN), "No job found"),
    ]:
        with pytest.raises(Refused) as refused:
            await caller.get(f"{path}/annotations")
        assert (refused.value.status, refused.value.message) == (404, message)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"body": ""},
        {"body": None, "style": "info"},
        {"body": "x", "style": "loud"},
        {"body": "x", "priority": 0},
        {"body": "x", "priority": 11},
        {"body": "x", "priority": "5"},
        {"body": "x", "context": "x" * 101},
        {"body": "x" * (LARGEST_BODY_BYTES + 1)},
    ],
    ids=lambda fields: str(fields)[:30],
)
async def test_what_no_annotation_can_be_is_refused(
    caller: Caller, job: WorkingJob, fields: dict[str, Any]
) -> None:
    for path in (of_build(job), of_job(job)):
        with pytest.raises(Refused) as refused:
            await caller.post(path, fields)
        assert refused.value.status == 422
        assert refused.value.message.startswith("Validation failed: ")

    assert await caller.get(of_build(job), scope="all") == []


async def test_reading_does_not_allow_writing(caller: Caller, job: WorkingJob) -> None:
    reader = await caller.with_scopes("read_builds")
    await annotate(job, "x")
    (shown,) = await reader.get(of_build(job))

    assert await status_of(reader.post(of_build(job), {"body": "y"})) == 403
    assert await status_of(reader.delete(f"{of_build(job)}/{shown['id']}")) == 403
