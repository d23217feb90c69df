"""The attributes of a step or a part of one, as they were written, and what they may be.

All that is refused is refused in the name of the place where it stands.
"""

import re
from collections.abc import Mapping
from typing import Any, NoReturn

from msgspec import Struct

from mock_buildkite.errors import InvalidInputError
from mock_buildkite.yaml_text import scalar_text

HIGHEST_NUMBER = 2**31 - 1
_LONGEST_NAME = 60
_WHOLE_NUMBER = re.compile(r"[-+]?[0-9]{1,10}")
_BOOLEANS = {True: True, False: False, "true": True, "false": False}


class Attributes(Struct, frozen=True):
    """Some attributes, and the words for where they stand."""

    place: str
    values: Mapping[str, Any]

    def refuse(self, problem: str) -> NoReturn:
        """Refuse what stands here.

        Raises:
            InvalidInputError: always.
        """
        msg = f"{self.place}: {problem}"
        raise InvalidInputError(msg)

    def refuse_form(self, name: str, expected: str, value: object) -> NoReturn:
        """Refuse an attribute that is not what it has to be.

        Raises:
            InvalidInputError: always.
        """
        self.refuse(f"`{name}` must be {expected}, not {described(value)}")

    def said(self, *names: str) -> tuple[str, Any]:
        """The first of an attribute's names that says something, and what; or None by the first."""
        for name in names:
            if self.values.get(name) is not None:
                return name, self.values[name]
        return names[0], None

    def text(self, *names: str) -> str | None:
        """Text, which may have been written as a number or boolean. Empty text says nothing."""
        name, value = self.said(*names)
        if value is None:
            return None
        if isinstance(value, list | dict):
            self.refuse_form(name, "text", value)
        return scalar_text(value) or None

    def texts(self, *names: str) -> tuple[str, ...] | None:
        """A list of texts, or a single one."""
        name, value = self.said(*names)
        if value is None:
            return None
        if isinstance(value, dict):
            self.refuse_form(name, "text or a list of texts", value)
        elements = value if isinstance(value, list) else [value]
        for index, each in enumerate(elements):
            if isinstance(each, list | dict):
                self.refuse_form(f"{name}[{index}]", "text", each)
        return tuple("" if each is None else scalar_text(each) for each in elements)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A boolean, which may have been written as text."""
        value = self.values.get(name)
        if value is None or value == "":
            return default
        if not isinstance(value, bool | str) or value not in _BOOLEANS:
            self.refuse_form(name, "true or false", value)
        return _BOOLEANS[value]

    def number(
        self, *names: str, least: int = -HIGHEST_NUMBER, most: int = HIGHEST_NUMBER
    ) -> int | None:
        """A whole number, which may have been written as text: variables are filled in as text.

        Source: pages/pipelines/configure/tests/bktec/installing_and_using_the_client.md of
        Buildkite's documentation (`parallelism: ${…}`).
        """
        name, value = self.said(*names)
        if value is None or value == "":
            return None
        number = whole_number(value)
        if number is None:
            self.refuse_form(name, "a whole number", value)
        if not least <= number <= most:
            bounds = f"at least {least}" if number < least else f"at most {most}"
            self.refuse_form(name, bounds, number)
        return number

    def choice(self, name: str, *choices: str) -> str:
        """One of several words; the first one if nothing is said."""
        value = self.text(name)
        if value is None:
            return choices[0]
        if value not in choices:
            self.refuse_form(name, f"one of {', '.join(choices)}", value)
        return value

    def variables(self, name: str) -> dict[str, str]:
        """A mapping of text to text. Null is empty text."""
        value = self.values.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.refuse_form(name, "a mapping", value)
        for key, each in value.items():
            if not key:
                self.refuse(f"`{name}` has a name that is empty")
            if isinstance(each, list | dict):
                self.refuse_form(f"{name}.{key}", "text", each)
        return {key: "" if each is None else scalar_text(each) for key, each in value.items()}

    def elements(self, name: str) -> list[Any]:
        """A list of anything; none if nothing is said."""
        value = self.values.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.refuse_form(name, "a list", value)
        return value

    def part(self, name: str, value: object) -> "Attributes":
        """A mapping that stands here under that name, as attributes."""
        if not isinstance(value, dict):
            self.refuse_form(name, "a mapping", value)
        return Attributes(f"{self.place}: `{name}`", value)


def whole_number(value: object) -> int | None:
    """A whole number, if the value is one or the text of one."""
    if isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value.strip()):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def described(value: object) -> str:
    """A value in words, or itself if it is short."""
    match value:
        case None:
            return "null"
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case str():
            return f'"{shortened(value)}"'
    return scalar_text(value)


def shortened(text: str) -> str:
    """The first line of a text, cut off if it is long."""
    line = text.partition("\n")[0]
    return line if len(line) <= _LONGEST_NAME else f"{line[:_LONGEST_NAME]}…"
