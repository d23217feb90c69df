"""GraphQL documents: parsed and validated outside any unit, and remembered by their text."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from graphql import (
    DocumentNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    parse,
    validate,
)

from mock_buildkite.errors import InvalidInputError
from mock_buildkite.graphql_api.complexity import Measure
from mock_buildkite.graphql_api.schema import schema

MOST_TOKENS = 5_000
"""A short text can be made that takes seconds to validate; real ones stay far below."""
DEEPEST = 50
"""Fields inside each other: Buildkite runs 15, and Python's stack bears some 150."""
REMEMBERED_CHARACTERS = 1024 * 1024

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Document:
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


class UnreadError(Exception):
    """A document that has to be read before a unit can go on."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class Documents:
    """The documents read before. They never change, so all worlds of a process may share them.

    Those worlds may be served by several threads: what is shared is a dictionary, read and written
    in single steps, and one thread that reads new documents for all.
    """

    def __init__(self) -> None:
        self._read: dict[str, Document] = {}
        self._characters = 0
        self._reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="documents")

    def remembered(self, text: str) -> Document | None:
        """A document that was read before."""
        return self._read.get(text)

    def at_hand(self, text: str) -> Document:
        """A document that a unit needs. `serve` stands around that unit.

        Raises:
            UnreadError: it is to be read first, outside the unit.
        """
        document = self._read.get(text)
        if document is None:
            raise UnreadError(text)
        return document

    async def serve(self, run: Callable[[], Awaitable[T]]) -> T:
        """What running a unit gives. It is run again once a document that it lacks was read."""
        while True:
            try:
                return await run()
            except UnreadError as unread:
                await self.read(unread.text)

    async def read(self, text: str) -> Document:
        """A document, in a thread of its own the first time: others go on meanwhile."""
        document = self._read.get(text)
        if document is not None:
            return document
        document = await asyncio.get_running_loop().run_in_executor(self._reader, _read, text)
        if self._characters + len(text) > REMEMBERED_CHARACTERS:
            self._read.clear()
            self._characters = 0
        self._read[text] = document
        self._characters += len(text)
        return document


documents = Documents()
"""Those of this process."""


def _read(text: str) -> Document:
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
