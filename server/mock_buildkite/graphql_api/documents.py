"""GraphQL documents: parsed and validated outside any unit, and remembered by their text."""

from collections import OrderedDict
from dataclasses import dataclass

import anyio
from graphql import (
    DocumentNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    parse,
    validate,
)

from mock_buildkite.graphql_api.schema import schema

MOST_TOKENS = 5_000
"""A short text can be made that takes seconds to validate; real ones stay far below."""
REMEMBERED = 512
LONGEST_REMEMBERED = 32 * 1024


@dataclass(frozen=True, slots=True)
class Document:
    """A document that was read, with what is wrong about it."""

    ast: DocumentNode | None
    errors: tuple[GraphQLError, ...]

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation to run.

        Raises:
            GraphQLError: there is none of that name, or several and no name.
        """
        definitions = () if self.ast is None else self.ast.definitions
        operations = [each for each in definitions if isinstance(each, OperationDefinitionNode)]
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


class Documents:
    """The documents read before. They are immutable, so any world may share them."""

    def __init__(self) -> None:
        self._read: OrderedDict[str, Document] = OrderedDict()
        self._limiter: anyio.CapacityLimiter | None = None

    async def read(self, text: str) -> Document:
        """A document, in a thread of its own the first time: others go on meanwhile."""
        document = self._read.get(text)
        if document is not None:
            self._read.move_to_end(text)
            return document
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(1)
        document = await anyio.to_thread.run_sync(_read, text, limiter=self._limiter)
        if len(text) <= LONGEST_REMEMBERED:
            self._read[text] = document
            if len(self._read) > REMEMBERED:
                self._read.popitem(last=False)
        return document


def _read(text: str) -> Document:
    try:
        ast = parse(text, max_tokens=MOST_TOKENS)
        return Document(ast, tuple(validate(schema(), ast, max_errors=20)))
    except GraphQLError as error:
        return Document(None, (error,))
    except RecursionError:
        return Document(None, (GraphQLError("The document is nested too deeply"),))
