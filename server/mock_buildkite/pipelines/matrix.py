"""What a matrix is written out to: combinations of values, and the step for each of them."""

import itertools
import re
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from mock_buildkite.errors import InvalidInputError
from mock_buildkite.pipelines.definition import CommandStep, Matrix, SoftFail

_TOKEN = re.compile(r"\{\{\s*matrix(?:\.([\w.-]+))?\s*\}\}")


class Permutation(Struct, frozen=True):
    """One combination of a matrix's values, by dimension; a plain list's dimension is ''."""

    values: dict[str, str]
    skip: str | None = None
    soft_fail: SoftFail | None = None


def permutations(matrix: Matrix) -> list[Permutation]:
    """Every combination in the order of the dimensions, then those that adjustments add.

    Those that an adjustment skips are among them, with why. Unverified: a combination that is
    there twice, because an element is, is meant once.
    """
    dimensions = list(matrix.setup)
    combinations = {
        elements: dict(zip(dimensions, elements, strict=True))
        for elements in itertools.product(*matrix.setup.values())
    }
    for each in matrix.adjustments:
        combinations.setdefault(tuple(each.values[name] for name in dimensions), each.values)
    return [_adjusted(matrix, values) for values in combinations.values()]


def _adjusted(matrix: Matrix, values: dict[str, str]) -> Permutation:
    """A combination with what its adjustments say; of several the last one that says it."""
    permutation = Permutation(values)
    for each in matrix.adjustments:
        if each.values == values:
            permutation = Permutation(
                values,
                permutation.skip if each.skip is None else each.skip,
                permutation.soft_fail if each.soft_fail is None else each.soft_fail,
            )
    return permutation


def substituted(step: CommandStep, permutation: Permutation) -> CommandStep:
    """The step for one combination, with its values where `{{matrix}}` or `{{matrix.name}}` stood.

    In the command, the label, the values of `env`, the plugins and the agents' rules; keys and
    concurrency groups stay as they are. What the combination skips or lets fail, the step does.
    """
    values = permutation.values
    return msgspec.structs.replace(
        step,
        command=_with_values(step.command, values),
        label=None if step.label is None else _with_values(step.label, values),
        env={name: _with_values(each, values) for name, each in step.env.items()},
        plugins=tuple(_within(each, values) for each in step.plugins),
        agents=None
        if step.agents is None
        else tuple(_with_values(rule, values) for rule in step.agents),
        skip=step.skip if permutation.skip is None else permutation.skip,
        soft_fail=step.soft_fail if permutation.soft_fail is None else permutation.soft_fail,
    )


def require_known_dimensions(step: CommandStep, matrix: Matrix) -> None:
    """Refuse a token in the step for a dimension that its matrix does not have.

    Unverified: agents that verify signatures do; what Buildkite puts in its place is not known.

    Raises:
        InvalidInputError: there is one.
    """
    substituted(step, Permutation(dict.fromkeys(matrix.setup, "")))


def longest_value(matrix: Matrix) -> int:
    """The length of the longest value that may stand in a token's place."""
    dimensions = [*matrix.setup.values(), *(each.values.values() for each in matrix.adjustments)]
    return max((len(each) for elements in dimensions for each in elements), default=0)


def _within(value: Any, values: Mapping[str, str]) -> Any:  # noqa: ANN401 - plugins are any JSON
    match value:
        case str():
            return _with_values(value, values)
        case list():
            return [_within(each, values) for each in value]
        case dict():
            return {_with_values(key, values): _within(each, values) for key, each in value.items()}
    return value


def _with_values(text: str, values: Mapping[str, str]) -> str:
    def value(token: re.Match[str]) -> str:
        name = token.group(1) or ""
        if name not in values:
            msg = f"`{token.group()}` names no dimension of the matrix"
            raise InvalidInputError(msg)
        return values[name]

    return _TOKEN.sub(value, text) if "{{" in text else text
