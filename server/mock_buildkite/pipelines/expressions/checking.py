"""Types of conditions, checked before anything is decided: also of what will not be reached.

Source: typecheck.go of github.com/buildkite/conditional.
"""

from collections.abc import Mapping
from typing import assert_never

from msgspec import Struct

from mock_buildkite.errors import InvalidInputError
from mock_buildkite.pipelines.expressions import environment
from mock_buildkite.pipelines.expressions.kinds import Enumeration, Kind, Type, described
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

FUNCTIONS = ("env", "build.env")


def require_boolean(expression: Expression, variables: Mapping[str, Variable]) -> None:
    """Refuse an expression that is no condition.

    Raises:
        InvalidInputError: something in it has no or the wrong type, or the whole is no boolean.
    """
    found = _Checker(variables).type_of(expression)
    if found is not Kind.BOOLEAN:
        msg = f"expected boolean result, got {described(found)}"
        raise InvalidInputError(msg)


class _Checker(Struct, frozen=True):
    variables: Mapping[str, Variable]

    def type_of(self, expression: Expression) -> Type:  # noqa: C901, PLR0911, PLR0912 - one case each
        match expression:
            case Literal(value=value):
                return _kind_of(value)
            case RegexpLiteral():
                return Kind.REGEXP
            case Template() | Expansion() | PartOf():
                return Kind.STRING
            case Array(elements=elements):
                for each in elements:
                    self._expect(each, Kind.STRING)
                return Kind.STRINGS
            case VariableName(name=name):
                return self._variable(name)
            case Call():
                return self._call(expression)
            case Negation(operand=operand):
                return self._expect(operand, Kind.BOOLEAN)
            case AllOf(operands=operands) | AnyOf(operands=operands):
                for each in operands:
                    self._expect(each, Kind.BOOLEAN)
                return Kind.BOOLEAN
            case Comparison():
                return self._comparison(expression)
            case Choice(condition=condition, consequence=consequence, alternative=alternative):
                self._expect(condition, Kind.BOOLEAN)
                return self._common(consequence, alternative)
            case _:
                assert_never(expression)

    def _variable(self, name: str) -> Type:
        if name not in self.variables:
            msg = f"`{name}` is not a variable"
            raise InvalidInputError(msg)
        return self.variables[name].type

    def _call(self, call: Call) -> Type:
        if call.function not in FUNCTIONS:
            msg = f"`{call.function}` is not a function"
            raise InvalidInputError(msg)
        if len(call.arguments) != 1:
            msg = f"{call.function} expects exactly one argument"
            raise InvalidInputError(msg)
        (argument,) = call.arguments
        match argument:
            case Literal(value=str(name)):
                environment.require_name(name)
            case _:
                found = self.type_of(argument)
                if not isinstance(found, Enumeration):
                    _require(found, Kind.STRING)
        return Kind.STRING

    def _comparison(self, comparison: Comparison) -> Type:
        left, right = comparison.left, comparison.right
        match comparison.operator:
            case "=~" | "!~":
                self._expect(left, Kind.STRING, Kind.NULL)
                self._expect(right, Kind.REGEXP)
            case "includes":
                self._expect(left, Kind.STRINGS, Kind.NULL)
                self._expect(right, Kind.STRING, Kind.REGEXP, Kind.NULL)
            case _:
                self._common(left, right)
        return Kind.BOOLEAN

    def _common(self, left: Expression, right: Expression) -> Type:
        """The type that two expressions share: null is of every type, the left one decides."""
        one, other = self.type_of(left), self.type_of(right)
        if one is Kind.NULL:
            return other
        if other is Kind.NULL:
            return one
        if Kind.STRINGS in {one, other}:
            if one is not other:
                raise _unexpected(described(one), other)
        elif isinstance(one, Enumeration):
            _require(other, Kind.STRING, Kind.NULL)
            _require_member(one, left, right)
        else:
            _require(other, one, Kind.NULL)
        return one

    def _expect(self, expression: Expression, *expected: Kind) -> Type:
        return _require(self.type_of(expression), *expected)


def _kind_of(value: str | int | bool | None) -> Kind:
    match value:
        case None:
            return Kind.NULL
        case bool():
            return Kind.BOOLEAN
        case int():
            return Kind.NUMBER
        case str():
            return Kind.STRING


def _require(found: Type, *expected: Kind) -> Type:
    if found not in expected:
        raise _unexpected(_listed([kind.value for kind in expected]), found)
    return found


def _require_member(enumeration: Enumeration, left: Expression, right: Expression) -> None:
    match right:
        case Literal(value=str(value)) if value not in enumeration.members:
            name = left.name if isinstance(left, VariableName) else enumeration.name
            msg = f'"{value}" is not a valid `{name}`'
            raise InvalidInputError(msg)


def _unexpected(expected: str, found: Type) -> InvalidInputError:
    return InvalidInputError(f"unexpected type: expected {expected} but found {described(found)}")


def _listed(names: list[str]) -> str:
    *first, last = names
    match first:
        case []:
            return last
        case [only]:
            return f"{only} or {last}"
        case _:
            return f"{', '.join(first)}, or {last}"
