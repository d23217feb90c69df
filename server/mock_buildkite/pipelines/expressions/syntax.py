"""What conditions are made of, once they have been read."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import TypeAlias

from mock_buildkite.pipelines.expressions.regexps import Regexp


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that stands there: `"main"`, `12`, `true`, `null`."""

    value: str | int | bool | None


@dataclass(frozen=True, slots=True)
class RegexpLiteral:
    """A regular expression: `/^v[0-9]+/i`."""

    regexp: Regexp


@dataclass(frozen=True, slots=True)
class Array:
    """`["main", "production"]`."""

    elements: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class VariableName:
    """`build.branch`: the dots are part of the name."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """`build.env("CI")`."""

    function: str
    arguments: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A text with expansions in it: `"deploy-${branch}"`."""

    parts: tuple["str | Expansion | PartOf", ...]


NOTHING = Template(())


@dataclass(frozen=True, slots=True)
class Expansion:
    """An environment variable as shells write it, and what is done if it is set, or is not.

    The operator is `-`, `+` or `?`, with a colon before it if empty counts as not set; or nothing.
    """

    name: str
    operator: str = ""
    word: Template = NOTHING


@dataclass(frozen=True, slots=True)
class PartOf:
    """`${branch:1:2}`: a part of an environment variable."""

    name: str
    start: Template
    length: Template | None = None


@dataclass(frozen=True, slots=True)
class Negation:
    """`!a`."""

    operand: "Expression"


@dataclass(frozen=True, slots=True)
class AllOf:
    """`a && b && c`."""

    operands: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """`a || b || c`."""

    operands: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`a == b`, and likewise `!=`, `=~`, `!~` and `includes`."""

    left: "Expression"
    operator: str
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Choice:
    """`a ? b : c`."""

    condition: "Expression"
    consequence: "Expression"
    alternative: "Expression"


Expression: TypeAlias = (
    Literal
    | RegexpLiteral
    | Array
    | VariableName
    | Call
    | Template
    | Expansion
    | PartOf
    | Negation
    | AllOf
    | AnyOf
    | Comparison
    | Choice
)


def parts_of(expression: Expression) -> Iterator[Expression]:
    """The expressions directly inside one."""
    for each in fields(expression):
        value = getattr(expression, each.name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Expression):
                yield part
