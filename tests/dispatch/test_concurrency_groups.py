"""Concurrency groups: how many of their jobs run at once, and in which order."""

import json
from typing import Any

from tests.actors import Administrator
from tests.builders import Builder, TakenJob, Worker


def steps(*commands: str, **attributes: Any) -> str:
    said = {"concurrency": 1, "concurrency_group": "deploy", **attributes}
    return json.dumps({"steps": [{"command": each, "key": each, **said} for each in commands]})


async def started(*workers: Worker) -> list[TakenJob]:
    """The jobs that agents are offered, started."""
    return [
        await (await worker.accept(offered["id"])).start()
        for worker in workers
        if (offered := (await worker.ping()).get("job")) is not None
    ]


async def fleet(builder: Builder, size: int) -> list[Worker]:
    return [await Worker(builder.server).start(f"worker {each}") for each in range(size)]


async def test_as_many_jobs_of_a_group_run_at_once_as_their_limit_says(builder: Builder) -> None:
    workers = await fleet(builder, 4)
    build = await builder.build_of(steps("a", "b", "c", "d", concurrency=2))

    first = await started(*workers)
    idle = [worker for worker in workers if worker not in [job.worker for job in first]]
    second = await started(*idle)
    states = await builder.job_states(build)
    await first[0].finish()

    assert [len(first), len(second)] == [2, 0]
    assert sorted(states.values()) == ["limited", "limited", "running", "running"]
    assert [job.command for job in await started(first[0].worker, *idle)] == ["c"]


async def test_a_group_is_one_across_builds_and_pipelines(builder: Builder) -> None:
    workers = await fleet(builder, 2)
    await builder.build_of(steps("a"))
    second = await builder.build_of(steps("b"))

    [job] = await started(*workers)
    between = await builder.job_states(second)
    await job.finish()

    assert [job.command, between] == ["a", {"b": "limited"}]
    assert [job.command for job in await started(*workers)] == ["b"]


async def test_an_ordered_group_keeps_the_place_of_jobs_that_wait_for_others(
    builder: Builder,
) -> None:
    workers = await fleet(builder, 3)
    gate = """
        steps:
          - {command: open NAME, concurrency: 1, concurrency_group: gate}
          - wait
          - {command: work NAME}
          - wait
          - {command: close NAME, concurrency: 1, concurrency_group: gate}
    """
    await builder.build_of(gate.replace("NAME", "1"))
    await Administrator(builder.server).advance(1)
    await builder.build_of(gate.replace("NAME", "2"))

    ran = []
    while jobs := await started(*workers):
        ran.append([job.command for job in jobs])
        for job in jobs:
            await job.finish()

    assert ran == [[f"{each} {number}"] for number in (1, 2) for each in ("open", "work", "close")]


async def test_an_eager_group_lets_the_most_urgent_job_go_that_is_ready(builder: Builder) -> None:
    workers = await fleet(builder, 2)
    eager = {"concurrency_method": "eager"}
    await builder.build_of(steps("a", **eager))
    [job] = await started(*workers)
    await builder.build_of(steps("b", **eager))
    await builder.build_of(steps("c", priority=1, **eager))

    await job.finish()

    assert [job.command for job in await started(*workers)] == ["c"]


async def test_a_job_that_will_never_run_leaves_its_place_to_those_behind_it(
    builder: Builder,
) -> None:
    workers = await fleet(builder, 2)
    await builder.build_of(
        """
        steps:
          - {command: a}
          - wait
          - {command: b, concurrency: 1, concurrency_group: g}
        """
    )
    await Administrator(builder.server).advance(1)
    second = await builder.build_of("steps: [{command: c, concurrency: 1, concurrency_group: g}]")
    before = await builder.job_states(second)
    [job] = await started(*workers)

    await job.finish(1)

    assert before == {"c": "limited"}
    assert [job.command for job in await started(*workers)] == ["c"]


async def test_a_job_behind_a_block_or_input_step_takes_no_place_in_the_queue(
    builder: Builder,
) -> None:
    workers = await fleet(builder, 2)
    blocked = await builder.build_of(
        """
        steps:
          - {input: Go, key: go}
          - {command: a, depends_on: go, concurrency: 1, concurrency_group: g}
          - {block: Go}
          - {command: b, concurrency: 1, concurrency_group: g}
        """
    )
    await builder.build_of("steps: [{command: c, concurrency: 1, concurrency_group: g}]")

    assert [job.command for job in await started(*workers)] == ["c"]
    assert await builder.state(blocked) == "blocked"


async def test_a_block_step_in_a_gate_keeps_the_end_of_the_gate_out_of_the_queue(
    builder: Builder,
) -> None:
    workers = await fleet(builder, 2)
    gate = "concurrency: 1, concurrency_group: g"
    blocked = await builder.build_of(
        f"""
        steps:
          - {{block: Go}}
          - {{command: work}}
          - wait
          - {{command: end, {gate}}}
        """
    )
    await builder.build_of(f"steps: [{{command: other, {gate}}}]")

    [other] = await started(*workers)
    await builder.unblock(await builder.job(blocked, "Go"))

    assert other.command == "other"
    assert await builder.job_states(blocked) == {
        "Go": "unblocked",
        "work": "assigned",
        "waiter": "waiting",
        "end": "waiting",
    }


async def test_a_retry_takes_the_place_of_what_it_retries(builder: Builder) -> None:
    workers = await fleet(builder, 1)
    await builder.build_of(steps("a", retry={"automatic": True}))
    await Administrator(builder.server).advance(1)
    await builder.build_of(steps("b"))

    [job] = await started(*workers)
    await job.finish(1)

    assert [job.command for job in await started(*workers)] == ["a"]


async def test_a_replaced_step_leaves_its_place_to_those_behind_it(builder: Builder) -> None:
    workers = await fleet(builder, 2)
    await builder.build_of(
        """
        steps:
          - {command: uploader}
          - wait
          - {command: a, concurrency: 1, concurrency_group: g}
        """
    )
    await builder.build_of("steps: [{command: b, concurrency: 1, concurrency_group: g}]")
    [uploader] = await started(*workers)

    await uploader.upload([], replace=True)

    assert [job.command for job in await started(workers[1])] == ["b"]


async def test_a_job_that_waits_for_what_never_comes_gives_its_place_up(builder: Builder) -> None:
    build = await builder.build_of(
        """
        steps:
          - {command: first, concurrency: 1, concurrency_group: g, depends_on: nowhere}
          - {command: second, concurrency: 1, concurrency_group: g}
        """
    )

    [worker] = await fleet(builder, 1)

    assert await worker.run_all() == ["second"]
    assert await builder.state(build) == "failed"
