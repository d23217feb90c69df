"""`POST /v1` and `/graphql`: one operation, in one unit."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from graphql import DocumentNode, GraphQLError, MiddlewareManager, execute_sync
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_buildkite.access_tokens import service as access_tokens
from mock_buildkite.access_tokens.model import GRAPHQL, Caller
from mock_buildkite.annotations.rendering import to_html
from mock_buildkite.errors import MalformedBodyError
from mock_buildkite.exchange import NO_STORE, base_url, credential, json_answer, plain_body
from mock_buildkite.graphql_api import complexity, errors
from mock_buildkite.graphql_api.connections import Connection, LongConnection
from mock_buildkite.graphql_api.context import Context, Info, Markdown
from mock_buildkite.graphql_api.documents import Document, Documents
from mock_buildkite.graphql_api.schema import schema
from mock_buildkite.refusals import api
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import State

STATS_HEADER = "buildkite-include-query-stats"
MOST_STEPS = 40_000
"""Fields resolved, and a quarter for each row listed: some second of everybody's time.

Buildkite gives a user 5,000 objects in five minutes.
"""
SEARCH_STEPS = 20
"""What it counts for that the database looks for builds or jobs."""

SMALL = 100
"""A requested complexity too low for a list worth counting."""


@dataclass(frozen=True, slots=True)
class Operation:
    """What a request asks to be run."""

    text: str
    variables: dict[str, Any]
    name: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What running it gave, what it cost, and what that leaves."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str]


async def graphql(request: Request[State]) -> Response:
    """POST /v1: run a query or a mutation for the owner of an API access token."""
    world = request.state["worlds"].current
    presented, body = credential(request, world.settings), await plain_body(request)

    def authenticated(tx: Transaction) -> Caller:
        caller = access_tokens.authenticate(tx, presented)
        access_tokens.require_scope(caller, GRAPHQL)
        return caller

    operation = document = None
    with suppress(MalformedBodyError):
        operation = _operation(body)
        document = _documents.remembered(operation.text)
    if operation is None or document is None:
        await world.database.read(authenticated)  # a bad token wins over a bad document
        operation = _operation(body)
        document = await _documents.read(operation.text)
        world = await request.state["worlds"].settled()  # that took a while: perhaps a new one
    base = base_url(request, world.settings)

    def unit(tx: Transaction) -> tuple[Answer, Context]:
        context = Context(world, tx, authenticated(tx), base)
        return _run(context, operation, document), context

    answer, context = await world.database.write(unit)
    if context.unrendered:
        answer = replace(answer, body=await run_in_threadpool(_rendered, answer.body))
    if request.headers.get(STATS_HEADER, "").lower() != "true":
        answer.body.pop("stats", None)
    return json_answer(answer.body, answer.status, {**NO_STORE, **answer.headers})


_documents = Documents()


class _ExhaustedError(BaseException):
    """No `Exception`: GraphQL would take that for a matter of one field, and go on."""


def _operation(body: bytes) -> Operation:
    """What a body asks for. Variables may be a string that holds JSON, as the docs' curl sends.

    Raises:
        MalformedBodyError: it is not a JSON object with a query.
    """
    try:
        decoded = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        msg = "Body must be JSON"
        raise MalformedBodyError(msg) from error
    if not isinstance(decoded, dict) or not isinstance(decoded.get("query"), str):
        msg = "Body must be a JSON object with a query"
        raise MalformedBodyError(msg)
    variables = decoded.get("variables") or {}
    if isinstance(variables, str):
        try:
            variables = msgspec.json.decode(variables.strip() or "{}") or {}
        except (msgspec.DecodeError, RecursionError) as error:
            msg = "Variables must be a JSON object"
            raise MalformedBodyError(msg) from error
    name = decoded.get("operationName") or None
    if not isinstance(variables, dict) or not (name is None or isinstance(name, str)):
        msg = "Variables must be an object, and operationName a string"
        raise MalformedBodyError(msg)
    return Operation(decoded["query"], variables, name)


def _run(context: Context, operation: Operation, document: Document) -> Answer:
    title, variables = document.title(operation.name), operation.variables
    found = document.errors
    try:
        document.operation(operation.name)
    except GraphQLError as error:
        found = found or (error,)
    ast = None if found else document.ast
    measure = None if ast is None else complexity.Measure(ast, operation.name, variables)
    requested = 0 if measure is None else measure.requested()
    meter = complexity.Meter(context.world, context.caller, context.tx.now, requested)
    if ast is None or measure is None:
        spelled = [errors.formatted(each, title) for each in found]
        return Answer(200, {"errors": spelled}, meter.headers(0))
    refused = meter.refusal(measure.depth()) if context.world.settings.graphql_limits else None
    if refused is not None:
        return Answer(refused.status, {"errors": [{"message": refused.message}]}, meter.headers(0))
    result = _execute(context, operation, ast, title, is_small=requested <= SMALL)
    cost = complexity.actual(result.get("data"))
    meter.charge(cost)
    context.tx.if_undone(lambda: meter.charge(-cost))
    body = {**result, "stats": {"requestedComplexity": requested, "actualComplexity": cost}}
    return Answer(200, body, meter.headers(cost))


def _execute(
    context: Context, operation: Operation, ast: DocumentNode, title: str, *, is_small: bool
) -> dict[str, Any]:
    """Run a valid document; what it gives, without `data` where nothing was run.

    The steps of a small one need no counting: that costs a tenth of a mutation.

    Raises:
        TooHeavyError: it is too much; everything it did is undone.
    """
    try:
        result = execute_sync(
            schema(),
            ast,
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


app = api(
    [Route("/v1", graphql, methods=["POST"]), Route("/graphql", graphql, methods=["POST"])],
    errors.encode,
)
