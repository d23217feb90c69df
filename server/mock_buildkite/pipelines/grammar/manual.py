"""Block and input steps: what people are asked.

Source: pages/pipelines/configure/step_types/block_step.md and input_step.md of Buildkite's
documentation, and schema.json of pipeline-schema.
"""

import re
from collections import Counter
from typing import Any

from mock_buildkite.errors import InvalidInputError
from mock_buildkite.pipelines import formats
from mock_buildkite.pipelines.definition import (
    BlockStep,
    InputStep,
    Option,
    SelectField,
    TextField,
)
from mock_buildkite.pipelines.grammar.attributes import Attributes
from mock_buildkite.pipelines.grammar.common import common

MOST_TEAMS = 100
LONGEST_FORMAT = 1_000  # Unverified: no maximum is published
_FIELD_KEY = re.compile(r"[A-Za-z0-9_/-]+")


def block_step(step: Attributes) -> BlockStep:
    """A block step.

    Raises:
        InvalidInputError: it is malformed.
    """
    return BlockStep(**common(step, "block", "manual"), **_asked(step))


def input_step(step: Attributes) -> InputStep:
    """An input step.

    Raises:
        InvalidInputError: it is malformed.
    """
    return InputStep(**common(step, "input"), **_asked(step))


def _asked(step: Attributes) -> dict[str, Any]:
    teams = step.texts("allowed_teams") or ()
    if len(teams) > MOST_TEAMS:
        step.refuse(f"`allowed_teams` can have at most {MOST_TEAMS} teams, not {len(teams)}")
    fields = tuple(
        _field(step.part(f"fields[{index}]", each))
        for index, each in enumerate(step.elements("fields"))
    )
    for key, number in Counter(each.key for each in fields).items():
        if number > 1:
            step.refuse(f'`fields` has the key "{key}" more than once')
    return {
        "prompt": step.text("prompt"),
        "submit": step.text("submit"),
        "fields": fields,
        "blocked_state": step.choice("blocked_state", "passed", "failed", "running"),
        "allowed_teams": teams,
    }


def _field(field: Attributes) -> TextField | SelectField:
    key = field.text("key")
    if key is None:
        field.refuse("a field needs a `key`")
    if not _FIELD_KEY.fullmatch(key):
        field.refuse_form("key", "letters, digits, dashes, underscores and slashes", key)
    if field.values.keys() & {"select", "options"}:
        return _select_field(field, key)
    return TextField(
        key=key,
        text=field.text("text") or "",
        hint=field.text("hint"),
        required=field.flag("required", default=True),
        default=field.text("default"),
        format=_format(field),
    )


def _select_field(field: Attributes, key: str) -> SelectField:
    options = field.elements("options")
    if not options:
        field.refuse("`options` must have at least one option")
    return SelectField(
        key=key,
        select=field.text("select") or "",
        options=tuple(
            _option(field.part(f"options[{index}]", each)) for index, each in enumerate(options)
        ),
        hint=field.text("hint"),
        required=field.flag("required", default=True),
        multiple=field.flag("multiple"),
        default=field.texts("default") or (),
    )


def _option(option: Attributes) -> Option:
    label, value = option.text("label"), option.text("value")
    if label is None or value is None:
        option.refuse("an option needs a `label` and a `value`")
    return Option(label, value, option.text("hint"), option.flag("required"))


def _format(field: Attributes) -> str | None:
    """A regular expression, which is looked at when it is known how many there are."""
    pattern = field.text("format")
    if pattern is None:
        return None
    if len(pattern) > LONGEST_FORMAT:
        field.refuse(f"`format` can have at most {LONGEST_FORMAT} characters, not {len(pattern)}")
    return pattern


def check_format(step: Attributes, field: TextField) -> None:
    """Refuse a field's format that is no regular expression.

    Raises:
        InvalidInputError: it is none.
    """
    try:
        formats.check(field.format or "")
    except InvalidInputError as error:
        step.refuse(f'`format` of the field "{field.key}": {error.message}')
