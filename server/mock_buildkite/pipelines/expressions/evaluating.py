"""What a checked condition comes to.

Source: internal/evaluator and internal/shell of github.com/buildkite/conditional.
"""

import re
from collections.abc import Mapping
from typing import TypeAlias, assert_never

from msgspec import Struct, field

from mock_buildkite.errors import InvalidInputError
from mock_buildkite.pipelines.expressions import environment
from mock_buildkite.pipelines.expressions.facts import Facts, Value
from mock_buildkite.pipelines.expressions.regexps import Regexp, Stopwatch
from mock_buildkite.pipelines.expressions.syntax import (
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
)
from mock_buildkite.pipelines.expressions.variables import Variable

_Found: TypeAlias = Value | tuple[str | None, ...] | Regexp
"""What an expression comes to: also arrays with null in them, which nothing can be asked of."""
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}")

LONGEST_TEXT = 1_000_000
"""Characters of a string once its expansions are in it: each may have many, of long values."""


def is_met(expression: Expression, variables: Mapping[str, Variable], facts: Facts) -> bool:
    """Whether a checked expression is true: null is not.

    Raises:
        InvalidInputError: the facts make it impossible to say, or a regular expression takes long.
    """
    return _Evaluation(variables, facts).value(expression) is True


class _Evaluation(Struct, frozen=True):
    variables: Mapping[str, Variable]
    facts: Facts
    stopwatch: Stopwatch = field(default_factory=Stopwatch)

    def value(self, expression: Expression) -> _Found:  # noqa: C901, PLR0911, PLR0912 - one case each
        match expression:
            case Literal(value=value):
                return value
            case RegexpLiteral(regexp=regexp):
                return regexp
            case Array(elements=elements):
                return tuple(self._string(each) for each in elements)
            case VariableName(name=name):
                return self._variable(name)
            case Call():
                return self._called(expression)
            case Template():
                return self._filled(expression)
            case Expansion():
                return self._expanded(expression)
            case PartOf():
                return self._part(expression)
            case Negation(operand=operand):
                return self.value(operand) is not True
            case AllOf(operands=operands):
                return self._first_that(operands, is_true=False)
            case AnyOf(operands=operands):
                return self._first_that(operands, is_true=True)
            case Comparison():
                return self._compared(expression)
            case Choice(condition=condition, consequence=one, alternative=other):
                return self.value(one if self.value(condition) is True else other)
            case _:
                assert_never(expression)

    def _string(self, expression: Expression) -> str | None:
        """The value of what was checked to be a string."""
        found = self.value(expression)
        return found if isinstance(found, str) else None

    def _variable(self, name: str) -> Value:
        value = self.facts.variables.get(name)
        is_blank = isinstance(value, str) and not value.strip()
        return None if is_blank and self.variables[name].is_null_if_blank else value

    def _called(self, call: Call) -> str | None:
        name = self._string(call.arguments[0])
        if name is None:
            msg = "env argument must be a string"
            raise InvalidInputError(msg)
        environment.require_visible(name)
        if call.function == "env":
            return self.facts.env.get(name, "")
        return self.facts.build_env.get(name)

    def _first_that(self, operands: tuple[Expression, ...], *, is_true: bool) -> _Found:
        """The first operand that settles it, or else the last. What comes later is not looked at.

        It may be null, which is not true and yet equal to null.
        """
        found: _Found = None
        for operand in operands:
            found = self.value(operand)
            if (found is True) is is_true:
                break
        return found

    def _compared(self, comparison: Comparison) -> bool:
        left, right = self.value(comparison.left), self.value(comparison.right)
        match comparison.operator, left, right:
            case "==", _, _:
                return left == right
            case "!=", _, _:
                return left != right
            case "=~", str(text), Regexp():
                return right.matches(text, self.stopwatch)
            case "!~", str(text), Regexp():
                return not right.matches(text, self.stopwatch)
            case "includes", tuple(elements), str() | Regexp():
                return self._includes(elements, right)
            case operator, _, _:
                # Null matches nothing, includes nothing and is in nothing.
                return operator == "!~"

    def _includes(self, elements: tuple[str | None, ...], wanted: str | Regexp) -> bool:
        for index, element in enumerate(elements):
            if element is None:
                msg = f"type mismatch at index {index} in array: NULL vs STRING"
                raise InvalidInputError(msg)
            if isinstance(wanted, str):
                found = element == wanted
            else:
                found = wanted.matches(element, self.stopwatch)
            if found:
                return True
        return False

    def _environment_variable(self, name: str) -> str | None:
        return self.facts.env.get(name) if environment.is_visible(name) else None

    def _filled(self, template: Template) -> str:
        texts, length = [], 0
        for part in template.parts:
            text = part if isinstance(part, str) else self._string(part) or ""
            length += len(text)
            if length > LONGEST_TEXT:
                msg = f"A string in a condition can have at most {LONGEST_TEXT:,} characters"
                raise InvalidInputError(msg)
            texts.append(text)
        return "".join(texts)

    def _expanded(self, expansion: Expansion) -> str | None:
        value = self._environment_variable(expansion.name)
        is_set = value is not None and (value != "" or not expansion.operator.startswith(":"))
        match expansion.operator[-1:], is_set:
            case "-", False:
                return self._filled(expansion.word)
            case "+", _:
                return self._filled(expansion.word) if is_set else ""
            case "?", False:
                msg = f"parameter null or not set: {expansion.name}"
                raise InvalidInputError(msg)
            case _:
                return value

    def _part(self, part: PartOf) -> str | None:
        start = self._whole_number(part.start)
        length = None if part.length is None else self._whole_number(part.length)
        text = self._environment_variable(part.name)
        if text is None:
            return None
        if start < 0:
            start = max(start + len(text), 0)
        if length is None:
            return text[start:]
        return text[start : max(start, length + (start if length >= 0 else len(text)))]

    def _whole_number(self, template: Template) -> int:
        text = self._filled(template).strip()
        if not _WHOLE_NUMBER.fullmatch(text):
            msg = f'substring operation requires integer argument, not "{text}"'
            raise InvalidInputError(msg)
        return int(text)
