"""Running one operation of a document that was read, inside a unit.

What a request asks for and what a portal has stored are run alike.
"""

from collections.abc import Callable
from typing import Any

from graphql import DocumentNode, GraphQLError, MiddlewareManager, execute_sync
from msgspec import Struct
from starlette.concurrency import run_in_threadpool

from mock_buildkite.annotations.rendering import to_html
from mock_buildkite.graphql_api import errors
from mock_buildkite.graphql_api.complexity import Measure
from mock_buildkite.graphql_api.connections import Connection, LongConnection
from mock_buildkite.graphql_api.context import Context, Info, Markdown
from mock_buildkite.graphql_api.document import Document
from mock_buildkite.graphql_api.schema import schema

MOST_STEPS = 40_000
"""Fields resolved, and a quarter for each row listed: some second of everybody's time.

Buildkite gives a user 5,000 objects in five minutes.
"""
SEARCH_STEPS = 20
"""What it counts for that the database looks for builds or jobs."""

SMALL = 100
"""A requested complexity too low for a list worth counting."""


class Operation(Struct, frozen=True):
    """What is to be run of a document."""

    text: str
    """The document's."""
    variables: dict[str, Any]
    name: str | None
    """None if the document has only one."""


class _ExhaustedError(BaseException):
    """No `Exception`: GraphQL would take that for a matter of one field, and go on."""


class Runnable(Struct, frozen=True):
    """An operation that can be run, and what it may cost."""

    operation: Operation
    document: Document
    ast: DocumentNode
    measure: Measure
    requested: int
    """The cost if every page is full."""

    @property
    def title(self) -> str:
        """How errors spell it."""
        return self.document.title(self.operation.name)


def prepare(operation: Operation, document: Document) -> Runnable | dict[str, Any]:
    """An operation of a document, ready to be run; or else the answer that says what is wrong."""
    found = document.errors
    try:
        document.operation(operation.name)
    except GraphQLError as error:
        found = found or (error,)
    if found or document.ast is None:
        title = document.title(operation.name)
        return {"errors": [errors.formatted(each, title) for each in found]}
    measure = Measure(document.ast, operation.name, operation.variables)
    return Runnable(operation, document, document.ast, measure, measure.requested())


def run(context: Context, runnable: Runnable) -> dict[str, Any]:
    """What an operation gives, without `data` where nothing was run.

    The steps of a small one need no counting: that costs a tenth of a mutation.

    Raises:
        TooHeavyError: it is too much; everything it did is undone.
    """
    operation, title = runnable.operation, runnable.title
    is_small = runnable.requested <= SMALL
    try:
        result = execute_sync(
            schema(),
            runnable.ast,
            context_value=context,
            variable_values=operation.variables,
            operation_name=operation.name,
            middleware=None if is_small else MiddlewareManager(_counting()),
        )
    except _ExhaustedError as exhausted:
        msg = f"Query takes more than {MOST_STEPS} steps. Ask for fewer fields or smaller pages"
        raise errors.TooHeavyError(msg) from exhausted
    answer: dict[str, Any] = {}
    if result.data is not None:  # every root field is nullable: without any nothing was run
        answer["data"] = result.data
    for error in result.errors or ():
        if errors.is_bug(error):
            raise error.original_error or error
    if result.errors:
        answer["errors"] = [
            errors.formatted(error, title, operation.variables) for error in result.errors
        ]
    return answer


async def rendered(context: Context, answer: dict[str, Any]) -> dict[str, Any]:
    """An answer as it is sent, once the unit is over: with HTML where it had Markdown."""
    return await run_in_threadpool(_rendered, answer) if context.unrendered else answer


def _rendered(value: Any) -> Any:  # noqa: ANN401 - what JSON can hold
    """A part of an answer with HTML in it where it had Markdown."""
    if isinstance(value, dict):
        return {key: _rendered(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_rendered(each) for each in value]
    return to_html(value) if isinstance(value, Markdown) else value


def _counting() -> Callable[..., object]:
    """A middleware that ends a request which takes too many steps."""
    left = MOST_STEPS

    def resolve_counted(
        resolve: Callable[..., object],
        source: object,
        info: Info,
        **arguments: object,
    ) -> object:
        nonlocal left
        value = resolve(source, info, **arguments)
        left -= 1
        if isinstance(value, Connection):
            left -= value.count // 4  # a list is read as a whole, however short its page
        elif isinstance(value, LongConnection):
            left -= SEARCH_STEPS + len(value.edges) // 4
        elif isinstance(source, LongConnection) and isinstance(value, int):
            left -= value // 4
        if left < 0:
            raise _ExhaustedError
        return value

    return resolve_counted
