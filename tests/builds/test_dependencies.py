"""`depends_on`: what a step waits for by name, in place of what its position implies."""

import pytest

from tests.builders import Builder, Worker
from tests.builds.flows import run, run_out

EXPLICIT = """
steps:
  - {command: a, key: a}
  - {command: b}
  - wait
  - {command: c, depends_on: a}
"""
NOTHING = """
steps:
  - {command: a}
  - wait
  - {command: b, depends_on: ~}
"""
EMPTY = """
steps:
  - {command: a}
  - wait
  - {command: b, depends_on: []}
"""
ALLOWED_BY_STEP = """
steps:
  - {command: a, key: a}
  - {command: b, depends_on: a, allow_dependency_failure: true}
"""
ALLOWED_BY_EDGE = """
steps:
  - {command: a, key: a}
  - {command: b, depends_on: [{step: a, allow_failure: true}]}
"""
FORBIDDEN_BY_EDGE = """
steps:
  - {command: a, key: a}
  - {command: b, depends_on: [{step: a, allow_failure: false}]}
"""
SECOND_HAND = """
steps:
  - {command: a, key: a}
  - {command: b, key: b, depends_on: a}
  - {command: c, depends_on: b, allow_dependency_failure: true}
"""
SOFT = """
steps:
  - {command: a, key: a, soft_fail: true}
  - {command: b, depends_on: a}
"""
GROUP = """
steps:
  - group: one
    key: one
    steps: [{command: a}, {command: b}]
  - {command: c, depends_on: one}
"""
GROUP_THAT_WAITS = """
steps:
  - {command: a, key: a}
  - group: one
    depends_on: a
    steps: [{command: b}, {command: c, depends_on: []}]
"""
GROUP_THAT_GOES_ON = """
steps:
  - {command: a, key: a}
  - group: one
    depends_on: a
    allow_dependency_failure: true
    steps: [{command: b}]
"""
OMITTED = """
steps:
  - {command: a, key: a, if: "false"}
  - {command: b, key: b, skip: "not now"}
  - {command: c, key: c, branches: release}
  - {command: d, depends_on: [a, b, c]}
"""
LATER = """
steps:
  - {command: b, depends_on: a}
  - {command: a, key: a}
"""
PARALLEL = """
steps:
  - {command: a, key: a, parallelism: 3}
  - {command: b, depends_on: a}
"""


@pytest.mark.parametrize(
    ("yaml", "failing", "ran", "state"),
    [
        (EXPLICIT, (), "a b c", "passed"),
        (EXPLICIT, ("b",), "a b c", "failed"),
        (EXPLICIT, ("a",), "a b", "failed"),
        (NOTHING, ("a",), "a b", "failed"),
        (EMPTY, ("a",), "a b", "failed"),
        (ALLOWED_BY_STEP, ("a",), "a b", "failed"),
        (ALLOWED_BY_EDGE, ("a",), "a b", "failed"),
        (FORBIDDEN_BY_EDGE, ("a",), "a", "failed"),
        (SECOND_HAND, ("a",), "a c", "failed"),
        (SOFT, ("a",), "a b", "passed"),
        (GROUP, (), "a b c", "passed"),
        (GROUP, ("b",), "a b", "failed"),
        (GROUP_THAT_WAITS, (), "a b c", "passed"),
        (GROUP_THAT_WAITS, ("a",), "a", "failed"),
        (GROUP_THAT_GOES_ON, ("a",), "a b", "failed"),
        (OMITTED, (), "d", "passed"),
        (LATER, (), "a b", "passed"),
        (PARALLEL, (), "a a a b", "passed"),
        (PARALLEL, ("a",), "a a a", "failed"),
    ],
)
async def test_what_a_step_depends_on_decides_whether_and_when_it_runs(
    yaml: str, failing: tuple[str, ...], ran: str, state: str, builder: Builder, worker: Worker
) -> None:
    assert await run(builder, worker, yaml, **dict.fromkeys(failing, 1)) == (ran, state)


async def test_a_step_that_depends_on_a_key_which_never_comes_fails_the_build_and_does_not_run(
    builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of(
        """
        steps:
          - {command: a}
          - {command: b, depends_on: nowhere}
          - {command: c, depends_on: nowhere, allow_dependency_failure: true}
        """
    )

    assert await run_out(builder, worker, build) == (["a"], "failed")
    assert await builder.job_states(build) == {
        "a": "passed",
        "b": "waiting_failed",
        "c": "waiting_failed",
    }


async def test_a_step_that_was_canceled_lets_nobody_go_on_whatever_they_allow(
    builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of(
        """
        steps:
          - {command: canceler}
          - {command: a, key: a}
          - {command: b, depends_on: a, allow_dependency_failure: true}
        """
    )
    canceler = await (await worker.take()).start()

    await canceler.cancel_step("a")

    assert (await builder.job(build, "b"))["state"] == "waiting_failed"


async def test_retrying_what_had_failed_lets_those_wait_again_that_depend_on_it(
    builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of(
        """
        steps:
          - {command: a, key: a}
          - wait
          - {command: b}
        """
    )
    await worker.run(exit_status=1)
    given_up, failed = await builder.job_states(build), await builder.state(build)

    await builder.retry(await builder.job(build, "a"))
    waiting = (await builder.job(build, "b"))["state"]

    assert [given_up["b"], failed] == ["waiting_failed", "failed"]
    assert waiting == "waiting"
    assert await builder.state(build) == "running"
    assert await run_out(builder, worker, build) == (["a", "b"], "passed")


@pytest.mark.parametrize(
    ("steps", "ran"),
    [
        (
            """
            - {command: a, key: a, concurrency: 1, concurrency_group: g}
            - {command: x, depends_on: a}
            - {command: b, concurrency: 1, concurrency_group: g}
            """,
            "a b x",
        ),
        (
            """
            - {command: open, key: open, concurrency: 1, concurrency_group: g}
            - {command: work, key: work, depends_on: open}
            - wait
            - {command: close, concurrency: 1, concurrency_group: g}
            """,
            "open work close",
        ),
        (
            """
            - {command: a, key: a, concurrency: 1, concurrency_group: g}
            - {command: b, key: b, concurrency: 1, concurrency_group: g, depends_on: a}
            - {command: c, concurrency: 1, concurrency_group: g, depends_on: a}
            """,
            "a b c",
        ),
    ],
)
async def test_depending_on_a_step_of_a_concurrency_group_means_all_of_the_group_that_can_be_meant(
    steps: str, ran: str, builder: Builder, worker: Worker
) -> None:
    assert await run(builder, worker, f"steps:{steps}") == (ran, "passed")
