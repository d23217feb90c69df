"""Newer builds of a branch that make the older ones moot, where a pipeline wants it so."""

from typing import Any

import pytest

from tests.builders import Builder, Worker

STEPS = "steps: [{command: a}, wait, {command: b}]"


@pytest.mark.parametrize(
    ("options", "branch", "queued", "running"),
    [
        ({}, "main", "scheduled", "running"),
        ({"skip_queued_branch_builds": True}, "main", "skipped", "running"),
        ({"cancel_running_branch_builds": True}, "main", "scheduled", "canceling"),
        ({"skip_queued_branch_builds": True}, "other", "scheduled", "running"),
        (
            {"skip_queued_branch_builds": True, "skip_queued_branch_builds_filter": "!main"},
            "main",
            "scheduled",
            "running",
        ),
        (
            {
                "cancel_running_branch_builds": True,
                "cancel_running_branch_builds_filter": "main release/*",
            },
            "main",
            "scheduled",
            "canceling",
        ),
    ],
)
async def test_a_newer_build_ends_the_older_ones_that_its_pipeline_says(
    options: dict[str, Any],
    branch: str,
    queued: str,
    running: str,
    builder: Builder,
    worker: Worker,
) -> None:
    slug = await builder.pipeline(STEPS, **options)
    started = await builder.build(slug)
    await (await worker.take()).start()
    other = await builder.pipeline(STEPS, "Other", **options)
    waiting = await builder.build(other)

    await builder.build(slug, branch=branch)
    await builder.build(other, branch=branch)

    assert [await builder.state(waiting), await builder.state(started)] == [queued, running]


async def test_a_skipped_build_takes_its_jobs_with_it(builder: Builder, worker: Worker) -> None:
    slug = await builder.pipeline(STEPS, skip_queued_branch_builds=True)
    first = await builder.build(slug)
    await worker.take()

    second = await builder.build(slug)

    assert set((await builder.job_states(first)).values()) == {"skipped"}
    assert (await builder.job(second, "a"))["state"] == "assigned"
