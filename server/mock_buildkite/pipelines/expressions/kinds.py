"""What values conditions know."""

from enum import Enum
from typing import TypeAlias

from msgspec import Struct


class Kind(Enum):
    """A kind of value, by the name that errors have for it."""

    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    NULL = "null"
    REGEXP = "regular expression"
    STRINGS = "string array"


class Enumeration(Struct, frozen=True):
    """Strings of which there are only some. They are not compared as any string can be."""

    name: str
    members: frozenset[str]


Type: TypeAlias = Kind | Enumeration


def described(type_: Type) -> str:
    """A type as errors name it."""
    return type_.value if isinstance(type_, Kind) else f"{type_.name} enumeration value"
