"""What conditions are made of, once they have been read."""

from collections.abc import Iterator
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import fields

from mock_buildkite.pipelines.expressions.regexps import Regexp


class Literal(Struct, frozen=True):
    """A value that stands there: `"main"`, `12`, `true`, `null`."""

    value: str | int | bool | None


class RegexpLiteral(Struct, frozen=True):
    """A regular expression: `/^v[0-9]+/i`."""

    regexp: Regexp


class Array(Struct, frozen=True):
    """`["main", "production"]`."""

    elements: tuple["Expression", ...]


class VariableName(Struct, frozen=True):
    """`build.branch`: the dots are part of the name."""

    name: str


class Call(Struct, frozen=True):
    """`build.env("CI")`."""

    function: str
    arguments: tuple["Expression", ...]


class Template(Struct, frozen=True):
    """A text with expansions in it: `"deploy-${branch}"`."""

    parts: tuple["str | Expansion | PartOf", ...]


NOTHING = Template(())


class Expansion(Struct, frozen=True):
    """An environment variable as shells write it, and what is done if it is set, or is not.

    The operator is `-`, `+` or `?`, with a colon before it if empty counts as not set; or nothing.
    """

    name: str
    operator: str = ""
    word: Template = NOTHING


class PartOf(Struct, frozen=True):
    """`${branch:1:2}`: a part of an environment variable."""

    name: str
    start: Template
    length: Template | None = None


class Negation(Struct, frozen=True):
    """`!a`."""

    operand: "Expression"


class AllOf(Struct, frozen=True):
    """`a && b && c`."""

    operands: tuple["Expression", ...]


class AnyOf(Struct, frozen=True):
    """`a || b || c`."""

    operands: tuple["Expression", ...]


class Comparison(Struct, frozen=True):
    """`a == b`, and likewise `!=`, `=~`, `!~` and `includes`."""

    left: "Expression"
    operator: str
    right: "Expression"


class Choice(Struct, frozen=True):
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
