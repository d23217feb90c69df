"""Failures: soft ones, those that are tried again by rule or by people, and the rest."""

import json
from typing import Any

import pytest

from tests.actors import Refused
from tests.builders import Builder, Worker

LOST = {"exit_status": -1}


def one_step(**attributes: Any) -> str:
    return json.dumps({"steps": [{"command": "a", **attributes}]})


@pytest.mark.parametrize(
    ("soft_fail", "exit_status", "state"),
    [
        (True, 1, "passed"),
        (False, 1, "failed"),
        ([{"exit_status": 2}], 2, "passed"),
        ([{"exit_status": 2}], 1, "failed"),
        ([{"exit_status": 2}, {"exit_status": 3}], 3, "passed"),
        ([{"exit_status": "*"}], 99, "passed"),
        (True, -1, "passed"),
    ],
)
async def test_a_soft_failure_leaves_the_build_as_it_is(
    soft_fail: object, exit_status: int, state: str, builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of(one_step(soft_fail=soft_fail))

    await worker.run(exit_status)

    job = await builder.job(build, "a")
    assert await builder.state(build) == state
    assert [job["state"], job["soft_failed"]] == ["failed", state == "passed"]
    assert job["exit_status"] == exit_status


FLAKY = {"exit_status": 1, "limit": 2}


@pytest.mark.parametrize(
    ("rules", "endings", "retries"),
    [
        (True, [{"exit_status": 1}] * 3, 2),
        (None, [{"exit_status": 1}], 0),
        (FLAKY, [{"exit_status": 1}] * 3, 2),
        (FLAKY, [{"exit_status": 1}, {"exit_status": 2}], 1),
        ({"exit_status": "*", "limit": 1}, [{"exit_status": 7}] * 2, 1),
        ({"exit_status": "*"}, [LOST], 0),
        ({"exit_status": -1, "limit": 1}, [LOST, LOST], 1),
        ({"exit_status": [1, 2], "limit": 3}, [{"exit_status": 2}, {"exit_status": 3}], 1),
        # The first rule that matches decides, also when it forbids it or is used up.
        ([{"exit_status": 1, "limit": 0}, {"exit_status": "*"}], [{"exit_status": 1}], 0),
        ([{"exit_status": 1, "limit": 1}, {"exit_status": "*"}], [{"exit_status": 1}] * 2, 1),
        # Each rule counts its own.
        (
            [{"exit_status": 1, "limit": 1}, {"exit_status": 2, "limit": 1}],
            [{"exit_status": 1}, {"exit_status": 2}, {"exit_status": 1}],
            2,
        ),
        ({"signal": "kill", "limit": 1}, [{"exit_status": -1, "signal": "SIGKILL"}, LOST], 1),
        ({"signal": "none", "limit": 1}, [{"exit_status": 3}] * 2, 1),
        (
            {"signal_reason": "agent_stop", "limit": 1},
            [{"exit_status": -1, "signal_reason": "agent_stop"}, {"exit_status": -1}],
            1,
        ),
        ({"signal_reason": "none", "limit": 1}, [{"exit_status": 1}] * 2, 1),
    ],
)
async def test_the_automatic_rules_decide_how_often_a_job_is_tried_again(
    rules: object,
    endings: list[dict[str, Any]],
    retries: int,
    builder: Builder,
    worker: Worker,
) -> None:
    retry = {} if rules is None else {"retry": {"automatic": rules}}
    build = await builder.build_of(one_step(**retry))

    counts = []
    for ending in endings:
        job = await (await worker.take()).start()
        counts.append(int(job.env["BUILDKITE_RETRY_COUNT"]))
        await job.finish(**ending)

    assert counts == list(range(len(endings)))
    assert (await worker.ping()).get("job") is None
    assert len(await builder.jobs(build, include_retried_jobs="true")) == retries + 1
    assert await builder.state(build) == "failed"


async def test_a_failure_that_is_tried_again_does_not_make_the_build_fail(
    builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of(one_step(retry={"automatic": True}))

    await worker.run(exit_status=1)
    between = await builder.state(build)
    await worker.run()

    first, second = await builder.jobs(build, include_retried_jobs="true")
    assert [between, await builder.state(build)] == ["running", "passed"]
    assert [first["retried"], first["retried_in_job_id"]] == [True, second["id"]]
    assert second["retry_source"] == {"job_id": first["id"], "retry_type": "automatic"}
    assert [first["state"], second["state"]] == ["failed", "passed"]


@pytest.mark.parametrize(
    ("manual", "exit_status", "message"),
    [
        (None, 1, None),
        (None, 0, "Only failed, timed out or canceled jobs can be retried"),
        ({"permit_on_passed": True}, 0, None),
        ({"allowed": True}, 0, None),
        (False, 1, "Retrying this job is not permitted"),
        ({"allowed": False, "reason": "Deploys happen once"}, 1, "Deploys happen once"),
    ],
)
async def test_people_try_again_what_the_step_lets_them(
    manual: object, exit_status: int, message: str | None, builder: Builder, worker: Worker
) -> None:
    retry = {} if manual is None else {"retry": {"manual": manual}}
    build = await builder.build_of(one_step(**retry))
    await worker.run(exit_status)
    job = await builder.job(build, "a")

    if message is None:
        again = await builder.retry(job)
        assert again["id"] != job["id"]
        assert await builder.state(build) == "running"
    else:
        with pytest.raises(Refused, match=message):
            await builder.retry(job)


async def test_a_job_is_tried_again_once_and_then_the_new_one(
    builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of(one_step())
    await worker.run(exit_status=1)
    first = await builder.job(build, "a")
    await builder.retry(first)

    with pytest.raises(Refused, match="only be retried once"):
        await builder.retry(first)
    await worker.run(exit_status=1)
    await builder.retry(await builder.job(build, "a"))
    await worker.run()

    assert await builder.state(build) == "passed"


async def test_jobs_of_canceled_builds_are_not_tried_again(
    builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of(one_step(retry={"automatic": {"exit_status": "*"}}))
    job = await (await worker.take()).start()
    await builder.cancel(build)

    await job.finish(1, signal_reason="cancel")

    assert await builder.state(build) == "canceled"
    assert len(await builder.jobs(build, include_retried_jobs="true")) == 1
    with pytest.raises(Refused, match="Jobs from canceled builds cannot be retried") as refused:
        await builder.retry(await builder.job(build, "a"))
    assert refused.value.status == 422


async def test_jobs_are_canceled_when_the_build_fails_if_their_step_says_so(
    builder: Builder, worker: Worker
) -> None:
    other = await Worker(builder.server).start("other")
    build = await builder.build_of(
        """
        steps:
          - {command: a}
          - {command: b, cancel_on_build_failing: true}
          - {command: c, cancel_on_build_failing: true}
        """
    )
    running = await (await other.take()).start()
    jobs = {running.command: running}
    first = await (await worker.take()).start()
    jobs[first.command] = first

    await jobs["a"].finish(1)

    assert await jobs["b"].state() == "canceling"
    assert (await builder.job(build, "c"))["state"] == "canceled"
    await jobs["b"].finish(-1, signal="SIGTERM", signal_reason="cancel")
    assert await builder.state(build) == "failed"


async def test_a_promised_failure_makes_the_build_fail_before_its_job_ends(
    builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of(
        one_step(soft_fail=True, cancel_on_build_failing=True), message="Test"
    )
    job = await (await worker.take()).start()
    promise = f"jobs/{job.uuid}/promise_failure"

    for _ in range(2):
        answer = await job.send("PUT", promise, json={"exit_status": 3, "reason": "one test"})
        assert [answer.status_code, answer.content] == [204, b""]
    between = [await builder.state(build), await job.state()]
    await job.finish(0)

    ended = await builder.job(build, "a")
    assert between == ["failing", "running"]
    assert [ended["state"], ended["exit_status"], ended["soft_failed"]] == ["failed", 3, False]
    assert await builder.state(build) == "failed"


@pytest.mark.parametrize(
    ("earlier", "promised", "status"),
    [(None, 0, 422), (2, 3, 409), (None, "x", 422), (None, 2**63, 422), (None, -(10**30), 422)],
)
async def test_a_promise_is_a_failure_and_is_kept(
    earlier: int | None, promised: object, status: int, builder: Builder, worker: Worker
) -> None:
    await builder.build_of(one_step())
    job = await (await worker.take()).start()
    promise = f"jobs/{job.uuid}/promise_failure"
    if earlier is not None:
        await job.send("PUT", promise, json={"exit_status": earlier})

    answer = await job.send("PUT", promise, json={"exit_status": promised})

    assert answer.status_code == status


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("", {"timeout": "1000000000000"}),
        ("", {"timeout_in_minutes": 10**30}),
        ("/finish", {"exit_status": "10000000000"}),
        ("/finish", {"exit_status": 1, "chunks_failed_count": 2**63}),
    ],
)
async def test_a_number_that_no_job_could_mean_is_refused_and_the_job_goes_on(
    call: str, said: dict[str, object], builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of(one_step())
    job = await (await worker.take()).start()

    answer = await job.send("PUT", f"jobs/{job.uuid}{call}", json=said)
    state = await job.state()
    await job.finish()

    assert [answer.status_code, state] == [422, "running"]
    assert "out of bounds" in answer.json()["message"]
    assert await builder.state(build) == "passed"


async def test_an_agent_whose_version_is_no_such_thing_runs_jobs_as_a_new_one_does(
    builder: Builder,
) -> None:
    worker = await Worker(builder.server).start(version="9" * 5_000 + ".1")
    build = await builder.build_of(one_step())

    job = await worker.run()

    assert job.token.startswith("bkaj_")
    assert await builder.state(build) == "passed"
