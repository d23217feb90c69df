"""Steps that their own definition keeps from running, and builds of nothing else."""

import pytest

from tests.builders import Builder, Worker
from tests.builds.flows import run_out

STEPS = """
steps:
  - {command: a, if: build.branch == "release"}
  - {command: b, branches: "release/* !main"}
  - {command: c, skip: "broken since Monday"}
  - {command: d, skip: true}
  - {command: e, parallelism: 0}
  - group: one
    skip: "whole group"
    steps: [{command: f}]
"""
REASONS = {
    "a": "conditional_failed",
    "b": "branch_mismatch",
    "c": "broken since Monday",
    "d": "skipped",
    "e": "parallelism_zero",
    "f": "whole group",
}


async def test_steps_that_their_definition_rules_out_are_broken_and_say_why(
    builder: Builder,
) -> None:
    build = await builder.build_of(STEPS)

    jobs = await builder.jobs(build)

    shown = {job["command"]: job["broken_reason"] for job in jobs}
    assert shown == REASONS
    assert {job["state"] for job in jobs} == {"broken"}


async def test_a_build_of_which_nothing_runs_is_not_run(builder: Builder) -> None:
    build = await builder.build_of(STEPS)

    assert await builder.state(build) == "not_run"
    assert (await builder.get_build(build))["finished_at"] is not None


async def test_a_build_runs_the_steps_that_are_left(builder: Builder, worker: Worker) -> None:
    build = await builder.build_of(f"{STEPS}  - wait\n  - {{command: z}}")

    assert await run_out(builder, worker, build) == (["z"], "passed")


@pytest.mark.parametrize("steps", ["[]", "[wait]"])
async def test_a_build_without_jobs_is_over_at_once(steps: str, builder: Builder) -> None:
    build = await builder.build_of(f"steps: {steps}")

    assert await builder.state(build) == "not_run"


@pytest.mark.parametrize(
    ("condition", "runs"),
    [
        ("build.message =~ /\\[deploy\\]/", True),
        ('build.env("MODE") == "fast"', True),
        ("build.pull_request.draft", False),
        ('build.branch == "main" && build.source == "api"', True),
        ('pipeline.slug == "elsewhere"', False),
    ],
)
async def test_a_condition_is_looked_at_when_its_step_joins_the_build(
    condition: str, runs: bool, builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of(
        f"steps: [{{command: a, if: '{condition}'}}]",
        message="Ship it [deploy]",
        env={"MODE": "fast"},
    )

    commands, _ = await run_out(builder, worker, build)

    assert (commands == ["a"]) is runs
