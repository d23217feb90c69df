"""From the text of a condition to its tree. The one module that knows the parser."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias, cast

from lark import Lark, Token, Transformer, UnexpectedInput, UnexpectedToken, v_args

from mock_buildkite.errors import InvalidInputError
from mock_buildkite.pipelines.expressions import regexps, strings
from mock_buildkite.pipelines.expressions.syntax import (
    NOTHING,
    AllOf,
    AnyOf,
    Array,
    Call,
    Choice,
    Comparison,
    Expansion,
    Expression,
    Literal,
    Negation,
    PartOf,
    RegexpLiteral,
    Template,
    VariableName,
    parts_of,
)

DEEPEST = 100
"""Expressions inside each other. Unverified: where Buildkite's limit is; it has one."""
LARGEST_NUMBER = 2**63 - 1
LONGEST_SHOWN = 40

Part: TypeAlias = Literal | Template | Expansion | PartOf


def parse(text: str) -> Expression:
    """The tree of a condition.

    Raises:
        InvalidInputError: it does not follow the grammar, or nests too deeply.
    """
    try:
        text.encode()
        expression = cast("Expression", _parser().parse(text))
    except UnicodeEncodeError:
        msg = "A condition must be valid Unicode"
        raise InvalidInputError(msg) from None
    except UnexpectedInput as error:
        raise InvalidInputError(_described(text, error)) from None
    _require_shallow(expression)
    return expression


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark.open(
        "grammar.lark", rel_to=__file__, parser="lalr", lexer="contextual", transformer=_Builder()
    )


def _described(text: str, error: UnexpectedInput) -> str:
    """What is wrong and where. Unverified: the words that Buildkite has for it."""
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        return "Unexpected end of the condition"
    rest = re.split(r"[ \t\r\n]", text[error.pos_in_stream :], maxsplit=1)[0]
    shown = rest if len(rest) <= LONGEST_SHOWN else f"{rest[:LONGEST_SHOWN]}…"
    return f"Unexpected `{shown}` at line {error.line}, column {error.column}"


def _require_shallow(expression: Expression) -> None:
    """Let nothing through that would exhaust the stack of those who walk the tree."""
    level: list[Expression] = [expression]
    for _ in range(DEEPEST):
        level = [part for each in level for part in parts_of(each)]
        if not level:
            return
    msg = f"A condition can have at most {DEEPEST} expressions inside each other"
    raise InvalidInputError(msg)


@v_args(inline=True)
class _Builder(Transformer[Token, Expression]):
    """Makes an element of the tree for each rule of the grammar, as the parser goes."""

    def choice(
        self, condition: Expression, consequence: Expression, alternative: Expression
    ) -> Choice:
        return Choice(condition, consequence, alternative)

    def any_of(self, *operands: Expression) -> AnyOf:
        return AnyOf(operands)

    def all_of(self, *operands: Expression) -> AllOf:
        return AllOf(operands)

    def comparison(self, left: Expression, operator: Token, right: Expression) -> Comparison:
        return Comparison(left, str(operator), right)

    def negated(self, operand: Expression) -> Negation:
        return Negation(operand)

    def true(self, _: Token) -> Literal:
        return Literal(value=True)

    def false(self, _: Token) -> Literal:
        return Literal(value=False)

    def null(self, _: Token) -> Literal:
        return Literal(value=None)

    def number(self, digits: Token) -> Literal:
        significant = digits.lstrip("0") or "0"
        # The length first: Python refuses to read numbers of thousands of digits.
        if len(significant) > len(str(LARGEST_NUMBER)) or int(significant) > LARGEST_NUMBER:
            msg = f"The number at line {digits.line}, column {digits.column} is too large"
            raise InvalidInputError(msg)
        return Literal(int(significant))

    def regexp(self, written: Token) -> RegexpLiteral:
        source, _, flags = written[1:].rpartition("/")
        return RegexpLiteral(regexps.compiled(source, flags))

    def apostrophed(self, written: Token) -> Literal:
        return Literal(strings.without_apostrophes(written))

    def quoted(self, *parts: Part | Token) -> Literal | Template:
        template = self.word(*parts)
        if any(not isinstance(part, str) for part in template.parts):
            return template
        return Literal("".join(str(part) for part in template.parts))

    def variable(self, name: Token) -> VariableName:
        return VariableName(str(name))

    def call(self, function: Token, *arguments: Expression) -> Call:
        return Call(str(function), arguments)

    def array(self, *elements: Expression) -> Array:
        return Array(elements)

    def bare_expansion(self, written: Token) -> Expansion | Template:
        # Unlike the name of a variable, that of an environment variable ends at a dot.
        name, dot, rest = written[1:].partition(".")
        return Template((Expansion(name), dot + rest)) if dot else Expansion(name)

    def expansion(
        self, opening: Token, operator: Token | str = "", word: Template = NOTHING
    ) -> Expansion:
        return Expansion(opening[2:], str(operator), word)

    def part_of(self, opening: Token, *bounds: Template) -> PartOf:
        return PartOf(opening[2:], *bounds)

    def word(self, *parts: Part | Token) -> Template:
        return Template(tuple(each for part in parts for each in _pieces(part)))


def _pieces(part: Part | Token) -> tuple[str | Expansion | PartOf, ...]:
    """What a string or an expansion gets of one of its parts."""
    match part:
        case Template(parts=parts):
            return parts
        case Literal(value=value):
            return (str(value),)
        case Token(type=word):
            return (_SPELT.get(word, str)(part),)
        case _:
            return (part,)


_SPELT: dict[str, Callable[[str], str]] = {
    "APOSTROPHED": strings.without_apostrophes,
    "DOUBLE_DOLLAR": lambda _: "$",
    "ESCAPE": strings.unescaped,
}
"""What words stand for that do not stand for themselves."""
