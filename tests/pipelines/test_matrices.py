from typing import Any

import pytest

from mock_buildkite.errors import InvalidInputError
from mock_buildkite.pipelines.definition import CommandStep, SoftFail
from mock_buildkite.pipelines.matrix import Permutation, permutations, substituted
from mock_buildkite.pipelines.reading import read_object


def command_step(**said: Any) -> CommandStep:
    [step] = read_object([{"command": "make", **said}]).steps
    assert isinstance(step, CommandStep)
    return step


def written_out(matrix: object) -> list[Permutation]:
    step = command_step(matrix=matrix)
    assert step.matrix is not None
    return permutations(step.matrix)


def test_a_list_is_one_dimension_without_a_name() -> None:
    assert written_out(["a", 1]) == [Permutation({"": "a"}), Permutation({"": "1"})]


def test_dimensions_are_combined_in_their_order() -> None:
    found = written_out({"setup": {"os": ["linux", "macos"], "arch": ["arm", "x86"]}})

    assert [tuple(each.values.values()) for each in found] == [
        ("linux", "arm"),
        ("linux", "x86"),
        ("macos", "arm"),
        ("macos", "x86"),
    ]


def test_an_adjustment_changes_a_combination_or_adds_one() -> None:
    found = written_out(
        {
            "setup": {"os": ["linux"], "arch": ["arm", "x86"]},
            "adjustments": [
                {"with": {"os": "linux", "arch": "arm"}, "soft_fail": True},
                {"with": {"os": "linux", "arch": "x86"}, "skip": "Broken"},
                {"with": {"arch": "arm", "os": "plan9"}},
            ],
        }
    )

    assert found == [
        Permutation({"os": "linux", "arch": "arm"}, soft_fail=SoftFail(every=True)),
        Permutation({"os": "linux", "arch": "x86"}, skip="Broken"),
        Permutation({"os": "plan9", "arch": "arm"}),
    ]


def test_of_several_adjustments_of_a_combination_each_says_its_part() -> None:
    [found] = written_out(
        {
            "setup": ["a"],
            "adjustments": [{"with": "a", "skip": True}, {"with": "a", "soft_fail": True}],
        }
    )

    assert found == Permutation({"": "a"}, skip="", soft_fail=SoftFail(every=True))


def test_all_combinations_may_come_from_adjustments() -> None:
    assert written_out({"setup": {"os": []}, "adjustments": [{"with": {"os": "linux"}}]}) == [
        Permutation({"os": "linux"})
    ]


def test_values_are_put_where_the_tokens_stand() -> None:
    step = command_step(
        command="make {{matrix.os}} {{ matrix.arch }} {{\tmatrix.os\n}} {{other}} {matrix.os}",
        key="build",
        label="{{matrix.os}}!",
        env={"OS_{{matrix.os}}": "{{matrix.os}}"},
        agents={"queue": "{{matrix.arch}}"},
        plugins=[
            {"docker#{{matrix.os}}": {"image": ["{{matrix.os}}", 1], "{{matrix.arch}}": None}}
        ],
        concurrency=1,
        concurrency_group="{{matrix.os}}",
        matrix={"setup": {"os": ["linux"], "arch": ["arm"]}},
    )

    read = substituted(step, Permutation({"os": "linux", "arch": "arm"}))

    assert read.command == "make linux arm linux {{other}} {matrix.os}"
    assert (read.key, read.label) == ("build", "linux!")
    assert read.env == {"OS_{{matrix.os}}": "linux"}
    assert read.agents == ("queue=arm",)
    assert read.plugins == (
        {
            "github.com/buildkite-plugins/docker-buildkite-plugin#linux": {
                "image": ["linux", 1],
                "arm": None,
            }
        },
    )
    assert read.concurrency_group == "{{matrix.os}}"
    assert read.matrix == step.matrix


def test_a_value_is_not_looked_at_for_tokens() -> None:
    step = command_step(command="{{matrix}}", matrix=["{{matrix}}"])

    assert substituted(step, Permutation({"": "{{matrix}}"})).command == "{{matrix}}"


@pytest.mark.parametrize(
    ("permutation", "expected"),
    [
        (Permutation({"": "a"}), (None, SoftFail(exit_statuses=(1,)))),
        (Permutation({"": "a"}, skip="Broken"), ("Broken", SoftFail(exit_statuses=(1,)))),
        (Permutation({"": "a"}, soft_fail=SoftFail(every=True)), (None, SoftFail(every=True))),
        (Permutation({"": "a"}, soft_fail=SoftFail()), (None, SoftFail())),
    ],
)
def test_what_a_combination_says_goes_before_its_step(
    permutation: Permutation, expected: tuple[str | None, SoftFail]
) -> None:
    step = command_step(matrix=["a"], soft_fail=[{"exit_status": 1}])

    read = substituted(step, permutation)

    assert (read.skip, read.soft_fail) == expected


def test_a_dimension_that_is_not_there_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="names no dimension of the matrix"):
        substituted(CommandStep(command="{{matrix.os}}"), Permutation({"": "a"}))
