r"""Filling variables into a pipeline's definition, as is done before a build is created.

The same forms as agents fill in when they upload: `$X`, `${X}`, `${X:-default}`, `${X-default}`,
`${X?message}`, `${X:offset:length}`; `$$` and `\$` stand for a dollar, and `$(` for itself.

Source: github.com/buildkite/interpolate, and pages/pipelines/configure/environment_variables.md
of Buildkite's documentation.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from mock_buildkite.errors import InvalidInputError

SUPPORTED_VARIABLES = frozenset(
    {
        "BUILDKITE_BRANCH",
        "BUILDKITE_TAG",
        "BUILDKITE_MESSAGE",
        "BUILDKITE_COMMIT",
        "BUILDKITE_PIPELINE_SLUG",
        "BUILDKITE_PIPELINE_NAME",
        "BUILDKITE_PIPELINE_ID",
        "BUILDKITE_ORGANIZATION_SLUG",
        "BUILDKITE_TRIGGERED_FROM_BUILD_PIPELINE_SLUG",
        "BUILDKITE_REPO",
        "BUILDKITE_PULL_REQUEST",
        "BUILDKITE_PULL_REQUEST_BASE_BRANCH",
        "BUILDKITE_PULL_REQUEST_REPO",
        "BUILDKITE_MERGE_QUEUE_BASE_BRANCH",
        "BUILDKITE_MERGE_QUEUE_BASE_COMMIT",
    }
)
"""The variables of Buildkite's own that are known before there is a build."""

MOST_CHARACTERS = 4 * 1024 * 1024
"""How much text a definition may have once its variables are filled in."""

DEEPEST_NESTING = 20

_SPECIAL = re.compile(r"\\\\|\\\$|\$\$|\$\(|\$")
_IDENTIFIER = re.compile(r"[^\W\d_]\w*")
_SUBSTRING = re.compile(r":\s*([-+]?[0-9]{1,9})\s*(?::\s*([-+]?[0-9]{1,9})\s*)?(?=\})")
_DOCUMENTATION = "https://buildkite.com/docs/pipelines/environment-variables"


def interpolated(value: object, variables: Mapping[str, str]) -> object:
    """A definition with the variables filled into all its text, keys included.

    The definition's own top-level `env` counts as well, each variable from the next one on, and
    before the given ones. Unverified: agents do so; to them an unknown variable is empty text.

    Raises:
        InvalidInputError: an expansion is malformed, or its variable required, or one that is not
            known before there is a build; the message names the place.
    """
    filling = _Filling(variables)
    if not isinstance(value, dict) or not isinstance(value.get("env"), dict):
        return filling.of(value, "")
    env = {}
    for key, each in value["env"].items():
        name = filling.of_text(key, f"env.{key}")
        env[name] = filling.of(each, f"env.{key}")
        if isinstance(env[name], str):
            filling.add(name, str(env[name]))
    return {
        filling.of_text(key, key): env if key == "env" else filling.of(each, key)
        for key, each in value.items()
    }


class _Filling:
    """Fills the same variables into one text after the other."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._given = variables
        self._own: dict[str, str] = {}
        self._characters = 0

    def add(self, name: str, value: str) -> None:
        """Have one more variable from now on."""
        self._own[name] = value

    def of(self, value: object, place: str) -> object:
        """A value of any kind, with the variables filled in."""
        match value:
            case str():
                return self.of_text(value, place)
            case list():
                return [self.of(each, f"{place}[{index}]") for index, each in enumerate(value)]
            case dict():
                dot = "." if place else ""
                return {
                    self.of_text(key, f"{place}{dot}{key}"): self.of(each, f"{place}{dot}{key}")
                    for key, each in value.items()
                }
        return value

    def of_text(self, text: str, place: str) -> str:
        """A text, with the variables filled in."""
        filled = text
        if "$" in text:
            try:
                filled = _joined(_Reader(text).parts(), self._value)
            except InvalidInputError as error:
                msg = f"{place or 'the definition'}: {error.message}"
                raise InvalidInputError(msg) from error
        self._characters += len(filled)
        if self._characters > MOST_CHARACTERS:
            msg = f"{place or 'the definition'}: its variables make the definition too long"
            raise InvalidInputError(msg)
        return filled

    def _value(self, name: str) -> str | None:
        if name in self._own:
            return self._own[name]
        if name.startswith("BUILDKITE_") and name not in SUPPORTED_VARIABLES:
            msg = (
                f'Interpolation of "{name}" is not supported (see {_DOCUMENTATION}'
                "#variable-interpolation). You can instead interpolate this variable at runtime"
                f" (see {_DOCUMENTATION}#runtime-variable-interpolation)."
            )
            raise InvalidInputError(msg)
        return self._given.get(name)


class _Variable(Struct, frozen=True):
    """A variable in a text, and how its value is used."""

    name: str
    operator: Literal["", ":-", "-", "?", ":"] = ""
    operand: "_Parts" = ()
    offset: int = 0
    length: int | None = None

    def expanded(self, value_of: Callable[[str], str | None]) -> str:
        """What stands in its place."""
        value = value_of(self.name)
        match self.operator:
            case ":-":
                return value or _joined(self.operand, value_of)
            case "-" if value is None:
                return _joined(self.operand, value_of)
            case "?" if value is None:
                msg = f"${self.name}: {_joined(self.operand, value_of) or 'not set'}"
                raise InvalidInputError(msg)
            case ":":
                return self._substring((value or "").encode()).decode(errors="replace")
        return value or ""

    def _substring(self, value: bytes) -> bytes:
        """Offset and length count bytes, as the clients have it; negative ones from the end."""
        start = self.offset if self.offset >= 0 else max(0, len(value) + self.offset)
        if self.length is None:
            return value[start:]
        end = start + self.length if self.length >= 0 else len(value) + self.length
        return value[start : max(start, end)]


_Parts = Sequence[str | _Variable]


def _joined(parts: _Parts, value_of: Callable[[str], str | None]) -> str:
    return "".join(each if isinstance(each, str) else each.expanded(value_of) for each in parts)


class _Reader:
    """Reads one text from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def parts(self, depth: int = 0) -> _Parts:
        """What follows, up to the end; of the operand in a brace, up to the brace's end."""
        if depth > DEEPEST_NESTING:
            msg = f"expected no more than {DEEPEST_NESTING} variables within each other"
            raise InvalidInputError(msg)
        parts: list[str | _Variable] = []
        while True:
            special = _SPECIAL.search(self._text, self._at)
            end = special.start() if special else len(self._text)
            brace = self._text.find("}", self._at, end) if depth else -1
            if brace >= 0:
                special, end = None, brace
            parts.append(self._text[self._at : end])
            self._at = end
            if special is None:
                return parts
            self._at = special.end()
            match special.group():
                case "\\$" | "$$":
                    parts.append("$")
                case "$":
                    parts.append(self._after_dollar(depth))
                case other:
                    parts.append(other)

    def _after_dollar(self, depth: int) -> str | _Variable:
        if self._text.startswith("{", self._at):
            self._at += 1
            variable = self._within_brace(depth)
            if not self._text.startswith("}", self._at):
                msg = f"expected the variable {variable.name} to end with a }}"
                raise InvalidInputError(msg)
            self._at += 1
            return variable
        identifier = _IDENTIFIER.match(self._text, self._at)
        if identifier is None:
            return "$"
        self._at = identifier.end()
        return _Variable(identifier.group())

    def _within_brace(self, depth: int) -> _Variable:
        identifier = _IDENTIFIER.match(self._text, self._at)
        if identifier is None:
            msg = f"expected a variable's name after ${{, not {self._text[self._at :][:20]!r}"
            raise InvalidInputError(msg)
        self._at = identifier.end()
        name = identifier.group()
        for operator in (":-", "-", "?"):
            if self._text.startswith(operator, self._at):
                self._at += len(operator)
                return _Variable(name, operator, self.parts(depth + 1))
        if self._text.startswith(":", self._at):
            substring = _SUBSTRING.match(self._text, self._at)
            if substring is None:
                msg = f"expected whole numbers after ${{{name}:"
                raise InvalidInputError(msg)
            self._at = substring.end()
            offset, length = substring.groups()
            return _Variable(name, ":", (), int(offset), int(length) if length else None)
        return _Variable(name)
