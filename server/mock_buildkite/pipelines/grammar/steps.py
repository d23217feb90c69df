"""The steps of a definition, and the groups they stand in."""

import msgspec

from mock_buildkite.errors import InvalidInputError
from mock_buildkite.pipelines import conditions
from mock_buildkite.pipelines.definition import (
    BlockStep,
    ChildStep,
    GroupStep,
    InputStep,
    Step,
    TextField,
)
from mock_buildkite.pipelines.grammar.attributes import Attributes
from mock_buildkite.pipelines.grammar.commands import Defaults, command_step
from mock_buildkite.pipelines.grammar.common import Common, common, skip_reason
from mock_buildkite.pipelines.grammar.kinds import told_apart
from mock_buildkite.pipelines.grammar.manual import block_step, check_format, input_step
from mock_buildkite.pipelines.grammar.triggers import trigger_step, wait_step

MOST_FORMATS = 200
"""Regular expressions of fields. Unverified: no maximum is published."""
MOST_CHARACTERS_OF_CONDITIONS = 250_000
"""Of all steps together, those of their groups included. Unverified: no maximum is published."""


def read_steps(definition: Attributes, of_pipeline: Defaults) -> tuple[Step, ...]:
    """The steps of a whole definition.

    Raises:
        InvalidInputError: one of them is malformed, or there are too many.
    """
    reader = _Reader(of_pipeline)
    steps = tuple(
        reader.group(said, place) if kind == "group" else reader.child(kind, said)
        for place, kind, said in told_apart(definition, "steps")
    )
    reader.check_conditions(definition)
    reader.check_formats(definition)
    return steps


class _Reader:
    """Reads steps, and what costs time in them once it knows how much of it there is."""

    def __init__(self, of_pipeline: Defaults) -> None:
        self._of_pipeline = of_pipeline
        self._conditional: list[tuple[Attributes, str]] = []
        self._characters = 0
        self._formatted: list[tuple[Attributes, TextField]] = []

    def child(self, kind: str, said: Attributes, group: Common | None = None) -> ChildStep:
        """A step that is no group, with what its group says for all its steps."""
        step = self._alone(kind, said)
        self._note_condition(said, step.condition)
        if isinstance(step, BlockStep | InputStep):
            texts = (each for each in step.fields if isinstance(each, TextField))
            self._formatted.extend((said, each) for each in texts if each.format is not None)
        if group is None:
            return step
        if step.branches is not None and group["branches"] is not None:
            # Unverified: what two filters mean together.
            said.refuse("a step can't have `branches` of its own in a group that has them")
        return msgspec.structs.replace(
            step,
            condition=self._joined(said, group["condition"], step.condition),
            branches=step.branches or group["branches"],
            skip=group["skip"] if step.skip is None else step.skip,
        )

    def _alone(self, kind: str, said: Attributes) -> ChildStep:
        match kind:
            case "command":
                return command_step(said, self._of_pipeline)
            case "wait":
                return wait_step(said)
            case "block":
                return block_step(said)
            case "input":
                return input_step(said)
        return trigger_step(said)

    def group(self, said: Attributes, place: str) -> GroupStep:
        """A group with its steps."""
        if not said.elements("steps"):
            said.refuse("a group needs at least one step")
        fields = common(said, "group")
        fields["skip"] = skip_reason(said)
        self._note_condition(said, fields["condition"])
        steps = []
        for _, kind, child in told_apart(said, f"{place}.steps"):
            if kind == "group":
                child.refuse("a group can't stand in another group")
            steps.append(self.child(kind, child, fields))
        # The steps have them now; the group itself is there whatever becomes of its steps.
        fields |= {"condition": None, "branches": None, "skip": None}
        return GroupStep(**fields, steps=tuple(steps), notify=said.elements("notify") or None)

    def _joined(self, said: Attributes, of_group: str | None, own: str | None) -> str | None:
        """What both conditions say together."""
        if of_group is None or own is None:
            condition = of_group or own
        else:
            # On lines of their own: either may end with a comment.
            condition = f"({of_group}\n) && ({own}\n)"
            if len(condition) > conditions.LONGEST:
                said.refuse("`if`: it is too long together with the group's")
        self._characters += len(condition or "")
        return condition

    def _note_condition(self, said: Attributes, condition: str | None) -> None:
        if condition is not None:
            self._conditional.append((said, condition))
            self._characters += len(condition)

    def check_conditions(self, definition: Attributes) -> None:
        """Refuse conditions that can never be decided.

        Raises:
            InvalidInputError: there is one, or all together are too long to be looked at.
        """
        if self._characters > MOST_CHARACTERS_OF_CONDITIONS:
            most = MOST_CHARACTERS_OF_CONDITIONS
            definition.refuse(f"`if` can have at most {most} characters in all steps together")
        for said, condition in self._conditional:
            try:
                conditions.check(condition, conditions.Context.STEP)
            except InvalidInputError as error:
                said.refuse(f"`if`: {error.message}")

    def check_formats(self, definition: Attributes) -> None:
        """Refuse fields' formats that are no regular expressions.

        Raises:
            InvalidInputError: there is one, or there are too many to be looked at.
        """
        if len(self._formatted) > MOST_FORMATS:
            definition.refuse(f"`format` can be said of at most {MOST_FORMATS} fields")
        for said, field in self._formatted:
            check_format(said, field)
