"""Trigger steps, and the builds they make."""

from typing import Any

import pytest

from tests.builders import Builder, Worker
from tests.builds.flows import run_out

PARENT = """
steps:
  - trigger: child
    label: Child
    build: {branch: release, message: Go, env: {A: "1"}, meta_data: {k: v}}
  - wait
  - {command: after}
"""


async def child_of(builder: Builder, number: int = 1) -> dict[str, Any]:
    path = builder.path("pipelines", "child", "builds", number)
    found: dict[str, Any] = await builder.caller.get(path)
    return found


async def test_a_trigger_step_runs_as_long_as_its_build(builder: Builder, worker: Worker) -> None:
    await builder.pipeline("steps: [{command: inner}]", "Child")
    build = await builder.build_of(PARENT)

    child = await child_of(builder)
    states = await builder.job_states(build)
    job = await (await worker.take()).start()
    await job.finish()

    assert [child["branch"], child["message"], child["source"]] == ["release", "Go", "trigger_job"]
    assert child["meta_data"] == {"k": "v"}
    assert states == {"Child": "running", "waiter": "waiting", "after": "waiting"}
    assert job.env["A"] == "1"
    assert job.env["BUILDKITE_TRIGGERED_FROM_BUILD_ID"] == build["id"]
    assert job.env["BUILDKITE_TRIGGERED_FROM_BUILD_NUMBER"] == "1"
    assert job.env["BUILDKITE_TRIGGERED_FROM_BUILD_PIPELINE_SLUG"] == build["pipeline"]["slug"]
    assert await run_out(builder, worker, build) == (["after"], "passed")


async def test_a_build_fails_with_the_one_it_triggers(builder: Builder, worker: Worker) -> None:
    await builder.pipeline("steps: [{command: inner}]", "Child")
    build = await builder.build_of(PARENT)

    assert await run_out(builder, worker, build, inner=1) == (["inner"], "failed")
    assert (await builder.job(build, "Child"))["state"] == "failed"


async def test_an_asynchronous_trigger_step_is_over_when_its_build_is_made(
    builder: Builder,
) -> None:
    await builder.pipeline("steps: [{command: inner}]", "Child")
    build = await builder.build_of("steps: [{trigger: child, label: Child, async: true}]")

    assert [await builder.state(build), (await child_of(builder))["state"]] == [
        "passed",
        "scheduled",
    ]


@pytest.mark.parametrize("soft_fail", [True, False])
async def test_a_build_that_triggers_an_unknown_pipeline_fails(
    builder: Builder, *, soft_fail: bool
) -> None:
    build = await builder.build_of(
        f"steps: [{{trigger: nowhere, label: Child, soft_fail: {soft_fail}}}, {{command: a}}]"
    )

    assert (await builder.job(build, "Child"))["state"] == "failed"
    assert await builder.state(build) == "failing"


async def test_builds_trigger_each_other_ten_deep_and_no_deeper(builder: Builder) -> None:
    slug = await builder.pipeline("steps: [{trigger: again, label: Next}]", "Again")
    await builder.build(slug)

    builds = await builder.caller.get(builder.path("pipelines", slug, "builds"))

    assert len(builds) == 11
    assert {build["state"] for build in builds} == {"failed"}


async def test_parallel_triggers_make_as_many_builds(builder: Builder, worker: Worker) -> None:
    await builder.pipeline("steps: [{command: inner}]", "Child")
    build = await builder.build_of("steps: [{trigger: child, parallelism: 3}]")

    jobs = [await worker.run() for _ in range(3)]

    assert {job.env["BUILDKITE_PARALLEL_JOB"] for job in jobs} == {"0", "1", "2"}
    assert await builder.state(build) == "passed"


async def test_canceling_a_build_ends_its_trigger_jobs_and_leaves_the_builds_they_made(
    builder: Builder,
) -> None:
    await builder.pipeline("steps: [{command: inner}]", "Child")
    build = await builder.build_of(PARENT)

    await builder.cancel(build)

    assert await builder.state(build) == "canceled"
    assert (await child_of(builder))["state"] == "scheduled"


@pytest.mark.parametrize("has_started", [True, False])
async def test_a_trigger_job_is_skipped_when_a_newer_build_takes_the_place_of_its_own(
    builder: Builder, worker: Worker, *, has_started: bool
) -> None:
    await builder.pipeline(
        "steps: [{command: inner}]",
        "Child",
        skip_queued_branch_builds=True,
        cancel_running_branch_builds=True,
    )
    first = await builder.build_of(PARENT)
    job = await worker.take()
    if has_started:
        await job.start()

    await builder.build_of(PARENT)

    assert (await child_of(builder))["state"] == ("canceling" if has_started else "skipped")
    assert (await builder.job(first, "Child"))["state"] == "skipped"
    assert (await builder.job(first, "after"))["state"] in {"scheduled", "assigned"}


@pytest.mark.parametrize("shown", ["failed", "running"])
async def test_a_blocked_build_that_counts_as_failed_or_running_keeps_its_trigger_job_running(
    shown: str, builder: Builder
) -> None:
    await builder.pipeline(f"steps: [{{block: Go, blocked_state: {shown}}}]", "Child")
    build = await builder.build_of(PARENT)

    between = (await builder.job(build, "Child"))["state"]
    await builder.unblock(await builder.job(await child_of(builder), "Go"))

    assert between == "running"
    assert (await builder.job(build, "Child"))["state"] == "passed"


async def test_a_blocked_build_that_counts_as_passed_lets_its_trigger_job_pass_for_good(
    builder: Builder, worker: Worker
) -> None:
    await builder.pipeline("steps: [{block: Go}, {command: inner}]", "Child")
    build = await builder.build_of(PARENT)

    first = await run_out(builder, worker, build)
    child = await child_of(builder)
    blocked = await builder.state(child)
    await builder.unblock(await builder.job(child, "Go"))
    second = await run_out(builder, worker, child, inner=1)

    assert [first, blocked] == [(["after"], "passed"), "blocked"]
    assert second == (["inner"], "failed")
    assert (await builder.job(build, "Child"))["state"] == "passed"
    assert await builder.state(build) == "passed"


async def test_a_blocked_build_in_which_something_failed_keeps_its_trigger_job_running(
    builder: Builder, worker: Worker
) -> None:
    await builder.pipeline("steps: [{input: Name}, {command: inner}]", "Child")
    build = await builder.build_of(PARENT)
    await worker.run(exit_status=1)

    between = [(await builder.job(build, "Child"))["state"], await builder.state(build)]
    await builder.unblock(await builder.job(await child_of(builder), "Name"))

    assert between == ["running", "running"]
    assert (await builder.job(build, "Child"))["state"] == "failed"


async def test_a_trigger_job_passes_when_its_build_comes_to_a_block_step_that_lets_it(
    builder: Builder,
) -> None:
    await builder.pipeline(
        "steps: [{block: One, blocked_state: running}, {block: Two, blocked_state: passed}]",
        "Child",
    )
    build = await builder.build_of(PARENT)

    before = (await builder.job(build, "Child"))["state"]
    await builder.unblock(await builder.job(await child_of(builder), "One"))

    assert before == "running"
    assert (await builder.job(build, "Child"))["state"] == "passed"
