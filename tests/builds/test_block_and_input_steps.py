"""Block and input steps: what they hold up, what is filled in, what a build shows meanwhile."""

import pytest

from tests.actors import Refused
from tests.builders import Builder, Worker
from tests.builds.flows import run_out

RELEASE = """
steps:
  - {command: a}
  - block: Release
    fields:
      - {text: Version, key: version, format: "[0-9.]+"}
      - select: Where
        key: where
        multiple: true
        options: [{label: EU, value: eu}, {label: US, value: us}]
  - {command: b}
"""


async def test_a_build_is_blocked_when_nothing_but_a_block_step_is_left(
    builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of(RELEASE)
    running = [await builder.job_states(build), await builder.state(build)]

    await worker.run()

    assert running == [{"a": "assigned", "Release": "waiting", "b": "blocked"}, "scheduled"]
    assert await builder.job_states(build) == {"a": "passed", "Release": "blocked", "b": "blocked"}
    assert await builder.state(build) == "blocked"


async def test_what_is_filled_in_becomes_meta_data_and_the_build_goes_on(
    builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of(RELEASE)
    await worker.run()
    block = await builder.job(build, "Release")

    await builder.unblock(block, fields={"version": "1.2", "where": ["eu", "us"]})
    state = await builder.state(build)
    job = await (await worker.take()).start()

    assert state == "running"
    assert (await builder.get_build(build))["meta_data"] == {"version": "1.2", "where": "eu\nus"}
    assert job.env["BUILDKITE_UNBLOCKER_EMAIL"] == (await builder.caller.get("/user"))["email"]
    await job.finish()
    assert await builder.state(build) == "passed"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "version is required"),
        ({"version": "one", "where": "eu"}, "version must match"),
        ({"version": "1", "where": "mars"}, "where must be one of eu, us"),
        ({"version": "1", "where": "eu", "color": "red"}, "no field 'color'"),
    ],
)
async def test_what_does_not_fit_the_fields_is_refused_and_the_build_stays_blocked(
    fields: dict[str, str], message: str, builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of(RELEASE)
    await worker.run()
    block = await builder.job(build, "Release")

    with pytest.raises(Refused, match=message):
        await builder.unblock(block, fields=fields)

    assert await builder.state(build) == "blocked"
    assert (await builder.get_build(build))["meta_data"] == {}


@pytest.mark.parametrize("shown", ["passed", "failed", "running"])
async def test_a_blocked_build_shows_the_state_that_its_block_step_says(
    shown: str, builder: Builder
) -> None:
    build = await builder.build_of(
        f"steps: [{{block: Go, blocked_state: {shown}}}, {{command: a}}]"
    )

    found = await builder.get_build(build)

    assert [found["state"], found["blocked"]] == [shown, True]


async def test_a_blocked_build_shows_what_the_next_block_step_says_when_one_is_released(
    builder: Builder,
) -> None:
    build = await builder.build_of(
        "steps: [{block: One, blocked_state: running}, {block: Two, blocked_state: failed}]"
    )
    shown = [(await builder.get_build(build))["state"]]

    await builder.unblock(await builder.job(build, "One"))
    shown.append((await builder.get_build(build))["state"])

    assert shown == ["running", "failed"]


async def test_a_block_step_behind_a_failure_is_never_asked_for(
    builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of("steps: [{command: a}, {block: Go}, {command: b}]")

    await worker.run(exit_status=1)

    assert await builder.state(build) == "failed"
    assert (await builder.job(build, "Go"))["state"] == "waiting_failed"
    with pytest.raises(Refused) as refused:
        await builder.unblock(await builder.job(build, "Go"))
    assert refused.value.status == 422


async def test_an_input_step_holds_up_only_what_names_it_and_the_end_of_the_build(
    builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of(
        """
        steps:
          - {command: a}
          - {input: Name, key: name}
          - {command: b}
          - wait
          - {command: c}
          - {command: d, depends_on: name}
        """
    )

    ran, state = await run_out(builder, worker, build)
    held = (await builder.job(build, "d"))["state"]
    await builder.unblock(await builder.job(build, "name"))

    assert [ran, state, held] == [["a", "b", "c"], "blocked", "blocked"]
    assert await run_out(builder, worker, build) == (["d"], "passed")


@pytest.mark.parametrize(
    "between",
    [
        "wait",
        "{command: x}, wait",
        "{command: x, key: x}, {command: y, depends_on: x}, wait",
        "{block: Again}, {command: x}, wait",
        "{group: G, steps: [{command: x}]}, wait",
    ],
)
async def test_a_job_is_blocked_however_far_behind_a_block_step_it_stands(
    between: str, builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of(
        f"steps: [{{command: a}}, {{block: Go}}, {between}, {{command: last}}]"
    )
    states = [(await builder.job(build, "last"))["state"]]
    await worker.run()
    states.append((await builder.job(build, "last"))["state"])

    for name in ("Go", "Again")[: between.count("Again") + 1]:
        await builder.unblock(await builder.job(build, name))
    states.append((await builder.job(build, "last"))["state"])

    assert states == ["blocked", "blocked", "assigned" if between == "wait" else "waiting"]
    ran, state = await run_out(builder, worker, build)
    assert [ran[-1], state] == ["last", "passed"]


async def test_what_waits_for_a_group_is_blocked_as_long_as_a_block_step_in_it(
    builder: Builder,
) -> None:
    build = await builder.build_of(
        """
        steps:
          - group: G
            key: g
            steps: [{block: Go}, {command: a}]
          - {command: b, depends_on: g, key: b}
          - {command: c, depends_on: b}
        """
    )

    before = await builder.job_states(build)
    await builder.unblock(await builder.job(build, "Go"))

    assert before == {"Go": "blocked", "a": "blocked", "b": "blocked", "c": "blocked"}
    assert await builder.job_states(build) == {
        "Go": "unblocked",
        "a": "scheduled",
        "b": "waiting",
        "c": "waiting",
    }


async def test_what_waits_for_an_uploading_step_is_blocked_by_the_block_step_that_it_uploads(
    builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of("steps: [{command: a}, wait, {command: b}]")
    uploader = await (await worker.take()).start()
    before = (await builder.job(build, "b"))["state"]

    await uploader.upload([{"block": "Go"}])

    assert [before, (await builder.job(build, "b"))["state"]] == ["waiting", "blocked"]


async def test_a_failure_before_a_block_step_fails_all_that_is_blocked(
    builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of(
        "steps: [{command: a}, {block: Go}, {command: b}, wait, {command: c}]"
    )

    await worker.run(exit_status=1)
    failed = await builder.job_states(build)
    await builder.retry(await builder.job(build, "a"))

    assert [failed["b"], failed["c"]] == ["blocked_failed", "blocked_failed"]
    again = await builder.job_states(build)
    assert [again["b"], again["c"]] == ["blocked", "blocked"]


async def test_a_build_that_waits_for_people_can_be_canceled(builder: Builder) -> None:
    build = await builder.build_of("steps: [{block: Go}, {command: a}]")

    await builder.cancel(build)

    assert await builder.state(build) == "canceled"
    assert set((await builder.job_states(build)).values()) == {"canceled"}
    with pytest.raises(Refused, match="Jobs from canceled builds cannot be unblocked"):
        await builder.unblock(await builder.job(build, "Go"))


async def test_two_block_steps_in_a_row_are_released_one_after_the_other(
    builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of("steps: [{block: One}, {block: Two}, {command: a}]")

    before = await builder.job_states(build)
    await builder.unblock(await builder.job(build, "One"))
    between, state = await builder.job_states(build), await builder.state(build)
    await builder.unblock(await builder.job(build, "Two"))

    assert [before["One"], before["Two"]] == ["blocked", "waiting"]
    assert [between["One"], between["Two"], state] == ["unblocked", "blocked", "blocked"]
    assert await run_out(builder, worker, build) == (["a"], "passed")


async def test_a_command_cannot_be_unblocked(builder: Builder) -> None:
    build = await builder.build_of("steps: [{command: a}]")

    with pytest.raises(Refused, match="This job type cannot be unblocked") as refused:
        await builder.unblock(await builder.job(build, "a"))

    assert refused.value.status == 400
