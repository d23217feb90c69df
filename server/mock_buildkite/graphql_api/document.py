"""A GraphQL document: parsed and validated."""

from graphql import (
    DocumentNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    parse,
    validate,
)
from msgspec import Struct

from mock_buildkite.errors import InvalidInputError
from mock_buildkite.graphql_api.complexity import Measure
from mock_buildkite.graphql_api.schema import schema

MOST_TOKENS = 5_000
"""A short text can be made that takes seconds to validate; real ones stay far below."""
DEEPEST = 50
"""Fields inside each other: Buildkite runs 15, and Python's stack bears some 150."""


class Document(Struct, frozen=True):
    """A document that was read, with what is wrong about it."""

    ast: DocumentNode | None
    errors: tuple[GraphQLError, ...]

    def require_sound(self) -> None:
        """Refuse what could not be run, whichever operation is asked for.

        Raises:
            InvalidInputError: the message says what is wrong first.
        """
        if self.errors:
            msg = f"Query is not valid: {self.errors[0].message}"
            raise InvalidInputError(msg)
        operations = self._operations()
        if not operations:
            msg = "Query must have an operation"
            raise InvalidInputError(msg)
        if any(each.operation is OperationType.SUBSCRIPTION for each in operations):
            msg = "Query must have no subscription"
            raise InvalidInputError(msg)

    def title(self, name: str | None) -> str:
        """How errors spell the operation to run: `query Name`, or `mutation` if it has none."""
        for each in self._operations():
            own_name = None if each.name is None else each.name.value
            if name is None or name == own_name:
                kind = each.operation.value
                return kind if own_name is None else f"{kind} {own_name}"
        return "query" if name is None else f"query {name}"

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation to run.

        Raises:
            GraphQLError: there is none of that name, or several and no name.
        """
        operations = self._operations()
        if name is None and len(operations) > 1:
            msg = "An operation name is required: the document has several operations"
            raise GraphQLError(msg)
        for operation in operations:
            if name is None or (operation.name is not None and operation.name.value == name):
                if operation.operation is OperationType.SUBSCRIPTION:
                    msg = "Subscriptions are not served"
                    raise GraphQLError(msg)
                return operation
        msg = "No operation found" if name is None else f"No operation named {name!r}"
        raise GraphQLError(msg)

    def _operations(self) -> list[OperationDefinitionNode]:
        definitions = () if self.ast is None else self.ast.definitions
        return [each for each in definitions if isinstance(each, OperationDefinitionNode)]


def read(text: str) -> Document:
    """What a text says, and what is wrong about it. It may take long."""
    try:
        ast = parse(text, max_tokens=MOST_TOKENS)
    except GraphQLError as error:
        return Document(None, (error,))
    found = validate(schema(), ast, max_errors=20)
    if not found and _depth(ast) > DEEPEST:
        found = [GraphQLError(f"The document is nested too deeply (maximum is {DEEPEST} fields)")]
    return Document(ast, tuple(found))


def _depth(ast: DocumentNode) -> int:
    try:
        return Measure(ast, None, {}).depth()
    except RecursionError:
        return DEEPEST + 1
