"""`POST /v1` and `/graphql`: one operation, in one unit."""

from contextlib import suppress
from typing import Any

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_buildkite.access_tokens import service as access_tokens
from mock_buildkite.access_tokens.model import GRAPHQL, Caller
from mock_buildkite.errors import MalformedBodyError
from mock_buildkite.exchange import (
    NO_STORE,
    base_url,
    credential,
    json_answer,
    plain_body,
    world_of,
)
from mock_buildkite.graphql_api import complexity, errors, execution
from mock_buildkite.graphql_api.context import Context
from mock_buildkite.graphql_api.document import Document
from mock_buildkite.graphql_api.documents import documents
from mock_buildkite.graphql_api.execution import Operation, Runnable
from mock_buildkite.refusals import api
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import State

STATS_HEADER = "buildkite-include-query-stats"


class Answer(Struct, frozen=True):
    """What running it gave, what it cost, and what that leaves."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str]


async def graphql(request: Request[State]) -> Response:
    """POST /v1: run a query or a mutation for the owner of an API access token."""
    world = world_of(request)
    presented, body = credential(request, world.settings), await plain_body(request)

    def authenticated(tx: Transaction) -> Caller:
        caller = access_tokens.authenticate(tx, presented)
        access_tokens.require_scope(caller, GRAPHQL)
        return caller

    operation = document = None
    with suppress(MalformedBodyError):
        operation = _operation(body)
        document = documents.remembered(operation.text)
    if operation is None or document is None:
        await world.database.read(authenticated)  # a bad token wins over a bad document
        operation = _operation(body)
        document = await documents.read(operation.text)
        world = await request.state["worlds"].settled()  # that took a while: perhaps a new one
    base = base_url(request, world.settings)

    def unit(tx: Transaction) -> tuple[Answer, Context]:
        context = Context(world, tx, authenticated(tx), base)
        return _run(context, operation, document), context

    answer, context = await world.database.write(unit)
    answered = await execution.rendered(context, answer.body)
    if request.headers.get(STATS_HEADER, "").lower() != "true":
        answered.pop("stats", None)
    return json_answer(answered, answer.status, {**NO_STORE, **answer.headers})


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
    runnable = execution.prepare(operation, document)
    requested = runnable.requested if isinstance(runnable, Runnable) else 0
    meter = complexity.Meter(context.world, context.caller, context.tx.now, requested)
    if not isinstance(runnable, Runnable):
        return Answer(200, runnable, meter.headers(0))
    is_limited = context.world.settings.graphql_limits
    refused = meter.refusal(runnable.measure.depth()) if is_limited else None
    if refused is not None:
        return Answer(refused.status, {"errors": [{"message": refused.message}]}, meter.headers(0))
    result = execution.run(context, runnable)
    cost = complexity.actual(result.get("data"))
    meter.charge(cost)
    context.tx.if_undone(lambda: meter.charge(-cost))
    body = {**result, "stats": {"requestedComplexity": requested, "actualComplexity": cost}}
    return Answer(200, body, meter.headers(cost))


app = api(
    [Route("/v1", graphql, methods=["POST"]), Route("/graphql", graphql, methods=["POST"])],
    errors.encode,
)
