"""Canceling a job, a step or a build; jobs whose time is over, or whose agent is gone."""

from typing import Any

import pytest

from tests.actors import Administrator, Refused
from tests.builders import Builder, TakenJob, Worker
from tests.server import Served

ONE = "steps: [{command: a, key: a}]"
CANCELED = {"signal": "SIGTERM", "signal_reason": "cancel"}


@pytest.fixture
def admin(server: Served) -> Administrator:
    """Who lets time pass."""
    return Administrator(server)


async def started(worker: Worker) -> TakenJob:
    return await (await worker.take()).start()


async def test_a_build_is_canceled_when_its_last_job_has_stopped(
    builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of("steps: [{command: a}, {command: b}, wait, {command: c}]")
    job = await started(worker)

    await builder.cancel(build)
    between = await builder.job_states(build), await builder.state(build), await job.state()
    await job.write("cleaning up\n")
    await job.finish(-1, **CANCELED)

    assert between == (
        {"a": "canceling", "b": "canceled", "waiter": "canceled", "c": "canceled"},
        "canceling",
        "canceling",
    )
    ended = await builder.job(build, "a")
    assert [ended["state"], ended["exit_status"]] == ["canceled", -1]
    assert await builder.state(build) == "canceled"
    assert (await builder.get_build(build))["finished_at"] is not None


async def test_a_build_none_of_whose_jobs_has_started_is_canceled_at_once(
    builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of(ONE)
    job = await worker.take()

    await builder.cancel(build)

    assert await builder.state(build) == "canceled"
    with pytest.raises(Refused) as refused:
        await job.start()
    assert refused.value.status == 401
    with pytest.raises(Refused, match="already finished"):
        await builder.cancel(build)


async def test_a_job_cancels_its_own_build_and_no_other(builder: Builder, worker: Worker) -> None:
    build, other = await builder.build_of(ONE), await builder.build_of(ONE)
    job = await started(worker)

    with pytest.raises(Refused) as refused:
        await job.call("POST", f"builds/{other['id']}/cancel")
    answer = await job.call("POST", f"builds/{build['id']}/cancel")

    assert refused.value.status == 403
    assert answer == {"uuid": build["id"]}
    assert [await builder.state(build), await builder.state(other)] == ["canceling", "scheduled"]


@pytest.mark.parametrize("force_after", [None, 15])
async def test_a_step_is_canceled_when_its_agent_says_so_or_by_force_after_a_while(
    force_after: int | None, builder: Builder, worker: Worker, admin: Administrator
) -> None:
    other = await Worker(builder.server).start("other")
    build = await builder.build_of("steps: [{command: a, key: a}, {command: b, key: b}]")
    jobs = {job.command: job for job in (await started(worker), await started(other))}

    await jobs["b"].cancel_step("a", force_after=force_after)
    states = [await jobs["a"].state()]
    await admin.advance(14)
    states.append((await builder.job(build, "a"))["state"])
    await admin.advance(1)
    states.append((await builder.job(build, "a"))["state"])

    assert states == ["canceling", "canceling", "canceling" if force_after is None else "canceled"]
    sent = await jobs["a"].send("PUT", f"jobs/{jobs['a'].uuid}/finish", json={"exit_status": "1"})
    assert sent.status_code == (200 if force_after is None else 401)
    assert (await builder.job(build, "a"))["state"] == "canceled"
    await jobs["b"].finish()
    assert await builder.state(build) == "failed"


async def test_a_canceled_job_that_may_fail_softly_leaves_the_build_as_it_is(
    builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of(
        "steps: [{command: canceler}, {command: a, key: a, soft_fail: true}]"
    )
    canceler = await started(worker)

    await canceler.cancel_step("a")
    await canceler.finish()

    assert await builder.state(build) == "passed"


async def test_a_job_times_out_as_long_after_its_start_as_its_step_says(
    builder: Builder, worker: Worker, admin: Administrator
) -> None:
    build = await builder.build_of("steps: [{command: a, timeout_in_minutes: 2}]")
    job = await worker.take()
    await admin.advance(60)
    await job.start()

    await admin.advance(119)
    states = [await job.state()]
    await admin.advance(1)
    states.append(await job.state())
    await job.finish(-1, **CANCELED)

    ended = await builder.job(build, "a")
    assert job.env["BUILDKITE_TIMEOUT"] == "2"
    assert states == ["running", "timing_out"]
    assert [ended["state"], ended["exit_status"]] == ["timed_out", -1]
    assert await builder.state(build) == "failed"


async def test_a_job_that_timed_out_is_tried_again_by_a_rule(
    builder: Builder, worker: Worker, admin: Administrator
) -> None:
    build = await builder.build_of(
        """
        steps:
          - command: a
            timeout_in_minutes: 1
            retry: {automatic: {signal_reason: cancel, limit: 1}}
        """
    )
    job = await started(worker)
    await admin.advance(60)

    await job.finish(-1, **CANCELED)
    await worker.run()

    assert await builder.state(build) == "passed"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"timeout": "20\n"}, 200),
        ({"timeout_in_minutes": "62"}, 200),
        ({"timeout_in_minutes": "63"}, 422),
        ({"timeout": "0"}, 422),
        ({"timeout": "soon"}, 422),
        ({}, 422),
    ],
)
async def test_a_job_changes_its_timeout_within_bounds(
    body: dict[str, str], status: int, builder: Builder, worker: Worker, admin: Administrator
) -> None:
    await builder.build_of("steps: [{command: a, timeout_in_minutes: 2}]")
    job = await started(worker)

    answer = await job.send("PUT", f"jobs/{job.uuid}", json=body)
    await admin.advance(120)

    assert answer.status_code == status
    assert await job.state() == ("running" if status == 200 else "timing_out")
    if status == 200:
        assert answer.json() == {"id": job.uuid}


async def test_a_job_without_a_timeout_gets_the_pipelines_and_at_most_its_maximum(
    builder: Builder, worker: Worker
) -> None:
    timeouts: dict[str, Any] = {
        "default_command_step_timeout": 10,
        "maximum_command_step_timeout": 30,
    }
    slug = await builder.pipeline(
        "steps: [{command: a}, {command: b, timeout_in_minutes: 50}]", **timeouts
    )
    await builder.build(slug)

    jobs = [await worker.run(), await worker.run()]

    assert [job.env["BUILDKITE_TIMEOUT"] for job in jobs] == ["10", "30"]


async def test_a_job_that_finds_no_agent_for_a_month_expires_at_the_next_sweep(
    builder: Builder, admin: Administrator
) -> None:
    build = await builder.build_of(ONE)

    await admin.advance(30 * 24 * 3600)
    before = await builder.state(build)
    await admin.advance(3600 + 300)

    assert before == "scheduled"
    assert (await builder.job(build, "a"))["state"] == "expired"
    assert await builder.state(build) == "failed"


async def be_gone(worker: Worker, admin: Administrator, how: str) -> None:
    """Have an agent be without its job, one way or another."""
    match how:
        case "disconnected":
            await worker.disconnect()
        case "lost":
            await admin.advance(180, silent=True)
        case "idle":
            await worker.ping()


@pytest.mark.parametrize("how", ["disconnected", "lost", "idle"])
async def test_a_job_whose_agent_goes_or_abandons_it_has_failed(
    how: str, builder: Builder, worker: Worker, admin: Administrator
) -> None:
    build = await builder.build_of(ONE)
    job = await started(worker)

    await be_gone(worker, admin, how)

    ended = await builder.job(build, "a")
    assert [ended["state"], ended["exit_status"], ended.get("signal_reason")] == [
        "failed",
        -1,
        None,
    ]
    assert await builder.state(build) == "failed"
    assert (await job.send("GET", f"jobs/{job.uuid}")).status_code == 401


@pytest.mark.parametrize("how", ["disconnected", "lost"])
@pytest.mark.parametrize(("act", "state"), [("cancel", "canceled"), ("time out", "timed_out")])
async def test_a_job_that_is_about_to_stop_has_stopped_when_its_agent_goes(
    how: str, act: str, state: str, builder: Builder, worker: Worker, admin: Administrator
) -> None:
    build = await builder.build_of("steps: [{command: a, timeout_in_minutes: 1}]")
    await started(worker)
    if act == "cancel":
        await builder.cancel(build)
    else:
        await admin.advance(60)

    await be_gone(worker, admin, how)

    assert (await builder.job(build, "a"))["state"] == state
    assert await builder.state(build) == ("canceled" if act == "cancel" else "failed")


async def test_forcing_an_agent_to_stop_cancels_its_job_and_the_build(
    builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of("steps: [{command: a}, wait, {command: b}]")
    job = await started(worker)

    await builder.caller.put(builder.path("agents", worker.uuid, "stop"), {"force": True})
    between = [await job.state(), await builder.state(build)]
    await job.finish(1, **CANCELED)

    assert between == ["canceling", "canceling"]
    assert (await worker.ping())["action"] == "disconnect"
    assert await builder.state(build) == "canceled"


async def test_an_agent_told_to_stop_finishes_its_job_first(
    builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of("steps: [{command: a}, {command: b}]")
    job = await started(worker)

    await builder.caller.put(builder.path("agents", worker.uuid, "stop"), {"force": False})
    state = await job.state()
    await job.finish()

    assert state == "running"
    assert (await worker.ping())["action"] == "disconnect"
    assert await builder.job_states(build) == {"a": "passed", "b": "scheduled"}


async def test_two_hours_pass_over_a_running_job_without_harm(
    builder: Builder, worker: Worker, admin: Administrator
) -> None:
    build = await builder.build_of(ONE)
    job = await started(worker)

    await admin.advance(2 * 3600)

    assert await job.state() == "running"
    await job.write("still here\n")
    await job.finish()
    assert await builder.state(build) == "passed"


async def test_finishing_twice_is_refused_and_changes_nothing(
    builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of(ONE)
    job = await started(worker)
    await job.finish()

    with pytest.raises(Refused) as refused:
        await job.finish(1)

    assert refused.value.status == 401
    assert await builder.state(build) == "passed"


async def test_a_job_that_was_not_started_is_not_finished(builder: Builder, worker: Worker) -> None:
    build = await builder.build_of(ONE)
    job = await worker.take()

    with pytest.raises(Refused) as refused:
        await job.finish()

    assert refused.value.status == 422
    assert (await builder.job(build, "a"))["state"] == "accepted"
