"""What the APIs' refusals have in common, whatever form each gives them."""

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from mock_buildkite import errors, failed_authentications
from mock_buildkite.errors import (
    AuthenticationError,
    BuildkiteError,
    LockedError,
    MethodNotAllowedError,
    NotFoundError,
    NotImplementedHereError,
    TooManyFailuresError,
)
from mock_buildkite.exchange import client_address, json_answer, world_of
from mock_buildkite.world import State

NOT_IMPLEMENTED_HEADER = "Mock-Buildkite-Not-Implemented"

Encode = Callable[[BuildkiteError], Response]
Handler = Callable[[Request[Any]], Awaitable[Response]]

REFUSED: tuple[type[Exception], ...] = (BuildkiteError, ClientDisconnect)
"""What a handler may raise; anything else is our bug."""

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
    errors.TooManyFailuresError: 429,
    errors.UnavailableError: 503,
}
"""The statuses of every API but GraphQL, whose refusals are mostly 200s."""


def as_message(error: BuildkiteError, message: str | None = None) -> Response:
    """A refusal as `{"message": …}`: the error's own, or another in its place."""
    status = status_of(error, STATUSES)
    return json_answer({"message": message or error.message}, status, headers_of(error))


def api(routes: list[BaseRoute], encode: Encode) -> Starlette:
    """A Starlette application that spells every refusal, its router's too, in one API's form."""

    def answered(request: Request[Any], error: Exception) -> Response:
        return answer(request, error, encode)

    app = Starlette(
        routes=routes,
        exception_handlers=dict.fromkeys((*REFUSED, HTTPException, Exception), answered),
    )
    app.router.redirect_slashes = False
    return app


def answer(request: Request[State], error: Exception, encode: Encode) -> Response:
    """The answer to a request that failed, in one API's form. What no rule refused is our bug.

    If it is the refusal of a credential, its sender has failed once more. Whatever has routes asks
    here, so that no door is left to fail at without end; a good credential never comes by.
    """
    match error:
        case AuthenticationError() if error.is_failure:
            world = world_of(request)
            address = client_address(request, world.settings)
            limited = world.failed_authentications.count(address, world.clock.now())
            return encode(limited or error)
        case BuildkiteError():
            return encode(error)
        case HTTPException():
            return encode(_of_router(request, error))
        case ClientDisconnect():
            return Response()  # its client hung up: nobody reads it
    _log.error("%s %s failed", request.method, request.scope["path"], exc_info=error)
    response = encode(BuildkiteError("Internal server error"))
    response.status_code = 500
    return response


def not_allowed(method: str, allowed: Iterable[str]) -> MethodNotAllowedError:
    """The refusal of a method, where there are others."""
    msg = f"Method {method} is not allowed here"
    return MethodNotAllowedError(msg, ", ".join(sorted(allowed)))


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
    if isinstance(error, (LockedError, TooManyFailuresError)):
        return {"Retry-After": str(error.retry_after_seconds)}
    return {}


def rate_limit_headers_of(error: BuildkiteError) -> dict[str, str]:
    """The headers that belong to a refusal in APIs which tell of their limits."""
    if not isinstance(error, TooManyFailuresError):
        return {}
    return {
        "RateLimit-Scope": failed_authentications.SCOPE,
        "RateLimit-Limit": str(error.limit),
        "RateLimit-Remaining": "0",
        "RateLimit-Reset": str(error.retry_after_seconds),
    }


def _of_router(request: Request[Any], error: HTTPException) -> BuildkiteError:
    if error.status_code == 405:  # noqa: PLR2004 - HTTP's own number
        return not_allowed(request.method, (error.headers or {}).get("Allow", "").split(", "))
    return NotFoundError("Not found")
