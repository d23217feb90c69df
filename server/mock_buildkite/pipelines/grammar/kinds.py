"""Steps told apart by what they say: where each stands, and of which kind it is.

Source: steps.go of Buildkite's go-pipeline, and schema.json of pipeline-schema.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from mock_buildkite.errors import InvalidInputError
from mock_buildkite.pipelines.grammar.attributes import Attributes, described, shortened
from mock_buildkite.pipelines.grammar.common import KEY_ALIASES, LABEL_ALIASES
from mock_buildkite.yaml_text import scalar_text

MOST_STEPS = 500
"""As many as an upload may have jobs: each step has at least one."""

KINDS: Mapping[str, str] = {
    "command": "command",
    "commands": "command",
    "plugins": "command",
    "wait": "wait",
    "waiter": "wait",
    "block": "block",
    "input": "input",
    "manual": "block",
    "trigger": "trigger",
    "group": "group",
    "script": "command",
}
"""The first of these keys that a step has says of which kind it is."""
_ALONE = ("wait", "waiter", "block", "input", "manual")
"""What may stand for a whole step."""

_NAMES = (*KEY_ALIASES, *LABEL_ALIASES, "group", "block", "input", "wait", "trigger")
"""What a step is called by in messages."""


def told_apart(parent: Attributes, path: str) -> Iterator[tuple[str, str, Attributes]]:
    """The steps of a definition or group: where each stands, its kind, and what it says."""
    elements = parent.elements("steps")
    if len(elements) > MOST_STEPS:
        parent.refuse(f"`steps` can make at most {MOST_STEPS} jobs, not {len(elements)} or more")
    for index, each in enumerate(elements):
        place = f"{path}[{index}]"
        yield place, *_told(place, each)


def _told(place: str, value: object) -> tuple[str, Attributes]:
    if isinstance(value, str) and value in _ALONE:
        return KINDS[value], Attributes(place, {})
    if not isinstance(value, dict):
        forms = ", ".join(f'"{each}"' for each in _ALONE)
        msg = f"{place}: a step must be a mapping or one of {forms}, not {described(value)}"
        raise InvalidInputError(msg)
    key = next((each for each in KINDS if each in value), None)
    if key is not None and key != "group" and isinstance(value[key], dict):
        # Nested: all that the step says stands under its kind.
        inner = {name: each for name, each in value.items() if name != key} | value[key]
        return KINDS[key], Attributes(_named(place, inner), inner)
    step = Attributes(_named(place, value), value)
    written = value.get("type")
    if written is None and key is None:
        step.refuse(f"a step needs one of {', '.join(f'`{each}`' for each in KINDS)}")
    if written is None:
        return KINDS[key or ""], step
    if not isinstance(written, str) or written not in KINDS:
        step.refuse(f"{described(written)} is no type of step")
    return KINDS["input" if written == "manual" and "input" in value else written], step


def _named(place: str, values: Mapping[str, Any]) -> str:
    """Where a step stands, and what it is called, for messages."""
    names = (values.get(each) for each in _NAMES)
    name = next((each for each in names if each and not isinstance(each, list | dict)), None)
    return place if name is None else f'{place} ("{shortened(scalar_text(name))}")'
