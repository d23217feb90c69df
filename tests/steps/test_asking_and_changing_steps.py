"""`buildkite-agent step get`, `update` and `cancel`."""

import json
from typing import Any

import pytest

from tests.builders import Builder, TakenJob, Worker

STEPS = """
steps:
  - command: make
    key: make
    label: Build
    agents: {queue: default}
    env: {A: "1"}
    parallelism: 2
    timeout_in_minutes: 5
    concurrency: 3
    concurrency_group: g
  - wait
  - {command: test, key: test, depends_on: make, if: build.branch == "main"}
  - {block: Release, key: release}
  - group: Deploy
    key: deploy
    steps: [{command: deploy}]
  - {trigger: other, key: trigger}
  - {command: gone, key: gone, skip: true}
"""


@pytest.fixture
async def job(builder: Builder, worker: Worker) -> TakenJob:
    """The first job of a build of those steps, started."""
    await builder.build_of(STEPS)
    return await (await worker.take()).start()


@pytest.mark.parametrize(
    ("step", "attribute", "output"),
    [
        ("make", "label", "Build"),
        ("make", "key", "make"),
        ("make", "command", "make"),
        ("make", "type", "command"),
        ("make", "state", "running"),
        ("make", "outcome", "neutral"),
        ("make", "parallelism", "2"),
        ("make", "timeout", "5"),
        ("make", "concurrency_key", "g"),
        ("make", "concurrency_limit", "3"),
        ("make", "if", ""),
        ("test", "if", 'build.branch == "main"'),
        ("test", "state", "waiting_for_dependencies"),
        ("release", "type", "input"),
        ("release", "state", "waiting_for_dependencies"),
        ("deploy", "type", "group"),
        ("trigger", "type", "trigger"),
        ("gone", "state", "ignored"),
    ],
)
async def test_an_attribute_of_a_step_is_told_as_text(
    step: str, attribute: str, output: str, job: TakenJob
) -> None:
    assert await job.step(step, attribute) == output


@pytest.mark.parametrize(
    ("step", "attribute", "value"),
    [
        ("make", "agents", ["queue=default"]),
        ("make", "env", {"A": "1"}),
        ("test", "depends_on", [{"step": "make", "allow_failure": False}]),
        ("make", "label", "Build"),
        ("make", "parallelism", 2),
    ],
)
async def test_an_attribute_that_is_more_than_text_is_told_as_json(
    step: str, attribute: str, value: Any, job: TakenJob
) -> None:
    assert json.loads(await job.step(step, attribute, "json")) == value


async def test_a_step_is_told_whole_when_no_attribute_is_named(job: TakenJob) -> None:
    whole = json.loads(await job.step("make", ""))

    assert [whole["key"], whole["label"], whole["command"]] == ["make", "Build", "make"]


async def test_a_step_is_found_by_its_uuid_too(job: TakenJob) -> None:
    assert await job.step(job.env["BUILDKITE_STEP_ID"], "key") == "make"


@pytest.mark.parametrize(
    ("exit_status", "outcome"), [(0, "passed"), (1, "hard_failed"), (-1, "errored")]
)
async def test_a_step_is_finished_with_its_last_job_and_has_the_worst_outcome(
    exit_status: int, outcome: str, builder: Builder, worker: Worker
) -> None:
    await builder.build_of(
        "steps: [{command: a, key: a, parallelism: 2}, {command: z, depends_on: []}]"
    )
    await worker.run()
    await worker.run(exit_status)
    job = await (await worker.take()).start()

    assert [await job.step("a", "state"), await job.step("a", "outcome")] == ["finished", outcome]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("steps/nothing/export", {"attribute": "label"}, 404),
        ("steps/make/export", {"attribute": "color"}, 422),
        ("steps/make/export", {"attribute": "env"}, 422),
        ("steps/make/export", {"attribute": "label", "build_id": "nowhere"}, 404),
    ],
)
async def test_what_cannot_be_told_is_refused(
    path: str, body: dict[str, str], status: int, job: TakenJob
) -> None:
    assert (await job.send("POST", path, json=body)).status_code == status


async def test_a_label_is_changed_and_appended_to_once_for_each_uuid(
    builder: Builder, job: TakenJob
) -> None:
    for uuid in ("1", "1", "2"):
        said = {"attribute": "label", "value": " 1/2", "append": True, "idempotency_uuid": uuid}
        await job.call("PUT", "steps/make", said)
    appended = await job.step("make", "label")
    await job.call("PUT", "steps/make", {"attribute": "label", "value": "Done"})

    [build] = await builder.caller.get(builder.path("builds"))
    assert appended == "Build 1/2 1/2"
    assert (await builder.job(build, "make"))["name"] == "Done"


async def test_a_step_is_given_another_priority(builder: Builder, worker: Worker) -> None:
    await builder.build_of(
        "steps: [{command: first}, {command: a}, {command: b, key: b}, {command: c}]"
    )
    job = await (await worker.take()).start()

    await job.call("PUT", "steps/b", {"attribute": "priority", "value": "7"})
    await job.finish()

    assert await worker.run_all() == ["b", "a", "c"]


@pytest.mark.parametrize(
    "said",
    [
        {"attribute": "command", "value": "rm"},
        {"attribute": "priority", "value": "high"},
        {"attribute": "priority", "value": "9" * 5_000},
        {"attribute": "priority", "value": 10**30},
        {"attribute": "priority", "value": 1e300},
        {"attribute": "priority", "value": 1.5},
        {"attribute": "priority", "value": None},
        {"attribute": "label", "value": "x" * 20_000},
    ],
)
async def test_what_cannot_be_changed_is_refused(said: dict[str, Any], job: TakenJob) -> None:
    answer = await job.send("PUT", "steps/make", json=said)

    assert answer.status_code == 422
    assert await job.step("make", "label") == "Build"


async def test_steps_of_another_build_are_told_and_not_changed(
    builder: Builder, job: TakenJob
) -> None:
    other = await builder.build_of("steps: [{command: x, key: x, label: X}]")
    step = {"build_id": other["id"]}

    told = await job.call("POST", "steps/x/export", {"attribute": "label", **step})
    changed = await job.send("PUT", "steps/x", json={"attribute": "label", "value": "Y", **step})
    canceled = await job.send("POST", "steps/x/cancel", json=step)

    assert told == {"output": "X"}
    assert [changed.status_code, canceled.status_code] == [403, 403]
    assert (await builder.job(other, "x"))["state"] == "scheduled"


async def test_canceling_a_group_cancels_all_its_steps(builder: Builder, job: TakenJob) -> None:
    await job.cancel_step("deploy")

    [build] = await builder.caller.get(builder.path("builds"))
    assert (await builder.job(build, "deploy"))["state"] == "canceled"
    assert (await builder.job(build, "test"))["state"] == "waiting"


@pytest.mark.parametrize("period", [-1, 10**9])
async def test_a_grace_period_without_bounds_is_refused(period: int, job: TakenJob) -> None:
    said = {"build_id": "", "force": True, "force_grace_period": period}

    answer = await job.send("POST", "steps/make/cancel", json=said)

    assert answer.status_code == 422
    assert await job.state() == "running"
