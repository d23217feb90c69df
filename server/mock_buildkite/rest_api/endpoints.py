"""An endpoint: a method and a path, who may call it, and the handler that answers in the unit."""

from collections.abc import Callable

from msgspec import Struct

from mock_buildkite.errors import (
    BuildkiteError,
    MethodNotAllowedError,
    NotFoundError,
    NotImplementedHereError,
    PermissionDeniedError,
)
from mock_buildkite.exchange import LARGEST_JSON_BODY
from mock_buildkite.rest_api import auth
from mock_buildkite.rest_api.calls import Call, OrganizationCall, Received
from mock_buildkite.rest_api.rate_limits import Meter
from mock_buildkite.storage.database import Transaction

ORGANIZATION = f"/organizations/{{{auth.ORGANIZATION_PLACE}}}"

UPDATE = ("PUT", "PATCH")
"""How things are changed: the documentation says PUT, the official Go client sends PATCH."""

Unit = Callable[[Transaction, Received, Meter], object]


class Endpoint(Struct, frozen=True):
    """One thing that can be asked for."""

    methods: tuple[str, ...]
    """The documented one first."""
    path: str
    unit: Unit
    status: int = 200
    body_limit: int = LARGEST_JSON_BODY


def public(method: str, path: str, handle: Callable[[Received], object]) -> Endpoint:
    """An endpoint for everybody."""
    return Endpoint((method,), path, lambda _tx, received, _meter: handle(received))


def for_caller(
    method: str, path: str, handle: Callable[[Call], object], scope: str | None
) -> Endpoint:
    """An endpoint for whoever has an API access token, and a scope if it asks for one."""

    def unit(tx: Transaction, received: Received, meter: Meter) -> object:
        return handle(auth.call(tx, received, meter, scope))

    return Endpoint((method,), path, unit)


def in_organization(
    methods: str | tuple[str, ...],
    path: str,
    handle: Callable[[OrganizationCall], object],
    scope: str | None,
    *,
    status: int = 200,
    body_limit: int = LARGEST_JSON_BODY,
) -> Endpoint:
    """An endpoint of one organization, which its path names."""

    def unit(tx: Transaction, received: Received, meter: Meter) -> object:
        call = auth.organization_call(tx, received, meter, scope)
        try:
            return handle(call)
        except PermissionDeniedError as error:  # the words of the REST API, whatever was wanted
            msg = "Forbidden"
            raise PermissionDeniedError(msg) from error

    methods = (methods,) if isinstance(methods, str) else methods
    return Endpoint(methods, path, unit, status, body_limit)


def refused_by_name(method: str, path: str) -> Endpoint:
    """An endpoint that Buildkite has and this server does not."""
    return _refused(method, path, lambda: NotImplementedHereError(f"{method} /v2{path}"))


def not_allowed(method: str, allowed_methods: str) -> Endpoint:
    """What a path has for a method that it does not have."""
    msg = f"Method {method} is not allowed here"
    return _refused(method, "", lambda: MethodNotAllowedError(msg, allowed_methods))


def nowhere(method: str) -> Endpoint:
    """What is at a path that Buildkite does not have."""
    return _refused(method, "", lambda: NotFoundError("Not found"))


def _refused(method: str, path: str, refusal: Callable[[], BuildkiteError]) -> Endpoint:
    """An endpoint that refuses everybody, once it is known who calls."""

    def unit(tx: Transaction, received: Received, meter: Meter) -> object:
        auth.authenticate(tx, received, meter)
        raise refusal()

    return Endpoint((method,), path, unit)
