"""What the APIs' refusals have in common, whatever form each gives them."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from mock_buildkite import errors
from mock_buildkite.errors import (
    BuildkiteError,
    LockedError,
    MethodNotAllowedError,
    NotFoundError,
    NotImplementedHereError,
)
from mock_buildkite.exchange import json_answer

NOT_IMPLEMENTED_HEADER = "Mock-Buildkite-Not-Implemented"

Encode = Callable[[BuildkiteError], Response]
Handler = Callable[[Request[Any]], Awaitable[Response]]

_log = logging.getLogger(__name__)

STATUSES: dict[type[BuildkiteError], int] = {
    errors.AuthenticationError: 401,
    errors.PermissionDeniedError: 403,
    errors.NotFoundError: 404,
    errors.MethodNotAllowedError: 405,
    errors.NotImplementedHereError: 405,
    errors.MalformedBodyError: 400,
    errors.MalformedParameterError: 400,
    errors.AmbiguousQueryError: 400,
    errors.InvalidInputError: 422,
    errors.ConflictError: 422,
    errors.PromisedOtherwiseError: 409,
    errors.InvalidStateError: 422,
    errors.InapplicableError: 400,
    errors.TooLargeError: 413,
    errors.UnsupportedEncodingError: 415,
    errors.HeadersTooLargeError: 431,
    errors.LockedError: 423,
    errors.UnavailableError: 503,
}
"""The statuses of every API but GraphQL, whose refusals are mostly 200s."""


def as_message(error: BuildkiteError, message: str | None = None) -> Response:
    """A refusal as `{"message": …}`: the error's own, or another in its place."""
    status = status_of(error, STATUSES)
    return json_answer({"message": message or error.message}, status, headers_of(error))


def api(routes: list[BaseRoute], encode: Encode) -> Starlette:
    """A Starlette application that spells every refusal, its router's too, in one API's form."""

    def refused(_request: Request[Any], error: Exception) -> Response:
        assert isinstance(error, BuildkiteError)  # noqa: S101 - registered for it alone
        return encode(error)

    def routed_nowhere(request: Request[Any], error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for it alone
        return encode(_of_router(request, error))

    def left_alone(_request: Request[Any], _error: Exception) -> Response:
        return Response()  # its client hung up: nobody reads it

    def failed(request: Request[Any], error: Exception) -> Response:
        _log.error("%s %s failed", request.method, request.scope["path"], exc_info=error)
        answer = encode(BuildkiteError("Internal server error"))
        answer.status_code = 500
        return answer

    app = Starlette(
        routes=routes,
        exception_handlers={
            BuildkiteError: refused,
            HTTPException: routed_nowhere,
            ClientDisconnect: left_alone,
            Exception: failed,
        },
    )
    app.router.redirect_slashes = False
    return app


def refuse_by_name(name: str) -> Handler:
    """A handler for something that Buildkite has and we do not."""

    async def refuse(_request: Request[Any]) -> Response:
        raise NotImplementedHereError(name)

    return refuse


def status_of(error: BuildkiteError, statuses: Mapping[type[BuildkiteError], int]) -> int:
    """The status that a table gives an error's class, or the nearest class above it."""
    return next((statuses[cls] for cls in type(error).__mro__ if cls in statuses), 500)


def headers_of(error: BuildkiteError) -> dict[str, str]:
    """The headers that belong to a refusal, in every API."""
    if isinstance(error, NotImplementedHereError):
        return {NOT_IMPLEMENTED_HEADER: error.name}
    if isinstance(error, MethodNotAllowedError):
        return {"Allow": error.allowed_methods}
    if isinstance(error, LockedError):
        return {"Retry-After": str(error.retry_after_seconds)}
    return {}


def _of_router(request: Request[Any], error: HTTPException) -> BuildkiteError:
    if error.status_code == 405:  # noqa: PLR2004 - HTTP's own number
        allowed = (error.headers or {}).get("Allow", "")
        msg = f"Method {request.method} is not allowed here"
        return MethodNotAllowedError(msg, ", ".join(sorted(allowed.split(", "))))
    return NotFoundError("Not found")
