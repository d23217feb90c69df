"""Steps of every kind, told apart by what they say, and the groups they stand in.

Source: steps.go of Buildkite's go-pipeline, and schema.json of pipeline-schema.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from mock_buildkite.errors import InvalidInputError
from mock_buildkite.pipelines.definition import ChildStep, GroupStep, Step
from mock_buildkite.pipelines.grammar.attributes import Attributes, described, shortened
from mock_buildkite.pipelines.grammar.commands import Defaults, command_step
from mock_buildkite.pipelines.grammar.common import (
    KEY_ALIASES,
    LABEL_ALIASES,
    Common,
    checked_condition,
    common,
    skip_reason,
)
from mock_buildkite.pipelines.grammar.manual import block_step, input_step
from mock_buildkite.pipelines.grammar.triggers import trigger_step, wait_step
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


def read_steps(definition: Attributes, of_pipeline: Defaults) -> tuple[Step, ...]:
    """The steps of a whole definition.

    Raises:
        InvalidInputError: one of them is malformed, or there are too many.
    """
    return tuple(
        _group_step(said, place, of_pipeline)
        if kind == "group"
        else _child_step(kind, said, of_pipeline)
        for place, kind, said in _told_apart(definition, "steps")
    )


def _told_apart(parent: Attributes, path: str) -> Iterator[tuple[str, str, Attributes]]:
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


def _child_step(kind: str, said: Attributes, of_pipeline: Defaults) -> ChildStep:
    match kind:
        case "command":
            return command_step(said, of_pipeline)
        case "wait":
            return wait_step(said)
        case "block":
            return block_step(said)
        case "input":
            return input_step(said)
    return trigger_step(said)


def _group_step(said: Attributes, place: str, of_pipeline: Defaults) -> GroupStep:
    if not said.elements("steps"):
        said.refuse("a group needs at least one step")
    fields = common(said, "group")
    fields["skip"] = skip_reason(said)
    steps = []
    for _, kind, child in _told_apart(said, f"{place}.steps"):
        if kind == "group":
            child.refuse("a group can't stand in another group")
        steps.append(_inherited(_child_step(kind, child, of_pipeline), fields, child))
    # The steps have them now; the group itself is there whatever becomes of its steps.
    fields |= {"condition": None, "branches": None, "skip": None}
    return GroupStep(**fields, steps=tuple(steps), notify=said.elements("notify") or None)


def _inherited(step: ChildStep, group: Common, said: Attributes) -> ChildStep:
    """A step with what its group says for all its steps."""
    if step.branches is not None and group["branches"] is not None:
        # Unverified: what two filters mean together.
        said.refuse("a step can't have `branches` of its own in a group that has them")
    return msgspec.structs.replace(
        step,
        condition=checked_condition(said, _both(group["condition"], step.condition)),
        branches=step.branches or group["branches"],
        skip=group["skip"] if step.skip is None else step.skip,
    )


def _both(one: str | None, other: str | None) -> str | None:
    if one is None or other is None:
        return one or other
    # On lines of their own: either may end with a comment.
    return f"({one}\n) && ({other}\n)"
