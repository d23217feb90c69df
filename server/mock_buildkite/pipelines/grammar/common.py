"""What steps of all kinds can say."""

import re
from typing import Any, TypedDict

from mock_buildkite.errors import InvalidInputError
from mock_buildkite.pipelines import branches
from mock_buildkite.pipelines.definition import Dependency
from mock_buildkite.pipelines.grammar.attributes import Attributes

LONGEST_KEY = 100
LONGEST_SKIP_REASON = 70
KEY_ALIASES = ("key", "id", "identifier")
LABEL_ALIASES = ("label", "name")
_KEY = re.compile(r"[A-Za-z0-9_\-:${}.,]+")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Common(TypedDict):
    """The fields that steps of all kinds have."""

    key: str | None
    label: str | None
    depends_on: tuple[Dependency, ...] | None
    allow_dependency_failure: bool
    condition: str | None
    branches: str | None
    skip: str | None


def common(step: Attributes, *type_keys: str) -> Common:
    """The fields that steps of all kinds have; the label may stand at the step's type.

    What the condition says is looked at later, when it is known how much all of them say.

    Raises:
        InvalidInputError: one of them is malformed, or they exclude each other.
    """
    patterns = _branches(step)
    condition = (step.text("if") or "").strip() or None
    if condition is not None and patterns is not None:
        step.refuse("`if` and `branches` can't be used together")
    return Common(
        key=_key(step),
        label=step.text(*type_keys, *LABEL_ALIASES),
        depends_on=_dependencies(step),
        allow_dependency_failure=step.flag("allow_dependency_failure"),
        condition=condition,
        branches=patterns,
        skip=None,
    )


def skip_reason(attributes: Attributes) -> str | None:
    """Why something is skipped; None if it is not.

    Raises:
        InvalidInputError: the reason is too long, or no text.
    """
    value: Any = attributes.values.get("skip")
    # Unverified: "true" and "false" are no reasons; a variable may have been filled in with them.
    if value is None or value in (False, "", "false"):
        return None
    if value in (True, "true"):
        return ""
    if not isinstance(value, str):
        attributes.refuse_form("skip", "true, false or a reason", value)
    if len(value) > LONGEST_SKIP_REASON:
        attributes.refuse(
            f"`skip` can have at most {LONGEST_SKIP_REASON} characters, not {len(value)}"
        )
    return value


def _key(step: Attributes) -> str | None:
    key = step.text(*KEY_ALIASES)
    if key is None:
        return None
    if len(key) > LONGEST_KEY:
        step.refuse(f"`key` can have at most {LONGEST_KEY} characters, not {len(key)}")
    if not _KEY.fullmatch(key):
        step.refuse_form("key", "letters, digits and `_-:${}.,`", key)
    if _UUID.fullmatch(key):
        step.refuse_form("key", "something that does not look like a UUID", key)
    return key


def _branches(step: Attributes) -> str | None:
    patterns = " ".join(" ".join(step.texts("branches") or ()).split())
    try:
        return branches.checked(patterns) or None
    except InvalidInputError as error:
        step.refuse(f"`branches`: {error.message}")


def _dependencies(step: Attributes) -> tuple[Dependency, ...] | None:
    if "depends_on" not in step.values:
        return None
    value = step.values["depends_on"]
    if value is None or value == "":
        return ()
    if isinstance(value, dict):
        step.refuse_form("depends_on", "a key or a list of them", value)
    found: dict[str, Dependency] = {}
    for index, each in enumerate(value if isinstance(value, list) else [value]):
        if each and isinstance(each, str):
            found[each] = Dependency(each)
            continue
        part = step.part(f"depends_on[{index}]", each if isinstance(each, dict) else {"step": each})
        key = part.text("step")
        if key is None:
            part.refuse("it must name the key of a step")
        found[key] = Dependency(key, part.flag("allow_failure"))
    return tuple(found.values())
