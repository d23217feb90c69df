"""Wait steps, and what follows them when something before them failed."""

import pytest

from tests.builders import Builder, Worker
from tests.builds.flows import run, run_out

PLAIN = """
steps:
  - {command: a}
  - {command: b}
  - wait
  - {command: c}
"""
CONTINUED = """
steps:
  - {command: a}
  - {wait: ~, continue_on_failure: true}
  - {command: b}
"""
CONTINUED_THEN_PLAIN = """
steps:
  - {command: a}
  - {wait: ~, continue_on_failure: true}
  - {command: b}
  - wait
  - {command: c}
"""
PLAIN_THEN_CONTINUED = """
steps:
  - {command: a}
  - wait
  - {command: b}
  - {wait: ~, continue_on_failure: true}
  - {command: c}
"""
CONTINUED_TWICE = """
steps:
  - {command: a}
  - {wait: ~, continue_on_failure: true}
  - {wait: ~, continue_on_failure: true}
  - {command: b}
"""
SOFT = """
steps:
  - {command: a, soft_fail: true}
  - wait
  - {command: b}
"""


@pytest.mark.parametrize(
    ("yaml", "failing", "ran", "state"),
    [
        (PLAIN, (), "a b c", "passed"),
        (PLAIN, ("a",), "a b", "failed"),
        (CONTINUED, (), "a b", "passed"),
        (CONTINUED, ("a",), "a b", "failed"),
        (CONTINUED_THEN_PLAIN, (), "a b c", "passed"),
        (CONTINUED_THEN_PLAIN, ("a",), "a b", "failed"),
        (CONTINUED_THEN_PLAIN, ("b",), "a b", "failed"),
        (PLAIN_THEN_CONTINUED, ("a",), "a", "failed"),
        (PLAIN_THEN_CONTINUED, ("b",), "a b c", "failed"),
        (CONTINUED_TWICE, ("a",), "a b", "failed"),
        (SOFT, ("a",), "a b", "passed"),
    ],
)
async def test_what_runs_behind_a_wait_depends_on_what_came_before_it(
    yaml: str, failing: tuple[str, ...], ran: str, state: str, builder: Builder, worker: Worker
) -> None:
    assert await run(builder, worker, yaml, **dict.fromkeys(failing, 1)) == (ran, state)


async def test_nothing_behind_a_wait_starts_before_all_in_front_of_it_have_ended(
    builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of(PLAIN)

    before = await builder.job_states(build)
    await worker.run()
    between = await builder.job_states(build)
    await worker.run()

    assert before == {"a": "assigned", "b": "scheduled", "waiter": "waiting", "c": "waiting"}
    assert between == {"a": "passed", "b": "assigned", "waiter": "waiting", "c": "waiting"}
    assert await builder.job_states(build) == {
        "a": "passed",
        "b": "passed",
        "waiter": "passed",
        "c": "assigned",
    }


async def test_jobs_behind_a_failure_are_shown_as_such_and_the_build_is_failing_until_the_rest_ends(
    builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of(PLAIN)

    await worker.run(exit_status=1)
    states, state = await builder.job_states(build), await builder.state(build)
    await worker.run()

    assert states == {
        "a": "failed",
        "b": "assigned",
        "waiter": "waiting_failed",
        "c": "waiting_failed",
    }
    assert [state, await builder.state(build)] == ["failing", "failed"]


async def test_a_wait_that_continues_on_failure_does_not_continue_after_a_cancel(
    builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of(
        """
        steps:
          - {command: canceler}
          - {command: a, key: a}
          - {wait: ~, continue_on_failure: true}
          - {command: b}
        """
    )
    canceler = await (await worker.take()).start()

    await canceler.cancel_step("a")
    await canceler.finish()

    assert await builder.job_states(build) == {
        "canceler": "passed",
        "a": "canceled",
        "waiter": "waiting_failed",
        "b": "waiting_failed",
    }
    assert await builder.state(build) == "failed"


async def test_waits_in_a_group_hold_up_that_group_only(builder: Builder, worker: Worker) -> None:
    build = await builder.build_of(
        """
        steps:
          - group: one
            steps: [{command: a}, wait, {command: b}]
          - group: two
            steps: [{command: c}, wait, {command: d}]
          - wait
          - {command: e}
        """
    )

    await worker.run(exit_status=1)
    ran, state = await run_out(builder, worker, build)

    assert [ran, state] == [["c", "d"], "failed"]


async def test_a_wait_behind_a_group_waits_for_all_of_it(builder: Builder, worker: Worker) -> None:
    yaml = """
        steps:
          - group: one
            steps: [{command: a}, {command: b}]
          - wait
          - {command: c}
    """

    assert await run(builder, worker, yaml, b=1) == ("a b", "failed")
