"""Reading what defines a pipeline, text or an uploaded object, into steps."""

import math
import re
from collections.abc import Iterator, Mapping

from mock_buildkite import yaml_text
from mock_buildkite.errors import InvalidInputError
from mock_buildkite.pipelines.definition import Pipeline
from mock_buildkite.pipelines.grammar.attributes import Attributes
from mock_buildkite.pipelines.grammar.commands import defaults
from mock_buildkite.pipelines.grammar.steps import read_steps
from mock_buildkite.pipelines.interpolation import interpolated
from mock_buildkite.pipelines.whole import (
    require_few_dependencies,
    require_few_jobs,
    require_no_circle,
    require_unique_keys,
)

MOST_VALUES = 131_072  # Unverified: no maximum is published; as many as a text can have
_SURROGATE = re.compile("[\ud800-\udfff]")


def read_yaml(text: str, variables: Mapping[str, str]) -> Pipeline:
    """A pipeline's configuration, with the variables filled in that are known before its build.

    Raises:
        InvalidInputError: it is no YAML, or not a pipeline; the message names the place.
    """
    return read_object(interpolated(yaml_text.parse(text), variables))


def check_yaml(text: str) -> None:
    """Refuse a configuration that no build could begin with, whatever its variables are.

    If any matter to it, its steps are not looked at: they may be good with them.

    Raises:
        InvalidInputError: it is such a one.
    """
    variables = _Unknown()
    value = interpolated(yaml_text.parse(text), variables)
    if variables.matter:
        _written(value)
    else:
        read_object(value)


def as_written(text: str) -> Pipeline:
    """A configuration with nothing filled in; without steps where they are none before that.

    Raises:
        InvalidInputError: it is no YAML, or not a pipeline.
    """
    value = yaml_text.parse(text)
    try:
        return read_object(value)
    except InvalidInputError:
        return Pipeline(env=Attributes("the pipeline", _written(value)).variables("env"))


def read_object(value: object) -> Pipeline:
    """A pipeline as agents upload it: a mapping with steps, or a list of steps.

    Raises:
        InvalidInputError: it is not; the message names the step and says what is wrong.
    """
    _require_json(value)
    top = Attributes("the pipeline", _written(value))
    of_pipeline = defaults(top)
    pipeline = Pipeline(
        steps=read_steps(top, of_pipeline),
        env=top.variables("env"),
        agents=of_pipeline.agents,
        priority=of_pipeline.priority,
        image=of_pipeline.image,
        secrets=of_pipeline.secrets,
        checkout=of_pipeline.checkout,
        cache=of_pipeline.cache,
        notify=top.elements("notify") or None,
    )
    require_unique_keys(pipeline.steps)
    require_few_dependencies(pipeline.steps)
    require_no_circle(pipeline.steps)
    require_few_jobs(pipeline.steps)
    return pipeline


class _Unknown(Mapping[str, str]):
    """Variables of which nothing is known, and whether any of them matters."""

    def __init__(self) -> None:
        self.matter = False

    def __getitem__(self, name: str) -> str:
        self.matter = True
        return ""

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def _written(value: object) -> dict[str, object]:
    """What a pipeline says by names; a list is its steps."""
    written = {"steps": value} if isinstance(value, list) else value
    if not isinstance(written, dict) or "steps" not in written:
        msg = "a pipeline must be a mapping with `steps`, or a list of steps"
        raise InvalidInputError(msg)
    return written


def _require_json(value: object) -> None:
    """Refuse what could not be kept as JSON text, or would be too deep to walk through."""
    level, depth, number = [value], 0, 0
    while level:
        depth, number = depth + 1, number + len(level)
        if number > MOST_VALUES:
            msg = f"expected no more than {MOST_VALUES} values in a pipeline, keys included"
            raise InvalidInputError(msg)
        if depth > yaml_text.DEEPEST_NESTING + 1:
            msg = f"expected no more than {yaml_text.DEEPEST_NESTING} levels in a pipeline"
            raise InvalidInputError(msg)
        level = [inner for each in level for inner in _contents(each)]


def _contents(value: object) -> list[object]:
    match value:
        case dict() if all(isinstance(key, str) for key in value):
            return [*value.keys(), *value.values()]
        case list():
            return value
        case str():
            problem = _problem_of_text(value)
        case float():
            problem = None if math.isfinite(value) else "numbers must be finite"
        case int():
            is_short = -(2**63) <= value < 2**64
            problem = None if is_short else "whole numbers can have at most 64 bits"
        case None:
            problem = None
        case dict():
            problem = "keys must be text"
        case _:
            problem = f"a value of type {type(value).__name__} can't stand in a pipeline"
    if problem is not None:
        raise InvalidInputError(problem)
    return []


def _problem_of_text(text: str) -> str | None:
    if "\0" in text:
        return "text can't have NUL characters"
    if not text.isascii() and _SURROGATE.search(text):
        return "text can't have surrogates"
    return None
