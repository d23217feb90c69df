from typing import Any

import pytest

from mock_buildkite.errors import InvalidInputError
from mock_buildkite.pipelines.definition import CommandStep, WaitStep
from mock_buildkite.pipelines.interpolation import interpolated
from mock_buildkite.pipelines.reading import as_written, check_yaml, read_yaml

COMMIT = "1adf998e39f647b4b25842f107c6ed9d30a3a7c7"
VARIABLES = {
    "BUILDKITE_BRANCH": "main",
    "BUILDKITE_COMMIT": COMMIT,
    "BUILDKITE_MESSAGE": "Fix ${IT}, $$now",
    "BUILDKITE_TAG": "",
    "UMLAUT": "aäb",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nothing", "nothing"),
        ("$BUILDKITE_BRANCH", "main"),
        ("${BUILDKITE_BRANCH}", "main"),
        ("a-$BUILDKITE_BRANCH-b", "a-main-b"),
        ("$BRANCH_", ""),
        ("$UNKNOWN|${UNKNOWN}", "|"),
        ("$BUILDKITE_MESSAGE", "Fix ${IT}, $$now"),
        ("${BUILDKITE_TAG:-none}", "none"),
        ("${BUILDKITE_TAG-none}", ""),
        ("${UNKNOWN:-none}", "none"),
        ("${UNKNOWN-none}", "none"),
        ("${BUILDKITE_BRANCH:-none}", "main"),
        ("${UNKNOWN:-}", ""),
        ("${UNKNOWN:-${OTHER:-$BUILDKITE_BRANCH}}", "main"),
        ("${UNKNOWN:-on $BUILDKITE_BRANCH now}!", "on main now!"),
        ("${UNKNOWN:--:{}}", "-:{}"),
        ("${BUILDKITE_BRANCH?is needed}", "main"),
        ("${BUILDKITE_TAG?is needed}", ""),
        ("${BUILDKITE_BRANCH:-${UNKNOWN?never asked}}", "main"),
        ("${BUILDKITE_COMMIT:0:7}", COMMIT[:7]),
        ("${BUILDKITE_COMMIT:33}", COMMIT[33:]),
        ("${BUILDKITE_COMMIT: -7}", COMMIT[-7:]),
        ("${BUILDKITE_COMMIT:7:-7}", COMMIT[7:-7]),
        ("${BUILDKITE_COMMIT:7:7}", COMMIT[7:14]),
        ("${BUILDKITE_COMMIT: -128}", COMMIT),
        ("${BUILDKITE_COMMIT:128}", ""),
        ("${BUILDKITE_COMMIT:0:-128}", ""),
        ("${UNKNOWN:0:7}", ""),
        ("${UMLAUT:0:1}${UMLAUT:3:1}", "ab"),
        ("$$BUILDKITE_BRANCH", "$BUILDKITE_BRANCH"),
        (r"\$BUILDKITE_BRANCH", "$BUILDKITE_BRANCH"),
        ("$${BUILDKITE_BRANCH:-$UNKNOWN}", "${BUILDKITE_BRANCH:-}"),
        (r"\\$BUILDKITE_BRANCH", r"\\main"),
        (r"\n$", r"\n$"),
        ("$(date) costs $5, 'xi$$'", "$(date) costs $5, 'xi$'"),
        ("$BUILDKITE_BRANCH}", "main}"),
    ],
)
def test_variables_are_filled_in_as_agents_do(text: str, expected: str) -> None:
    assert interpolated(text, VARIABLES) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("${UNKNOWN?}", "$UNKNOWN: not set"),
        ("${UNKNOWN?is needed {}", "$UNKNOWN: is needed {"),
        ("${UNKNOWN?ask ${BUILDKITE_BRANCH}}", "$UNKNOWN: ask main"),
        ("${", "expected a variable's name after ${"),
        ("${}", "expected a variable's name after ${, not '}'"),
        ("${1}", "expected a variable's name after ${"),
        ("${UNKNOWN", "expected the variable UNKNOWN to end with a }"),
        ("${UNKNOWN!}", "expected the variable UNKNOWN to end with a }"),
        ("${UNKNOWN:-a", "expected the variable UNKNOWN to end with a }"),
        ("${UNKNOWN:?a}", "expected whole numbers after ${UNKNOWN:"),
        ("${UNKNOWN:1:x}", "expected whole numbers after ${UNKNOWN:"),
        ("${A:-" * 30 + "}" * 30, "expected no more than 20 variables within each other"),
        ("${A:-" * 100_000, "expected no more than 20 variables within each other"),
        ("$BUILDKITE_BUILD_NUMBER", 'Interpolation of "BUILDKITE_BUILD_NUMBER" is not supported'),
        ("${BUILDKITE_JOB_ID:-x}", 'Interpolation of "BUILDKITE_JOB_ID" is not supported'),
    ],
)
def test_what_cannot_be_filled_in_is_refused_with_its_place(text: str, problem: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        interpolated({"steps": [{"command": text}]}, VARIABLES)

    assert refused.value.message.startswith("steps[0].command: ")
    assert problem in refused.value.message


def test_variables_are_filled_in_everywhere() -> None:
    value: Any = {"a$BUILDKITE_BRANCH": [1, None, True, {"b": "$BUILDKITE_BRANCH"}]}

    assert interpolated(value, VARIABLES) == {"amain": [1, None, True, {"b": "main"}]}


def test_a_pipelines_own_variables_count_from_the_next_one_on() -> None:
    value = {
        "steps": [{"command": "$B"}],
        "env": {"A": "$BUILDKITE_BRANCH", "B": "$A-$C", "C": "late", "N": 1},
    }

    assert interpolated(value, VARIABLES) == {
        "steps": [{"command": "main-"}],
        "env": {"A": "main", "B": "main-", "C": "late", "N": 1},
    }


def test_what_grows_beyond_all_bounds_is_refused() -> None:
    variables = {"BUILDKITE_MESSAGE": "x" * 65_536}

    with pytest.raises(InvalidInputError, match=r"steps\[0\]\.command: .* too long"):
        interpolated({"steps": [{"command": "$BUILDKITE_MESSAGE " * 1000}]}, variables)


def test_a_configuration_is_read_with_variables_filled_in() -> None:
    text = "steps: [{command: 'make $BUILDKITE_BRANCH', parallelism: '${N:-3}'}]"

    [step] = read_yaml(text, VARIABLES).steps

    assert step == CommandStep(command="make main", parallelism=3)


@pytest.mark.parametrize(
    "text",
    [
        "steps: []",
        "steps: [{command: 'make $$HOME'}]",
        "env: {N: 3}\nsteps: [{command: make, parallelism: $N}]",
        "steps: [{command: make, parallelism: $N}]",
        "steps: [{trigger: '${TARGET?is needed}'}, {trigger: $BUILDKITE_BRANCH}]",
        "steps: [{command: make, key: a-$A}, {command: make, key: a-$B}]",
    ],
)
def test_a_configuration_may_be_kept_if_variables_can_make_it_good(text: str) -> None:
    check_yaml(text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("steps: [", "expected YAML"),
        ("command: $A", "`steps`"),
        ("steps: [{command: $BUILDKITE_JOB_ID}]", "is not supported"),
        ("steps: [{command: '${A'}]", "to end with a }"),
        ("steps: [{command: make, parallelism: some}]", "whole number"),
        ("env: {N: some}\nsteps: [{command: make, parallelism: $N}]", "whole number"),
    ],
)
def test_a_configuration_that_no_variables_make_good_is_refused(text: str, problem: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        check_yaml(text)

    assert problem in refused.value.message


def test_a_configuration_is_shown_as_it_is_written() -> None:
    shown = as_written("env: {A: $B, N: 1}\nsteps: [nothing]")

    assert (shown.env, shown.steps) == ({"A": "$B", "N": "1"}, ())
    assert as_written("- wait").steps == (WaitStep(),)
