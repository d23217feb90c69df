from time import process_time
from typing import Any

import pytest

from mock_buildkite.errors import InvalidInputError
from mock_buildkite.pipelines.definition import CommandStep
from mock_buildkite.pipelines.reading import read_object, read_yaml
from mock_buildkite.pipelines.whole import (
    number_of_jobs,
    require_no_circle,
)

SOON = 2.0
"""Seconds of a processor; all of these take some hundredths of one here."""


def refusal(definition: object) -> str:
    began = process_time()
    with pytest.raises(InvalidInputError) as refused:
        read_object(definition)
    assert process_time() - began < SOON
    return refused.value.message


def keyed(key: str, *depends_on: str) -> dict[str, Any]:
    return {"command": "make", "key": key, "depends_on": list(depends_on)}


def group(key: str, *steps: dict[str, Any], depends_on: list[str]) -> dict[str, Any]:
    return {"group": key, "key": key, "steps": list(steps), "depends_on": depends_on}


@pytest.mark.parametrize(
    "steps",
    [
        [keyed("a"), keyed("a")],
        [keyed("a"), {"wait": None, "id": "a"}],
        [keyed("a"), {"group": "G", "steps": [keyed("a")]}],
        [{"group": "G", "key": "a", "steps": [keyed("a")]}],
    ],
)
def test_two_steps_with_the_same_key_are_refused_in_buildkites_words(steps: list[Any]) -> None:
    assert refusal(steps) == 'The key "a" has already been used by another step in this build'


@pytest.mark.parametrize(
    ("steps", "circle"),
    [
        ([keyed("a", "a")], "a"),
        ([keyed("a", "b"), keyed("b", "a")], "ab"),
        ([keyed("a", "b"), keyed("b", "c"), keyed("c", "a")], "abc"),
        ([group("g", keyed("a", "g"), depends_on=[])], "ag"),
        ([group("g", keyed("a"), depends_on=["a"])], "a"),
        ([group("g", keyed("a", "b"), depends_on=[]), keyed("b", "g")], "abg"),
        ([group("g", {"command": "x", "depends_on": "b"}, depends_on=[]), keyed("b", "g")], "bg"),
    ],
)
def test_steps_that_wait_for_each_other_are_refused(steps: list[Any], circle: str) -> None:
    message = refusal(steps)

    assert message.startswith("`depends_on` goes round in a circle: ")
    assert set(message.partition(": ")[2].split(" -> ")) == set(circle)


def test_a_circle_is_told_in_the_order_of_waiting() -> None:
    message = refusal([keyed("c", "a"), keyed("a", "b"), keyed("b", "c")])

    assert message.partition(": ")[2] in {
        "a -> b -> c -> a",
        "b -> c -> a -> b",
        "c -> a -> b -> c",
    }


def test_waiting_for_a_step_that_is_not_there_is_none_of_our_business() -> None:
    steps = [keyed("a", "later"), group("g", keyed("b", "a"), depends_on=["a"]), keyed("c", "g")]

    assert len(read_object(steps).steps) == 3


def test_a_circle_may_close_over_two_uploads() -> None:
    first, second = read_object([keyed("a", "b")]), read_object([keyed("b", "a")])

    require_no_circle(first.steps)
    with pytest.raises(InvalidInputError, match="circle"):
        require_no_circle([*first.steps, *second.steps])


@pytest.mark.parametrize(
    ("step", "jobs"),
    [
        ({"command": "a"}, 1),
        ("wait", 1),
        ({"command": "a", "parallelism": 7}, 7),
        ({"command": "a", "parallelism": 0}, 1),
        ({"trigger": "a", "parallelism": 3}, 3),
        ({"command": "a", "matrix": [1, 2, 3]}, 3),
        ({"command": "a", "matrix": {"setup": [1], "adjustments": [{"with": 2}]}}, 2),
        ({"command": "a", "matrix": {"setup": [1], "adjustments": [{"with": 1, "skip": "x"}]}}, 0),
        ({"group": "G", "steps": ["wait"]}, 0),
    ],
)
def test_jobs_are_counted(step: object, jobs: int) -> None:
    [read] = read_object([step]).steps

    assert number_of_jobs(read) == jobs


@pytest.mark.parametrize(
    "steps",
    [
        ["wait"] * 501,
        [{"command": "make"}] * 10_000,
        [{"command": "make", "parallelism": 501}],
        [{"command": "make", "parallelism": 2**31 - 1}],
        [{"trigger": "deploy", "parallelism": 500}, "wait"],
        [{"command": "make", "parallelism": 400}, {"command": "make", "parallelism": 101}],
        [{"command": "make", "matrix": {"setup": {"a": [*range(10)], "b": [*range(5)]}}}] * 11,
        [{"group": "G", "steps": ["wait"] * 300}] * 2,
        [{"group": "G", "steps": ["wait"] * 10_000}],
    ],
)
def test_more_than_500_jobs_are_refused(steps: list[Any]) -> None:
    assert "at most 500 jobs, not" in refusal(steps)


def test_500_jobs_are_read() -> None:
    began = process_time()

    read = read_object(
        [{"group": "G", "steps": [{"command": "make", "key": "a"}, *["wait"] * 499]}]
    )

    assert len(read.steps) == 1
    assert process_time() - began < SOON


@pytest.mark.parametrize(
    "step",
    [
        {"command": "x" * 1_000_000, "parallelism": 500},
        {"command": "{{matrix}}" * 50_000, "matrix": [f"{i:0>128}" for i in range(25)]},
    ],
)
def test_jobs_that_would_fill_the_memory_are_refused(step: dict[str, Any]) -> None:
    assert "`steps` can make jobs of at most" in refusal([step])


@pytest.mark.parametrize(
    ("definition", "problem"),
    [
        ([{"command": "a", "env": {"A": "x\0y"}}], "NUL"),
        ([{"command": "a", "env": {"A": float("nan")}}], "finite"),
        ([{"command": "a", "env": {"A": 2**64}}], "64 bits"),
        ([{"command": "a", "env": {7: "x"}}], "keys"),
        ([{"command": "a", "env": {"A": b"x"}}], "bytes"),
        ([{"command": "a", "env": {"A": "\ud800"}}], "surrogate"),
    ],
)
def test_what_no_json_can_say_is_refused(definition: object, problem: str) -> None:
    assert problem in refusal(definition)


def test_what_nests_too_deep_is_refused() -> None:
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]

    assert "levels" in refusal([{"command": "a", "plugins": [{"a": deep}]}])


def condition(number: int, characters: int) -> str:
    return f"build.branch != '{number:0>{characters}}'"


@pytest.mark.parametrize(
    "steps",
    [
        [{"command": "a", "if": condition(i, 2_000)} for i in range(500)],
        [{"group": "G", "if": condition(0, 9_000), "steps": ["wait"] * 500}],
    ],
)
def test_conditions_that_are_too_long_together_are_refused(steps: list[Any]) -> None:
    assert "`if` can have at most 250000 characters in all steps together" in refusal(steps)


def test_too_many_formats_of_fields_are_refused() -> None:
    fields = [{"key": f"k{i}", "format": f"(a{{1,50}}b?){{1,9}}{i}"} for i in range(201)]

    assert "`format` can be said of at most 200 fields" in refusal(
        [{"block": "B", "fields": fields}]
    )


def test_many_conditions_are_read() -> None:
    began = process_time()

    read_object([{"command": "a", "if": condition(i, 300)} for i in range(500)])

    assert process_time() - began < SOON


def test_more_dependencies_than_a_build_can_watch_are_refused() -> None:
    steps = [keyed(f"k{i}", *(f"k{j}" for j in range(i))) for i in range(400)]

    assert "`depends_on` can name at most 50000 keys in all steps, not 79800" in refusal(steps)


def test_more_values_than_a_text_could_have_are_refused() -> None:
    assert "no more than 131072 values" in refusal([{"command": ["a"] * 1_000_000}])


def test_anchors_aliases_and_merges_are_understood() -> None:
    read = read_yaml(
        """
        common: &common
          retry: &retry {automatic: true}
          agents: {queue: a}
        steps:
          - <<: *common
            command: make
            agents: {queue: b}
          - command: make
            retry: *retry
        """,
        {},
    )

    first, second = read.steps
    assert isinstance(first, CommandStep)
    assert isinstance(second, CommandStep)
    assert first.retry == second.retry
    assert (first.agents, second.agents) == (("queue=b",), None)
