"""`matrix`: what a step is run for.

Source: pages/pipelines/configure/workflows/build_matrix.md of Buildkite's documentation, and
step_command_matrix.go of go-pipeline.
"""

import math
import re
from typing import Any

from mock_buildkite.pipelines.definition import Matrix, MatrixAdjustment
from mock_buildkite.pipelines.grammar.attributes import Attributes
from mock_buildkite.pipelines.grammar.common import skip_reason
from mock_buildkite.pipelines.grammar.retries import soft_fail
from mock_buildkite.pipelines.matrix import permutations
from mock_buildkite.yaml_text import scalar_text

MOST_DIMENSIONS = 6
MOST_ELEMENTS = 25
LONGEST_ELEMENT_BYTES = 128
MOST_ADJUSTMENTS = 12
MOST_JOBS = 50
_DIMENSION = re.compile(r"[A-Za-z0-9_.-]+")


def matrix(step: Attributes) -> Matrix | None:
    """The matrix of a command step, if it has one.

    Raises:
        InvalidInputError: it is malformed, or larger than matrices can be.
    """
    value = step.values.get("matrix")
    if value is None:
        return None
    said = step.part("matrix", {"setup": value} if isinstance(value, list) else value)
    setup = _setup(said)
    adjustments = tuple(
        adjustment
        for index, each in enumerate(said.elements("adjustments"))
        for adjustment in _adjustments(said.part(f"adjustments[{index}]", each), setup)
    )
    if len(adjustments) > MOST_ADJUSTMENTS:
        said.refuse(
            f"a matrix can have at most {MOST_ADJUSTMENTS} adjustments, not {len(adjustments)}"
        )
    read = Matrix(
        setup=setup,
        adjustments=adjustments,
        as_signed=value if step.values.get("signature") is not None else None,
    )
    _require_few_jobs(said, read)
    return read


def _setup(said: Attributes) -> dict[str, tuple[str, ...]]:
    value = said.values.get("setup")
    if isinstance(value, list):
        return {"": _elements(said, "setup", value)}
    if not isinstance(value, dict) or not value:
        said.refuse_form("setup", "a list, or a mapping of dimensions to lists", value)
    if len(value) > MOST_DIMENSIONS:
        said.refuse(f"a matrix can have at most {MOST_DIMENSIONS} dimensions, not {len(value)}")
    for dimension in value:
        if not _DIMENSION.fullmatch(dimension) or len(dimension) > LONGEST_ELEMENT_BYTES:
            said.refuse(
                "a dimension is named with at most 128 letters, digits, `_`, `-` and `.`, "
                f'not "{dimension[:LONGEST_ELEMENT_BYTES]}"'
            )
    return {
        dimension: _elements(said, f"setup.{dimension}", elements)
        for dimension, elements in value.items()
    }


def _elements(said: Attributes, name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        said.refuse_form(name, "a list", value)
    if len(value) > MOST_ELEMENTS:
        said.refuse(
            f"`{name}` can have at most {MOST_ELEMENTS} elements in a matrix, not {len(value)}"
        )
    return tuple(_element(said, f"{name}[{index}]", each) for index, each in enumerate(value))


def _element(said: Attributes, name: str, value: object) -> str:
    if value is None or isinstance(value, list | dict):
        said.refuse_form(name, "text, a number or a boolean", value)
    text = scalar_text(value)
    if len(text.encode()) > LONGEST_ELEMENT_BYTES:
        said.refuse(f"`{name}` can have at most {LONGEST_ELEMENT_BYTES} bytes in a matrix")
    return text


def _adjustments(
    adjustment: Attributes, setup: dict[str, tuple[str, ...]]
) -> list[MatrixAdjustment]:
    """One adjustment, or with a list of elements one for each."""
    value: Any = adjustment.values.get("with")
    combinations = value if isinstance(value, list) else [value]
    skip = skip_reason(adjustment)
    softly = soft_fail(adjustment) if "soft_fail" in adjustment.values else None
    found = []
    for each in combinations:
        said = each if isinstance(each, dict) else {"": each}
        if said.keys() != setup.keys():
            adjustment.refuse("`with` must have an element for every dimension, and no other")
        values = {name: _element(adjustment, "with", element) for name, element in said.items()}
        found.append(MatrixAdjustment(values, skip, softly))
    return found


def _require_few_jobs(said: Attributes, read: Matrix) -> None:
    # The product first: written out, it may be millions.
    combinations = math.prod(len(elements) for elements in read.setup.values())
    if combinations <= MOST_JOBS + len(read.adjustments):
        every = permutations(read)
        if not every:
            said.refuse("a matrix must have at least one combination")
        combinations = sum(each.skip is None for each in every)
    if combinations > MOST_JOBS:
        said.refuse(f"a matrix can make at most {MOST_JOBS} jobs, not {combinations}")
