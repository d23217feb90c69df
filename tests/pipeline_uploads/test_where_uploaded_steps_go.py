"""Where uploaded steps go, and what they and others wait for."""

from typing import Any

import pytest

from tests.actors import Administrator, Refused
from tests.builders import Builder, TakenJob, Worker

UPLOADER_FIRST = "steps: [{command: uploader, key: up}, wait, {command: last, key: last}]"


def commands(*names: str) -> list[dict[str, Any]]:
    return [{"command": name} for name in names]


async def uploader_of(builder: Builder, worker: Worker, yaml: str) -> tuple[Any, TakenJob]:
    """A new build, and the first of its jobs, started."""
    build = await builder.build_of(yaml)
    return build, await (await worker.take()).start()


async def order(builder: Builder, build: dict[str, Any]) -> list[str]:
    return [job.get("command") or job["type"] for job in await builder.jobs(build)]


async def test_uploaded_steps_come_right_behind_the_step_that_uploads_them(
    builder: Builder, worker: Worker
) -> None:
    build, uploader = await uploader_of(builder, worker, UPLOADER_FIRST)

    await uploader.upload(commands("a", "b"), "1")

    assert await order(builder, build) == ["uploader", "a", "b", "waiter", "last"]


async def test_two_uploads_of_a_job_come_in_reverse_order(builder: Builder, worker: Worker) -> None:
    build, uploader = await uploader_of(builder, worker, UPLOADER_FIRST)

    await uploader.upload(commands("a", "b"), "1")
    await uploader.upload(commands("c", "d"), "2")

    assert await order(builder, build) == ["uploader", "c", "d", "a", "b", "waiter", "last"]


async def test_what_waits_for_the_uploader_waits_for_all_that_it_uploads_and_so_on(
    builder: Builder, worker: Worker
) -> None:
    build, uploader = await uploader_of(builder, worker, UPLOADER_FIRST)
    await uploader.upload(commands("second uploader"), "1")
    await uploader.finish()
    second = await (await worker.take()).start()

    await second.upload(commands("a"), "1")
    await second.finish()

    assert await worker.run_all() == ["a", "last"]
    assert await builder.state(build) == "passed"


async def test_uploaded_steps_start_when_the_uploader_has_ended_and_not_before(
    builder: Builder, worker: Worker
) -> None:
    other = await Worker(builder.server).start("other")
    _, uploader = await uploader_of(builder, worker, "steps: [{command: uploader}]")

    await uploader.upload(
        [{"command": "a"}, {"command": "b", "depends_on": []}, {"command": "c", "depends_on": None}]
    )
    before = await other.run_all()
    await uploader.finish()

    assert [before, await worker.run_all()] == [["b", "c"], ["a"]]


@pytest.mark.parametrize(("exit_status", "ran"), [(0, ["a", "last"]), (1, [])])
async def test_uploaded_steps_run_if_the_uploader_succeeds(
    exit_status: int, ran: list[str], builder: Builder, worker: Worker
) -> None:
    build, uploader = await uploader_of(builder, worker, UPLOADER_FIRST)
    await uploader.upload(commands("a"))

    await uploader.finish(exit_status)

    assert await worker.run_all() == ran
    assert await builder.state(build) == ("failed" if exit_status else "passed")


async def test_an_uploaded_failure_holds_up_what_waits_for_the_uploader(
    builder: Builder, worker: Worker
) -> None:
    build, uploader = await uploader_of(builder, worker, UPLOADER_FIRST)
    await uploader.upload(commands("a"))
    await uploader.finish()

    await worker.run(exit_status=1)

    assert (await builder.job(build, "last"))["state"] == "waiting_failed"
    assert await builder.state(build) == "failed"


async def test_an_upload_may_name_steps_that_are_there_and_bring_keys_that_are_waited_for(
    builder: Builder, worker: Worker
) -> None:
    build, uploader = await uploader_of(
        builder, worker, "steps: [{command: uploader}, {command: x, key: x, depends_on: a}]"
    )

    await uploader.upload([{"command": "a", "key": "a"}, {"command": "b", "depends_on": "x"}])
    await uploader.finish()

    assert await worker.run_all() == ["a", "x", "b"]
    assert await builder.state(build) == "passed"


async def test_waits_and_blocks_of_an_upload_are_among_its_own_steps(
    builder: Builder, worker: Worker
) -> None:
    build, uploader = await uploader_of(builder, worker, UPLOADER_FIRST)

    await uploader.upload(["wait", {"command": "a"}, {"block": "Go"}, {"command": "b"}])
    await uploader.finish()
    ran = await worker.run_all()
    blocked = await builder.state(build)
    await builder.unblock(await builder.job(build, "Go"))

    assert [ran, blocked] == [["a"], "blocked"]
    assert await worker.run_all() == ["b", "last"]


async def test_replacing_takes_out_all_that_has_not_started(
    builder: Builder, worker: Worker
) -> None:
    other = await Worker(builder.server).start("other")
    build, uploader = await uploader_of(
        builder,
        worker,
        """
        steps:
          - {command: uploader}
          - {command: running}
          - {command: a, key: a}
          - group: b
            steps: [{command: b}]
          - {command: c, skip: true}
          - wait
          - {command: last}
        """,
    )
    running = await (await other.take()).start()

    await uploader.upload([{"command": "new", "key": "a"}], replace=True)
    await uploader.finish()
    await running.finish()

    assert await order(builder, build) == ["uploader", "new", "running", "c"]
    assert await worker.run_all() + await other.run_all() == ["new"]
    assert await builder.state(build) == "passed"


async def test_replacing_takes_jobs_from_agents_that_have_not_started_them(
    builder: Builder, worker: Worker
) -> None:
    others = [await Worker(builder.server).start(name) for name in ("one", "two", "three")]
    yaml = "steps: [{command: uploader}, {command: a}, {command: b}, {command: c}]"
    build, uploader = await uploader_of(builder, worker, yaml)
    offered = [(await other.ping())["job"]["id"] for other in others]
    accepted = await others[1].accept(offered[1])
    running = await (await others[2].accept(offered[2])).start()

    await uploader.upload([{"command": "new", "depends_on": []}], replace=True)
    offered_now = [(await other.ping()).get("job") for other in others[:2]]
    with pytest.raises(Refused) as accepting:
        await others[0].accept(offered[0])
    with pytest.raises(Refused) as starting:
        await accepted.start()

    assert await order(builder, build) == ["uploader", "new", running.command]
    assert [accepting.value.status, starting.value.status] == [404, 401]
    assert sum(job is not None for job in offered_now) == 1
    await running.finish()
    await uploader.finish()
    assert [each for other in others for each in await other.run_all()] == ["new"]
    assert await builder.state(build) == "passed"


async def test_an_uploaded_group_joins_the_uploaders_group_if_it_has_the_same_label(
    builder: Builder, worker: Worker
) -> None:
    build, uploader = await uploader_of(
        builder,
        worker,
        """
        steps:
          - group: Setup
            key: setup
            steps: [{command: uploader}]
          - {command: after, depends_on: setup}
        """,
    )

    await uploader.upload([{"group": "Setup", "steps": commands("a")}], "1")
    await uploader.upload([{"group": "Other", "steps": commands("b")}], "2")
    await uploader.finish()

    jobs = [await worker.run() for _ in range(3)]
    assert {job.command: job.env.get("BUILDKITE_GROUP_LABEL") for job in jobs} == {
        "a": "Setup",
        "b": "Other",
        "after": None,
    }
    assert {job.env.get("BUILDKITE_GROUP_KEY") for job in jobs} == {"setup", "", None}
    assert await builder.state(build) == "passed"


async def test_variables_of_an_upload_reach_all_jobs_that_have_not_started(
    builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of(
        "{env: {A: pipeline, B: pipeline}, steps: [{command: uploader}, wait, {command: last}]}",
        env={"C": "build"},
    )
    uploader = await (await worker.take()).start()

    pipeline = {"env": {"B": "upload", "C": "upload"}, "steps": []}
    await uploader.call("POST", f"jobs/{uploader.uuid}/pipelines", {"pipeline": pipeline})
    await uploader.finish()
    last = await worker.run()

    assert {name: last.env[name] for name in "ABC"} == {
        "A": "pipeline",
        "B": "upload",
        "C": "build",
    }
    assert await builder.state(build) == "passed"


async def test_a_retried_uploader_adds_its_steps_again(builder: Builder, worker: Worker) -> None:
    build, uploader = await uploader_of(builder, worker, "steps: [{command: uploader}]")
    await uploader.upload(commands("a"))
    await uploader.finish(1)
    await builder.retry(await builder.job(build, "uploader"))
    again = await (await worker.take()).start()

    await again.upload(commands("b"))
    await again.finish()

    assert sorted(await worker.run_all()) == ["a", "b"]
    assert await builder.state(build) == "passed"


async def test_a_condition_of_an_uploaded_step_is_looked_at_now(
    builder: Builder, worker: Worker
) -> None:
    build, uploader = await uploader_of(builder, worker, "steps: [{command: uploader}]")

    await uploader.upload([{"command": "a", "if": 'build.state == "started"'}, {"command": "b"}])
    await uploader.finish()

    assert await worker.run_all() == ["a", "b"]
    assert await builder.state(build) == "passed"


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([{"command": "a", "key": "up"}], "has already been used by another step in this build"),
        ([{"command": "a", "key": "a"}, {"command": "b", "key": "a"}], "a"),
        ([{"command": "a", "depends_on": "last"}], "circle"),
        (
            [
                {"command": "a", "key": "a", "depends_on": "b"},
                {"command": "b", "key": "b", "depends_on": "a"},
            ],
            "circle",
        ),
        ([{"command": "a", "concurrency": 1}], "concurrency_group_id"),
        ([{"command": "a", "if": "build.nothing == 1"}], "build.nothing"),
        ([{"group": "g", "steps": [{"group": "h", "steps": []}]}], "group"),
        ([{"nonsense": 1}], "a step needs one of"),
        (commands(*map(str, range(501))), "500"),
    ],
)
async def test_an_upload_with_a_mistake_is_refused_and_adds_nothing(
    steps: list[Any], message: str, builder: Builder, worker: Worker
) -> None:
    build, uploader = await uploader_of(builder, worker, UPLOADER_FIRST)

    with pytest.raises(Refused, match=message) as refused:
        await uploader.upload(steps)

    assert refused.value.status == 422
    assert await order(builder, build) == ["uploader", "waiter", "last"]
    await uploader.finish()
    assert await worker.run_all() == ["last"]


async def test_a_circle_across_uploads_is_refused(builder: Builder, worker: Worker) -> None:
    build, uploader = await uploader_of(builder, worker, "steps: [{command: uploader}]")
    await uploader.upload([{"command": "a", "key": "a", "depends_on": "b"}], "1")

    with pytest.raises(Refused, match="circle"):
        await uploader.upload([{"command": "b", "key": "b", "depends_on": "a"}], "2")

    await uploader.finish()
    assert await builder.state(build) == "failed"


async def test_only_a_running_build_can_be_changed(builder: Builder, worker: Worker) -> None:
    build, uploader = await uploader_of(builder, worker, UPLOADER_FIRST)
    await builder.cancel(build)

    with pytest.raises(Refused, match="You can only change the pipeline of a running build"):
        await uploader.upload(commands("a"))

    assert await order(builder, build) == ["uploader", "waiter", "last"]


async def test_a_build_takes_five_hundred_uploads(builder: Builder, worker: Worker) -> None:
    _, uploader = await uploader_of(builder, worker, UPLOADER_FIRST)
    for number in range(500):
        await uploader.upload([], f"upload {number}")

    with pytest.raises(Refused, match="at most 500 pipeline uploads"):
        await uploader.upload([], "one more")


async def test_a_build_has_at_most_four_thousand_jobs(builder: Builder, worker: Worker) -> None:
    _, uploader = await uploader_of(builder, worker, "steps: [{command: uploader}]")
    for number in range(7):
        await uploader.upload([{"command": "a", "parallelism": 500}], f"upload {number}")

    await uploader.upload([{"command": "a", "parallelism": 499}], "just enough")
    with pytest.raises(Refused, match="at most 4,000 jobs"):
        await uploader.upload(commands("one more"), "too many")
    await uploader.upload([{"command": "a", "parallelism": 500}], "in their place", replace=True)


async def test_time_passing_between_uploads_changes_nothing_about_their_order(
    builder: Builder, worker: Worker
) -> None:
    build, uploader = await uploader_of(builder, worker, UPLOADER_FIRST)
    await uploader.upload(commands("a"), "1")
    await Administrator(builder.server).advance(60)

    await uploader.upload(commands("b"), "2")

    assert await order(builder, build) == ["uploader", "b", "a", "waiter", "last"]
