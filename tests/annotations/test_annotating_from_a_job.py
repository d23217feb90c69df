"""What jobs write on their build, on themselves and on other jobs."""

from typing import Any
from urllib.parse import quote

import pytest

from mock_buildkite.annotations.model import LARGEST_BODY_BYTES
from tests.actors import Refused, status_of
from tests.server import Served
from tests.working_jobs import WorkingJob, job_of_another_cluster, working_job

LARGEST = LARGEST_BODY_BYTES


async def annotate(job: WorkingJob, text: str = "", of: str | None = None, **more: Any) -> None:
    fields = {"body": text, **more} if text else more
    assert await job.call("POST", f"jobs/{of or job.uuid}/annotations", fields) == {}


async def remove(job: WorkingJob, context: str = "default", scope: str = "build") -> None:
    encoded = quote(context, safe="").replace(".", "%2E")
    path = f"jobs/{job.uuid}/annotations/{encoded}?scope={scope}"
    assert await job.call("DELETE", path) == {}


async def written(job: WorkingJob) -> list[dict[str, Any]]:
    """All annotations of a job's build and of its jobs."""
    path = f"{job.build_path}/annotations"
    found: list[dict[str, Any]] = await job.builder.caller.get(path, scope="all")
    return found


async def only(job: WorkingJob) -> dict[str, Any]:
    (annotation,) = await written(job)
    return annotation


async def bodies(job: WorkingJob) -> list[str]:
    return [body(each) for each in await written(job)]


def body(annotation: dict[str, Any]) -> str:
    """What an annotation of one paragraph says."""
    html: str = annotation["body_html"]
    return html.removeprefix("<p>").removesuffix("</p>\n")


async def test_an_annotation_has_defaults_for_all_but_its_body(job: WorkingJob) -> None:
    await annotate(job, "*Hello*")

    annotation = await only(job)
    assert (body(annotation), annotation["context"]) == ("<em>Hello</em>", "default")
    assert (annotation["style"], annotation["priority"]) == ("default", 3)
    assert (annotation["scope"], annotation["job_id"]) == ("build", None)


async def test_empty_fields_say_nothing(job: WorkingJob) -> None:
    await annotate(job, "Hello", context="", style="", priority=0, scope="", append=False)

    annotation = await only(job)
    assert (annotation["context"], annotation["style"], annotation["priority"]) == (
        "default",
        "default",
        3,
    )


async def test_the_same_context_is_written_over(job: WorkingJob) -> None:
    await annotate(job, "one", context="tests", style="error", priority=9)
    first = await only(job)

    await annotate(job, "two", context="tests")
    await annotate(job, "three")

    second, other = await written(job)
    assert (second["id"], body(second)) == (first["id"], "two")
    assert (second["style"], second["priority"]) == ("error", 9)
    assert (other["context"], body(other)) == ("default", "three")


async def test_appending_goes_on_where_it_ended(job: WorkingJob) -> None:
    await annotate(job, "one\n", append=True)
    await annotate(job, "two\n", append=True, style="success", priority=10)

    annotation = await only(job)
    assert body(annotation) == "one\ntwo"
    assert (annotation["style"], annotation["priority"]) == ("success", 10)


@pytest.mark.parametrize("append", [True, False])
async def test_without_a_body_only_the_style_changes(job: WorkingJob, *, append: bool) -> None:
    await annotate(job, "as it was", style="info")

    await annotate(job, style="warning", append=append)

    annotation = await only(job)
    assert (body(annotation), annotation["style"]) == ("as it was", "warning")


async def test_without_a_body_there_is_nothing_to_begin_with(job: WorkingJob) -> None:
    with pytest.raises(Refused) as refused:
        await annotate(job, style="warning")

    assert (refused.value.status, refused.value.message) == (422, "Body can't be blank")
    assert await written(job) == []


async def test_a_job_may_be_annotated_itself(job: WorkingJob) -> None:
    other = await job.neighbor()

    await annotate(job, "of the build")
    await annotate(job, "of one job", scope="job")
    await annotate(job, "of the other", scope="job", of=other.uuid)

    assert [(body(each), each["job_id"]) for each in await written(job)] == [
        ("of the build", None),
        ("of one job", job.uuid),
        ("of the other", other.uuid),
    ]


async def test_the_most_important_come_first(job: WorkingJob) -> None:
    for context, priority in [("low", 1), ("usual", 3), ("high", 10), ("later", 3)]:
        await annotate(job, context, context=context, priority=priority)

    assert await bodies(job) == ["high", "usual", "later", "low"]


@pytest.mark.parametrize(
    "context", ["default", "a.b/c", "..", "%2F", "with space", "ümlaut?#&", "x" * 100]
)
async def test_a_context_may_have_any_characters(job: WorkingJob, context: str) -> None:
    await annotate(job, "kept", context="other")
    await annotate(job, "gone", context=context)
    assert (await written(job))[-1]["context"] == context

    await remove(job, context)

    assert await bodies(job) == ["kept"]


async def test_only_the_named_scope_is_removed_from(job: WorkingJob) -> None:
    await annotate(job, "of the build")
    await annotate(job, "of the job", scope="job")

    await remove(job, scope="job")

    assert await bodies(job) == ["of the build"]
    assert await status_of(remove(job, scope="job")) == 404
    assert await status_of(remove(job, "other")) == 404
    assert await status_of(remove(job, scope="pipeline")) == 422


@pytest.mark.parametrize(
    "fields",
    [
        {"body": "x", "style": "loud"},
        {"body": "x", "style": "INFO"},
        {"body": "x", "priority": 11},
        {"body": "x", "priority": -1},
        {"body": "x", "priority": "high"},
        {"body": "x", "scope": "pipeline"},
        {"body": "x", "context": "x" * 101},
        {"body": "x", "context": "a\0b"},
        {"body": "a\0b"},
        {"body": 1},
        {"body": "x" * (LARGEST + 1)},
        {"body": "é" * (LARGEST // 2 + 1)},
        {"body": ""},
        {},
    ],
    ids=lambda fields: str(fields)[:30],
)
async def test_what_no_annotation_can_be_is_refused(
    job: WorkingJob, fields: dict[str, Any]
) -> None:
    await annotate(job, "before", context="before")

    assert await status_of(job.call("POST", f"jobs/{job.uuid}/annotations", fields)) == 422

    assert await bodies(job) == ["before"]


async def test_the_limit_counts_what_is_there_already(job: WorkingJob) -> None:
    await annotate(job, "é" * (LARGEST // 2 - 1))

    await annotate(job, "é", append=True)
    with pytest.raises(Refused) as refused:
        await annotate(job, "x", append=True, style="error")

    assert refused.value.message == "Body is too large (maximum is 1048576 bytes)"
    annotation = await only(job)
    assert (body(annotation), annotation["style"]) == ("é" * (LARGEST // 2), "default")


async def test_a_body_that_json_makes_six_times_as_long_is_read(job: WorkingJob) -> None:
    await annotate(job, "\x1b" * LARGEST)

    assert body(await only(job)) == "\x1b" * LARGEST


async def test_jobs_of_the_same_cluster_may_be_annotated(server: Served, job: WorkingJob) -> None:
    other = await working_job(server)

    await annotate(job, "from outside", of=other.uuid)

    assert await bodies(other) == ["from outside"]
    assert await bodies(job) == []


async def test_jobs_outside_the_cluster_do_not_exist(server: Served, job: WorkingJob) -> None:
    outside = await job_of_another_cluster(server)
    await annotate(outside, "theirs")

    assert await status_of(annotate(job, "spite", of=outside.uuid)) == 404
    job.uuid = outside.uuid
    assert await status_of(remove(job)) == 404

    assert await bodies(outside) == ["theirs"]


async def test_a_session_token_annotates_its_own_job_and_build(
    server: Served, job: WorkingJob
) -> None:
    older = await working_job(server, version="3.38.0")

    await annotate(older, "one")
    await annotate(older, "two", append=True)

    assert await bodies(older) == ["onetwo"]
    assert await status_of(annotate(older, "no", of=job.uuid)) == 403
