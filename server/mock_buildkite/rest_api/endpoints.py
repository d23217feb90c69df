"""An endpoint: a method and a path, who may call it, and the handler that answers.

A handler runs inside a unit, after everybody was authorised; here is what lies around it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_buildkite.errors import (
    BuildkiteError,
    MethodNotAllowedError,
    NotFoundError,
    NotImplementedHereError,
    PermissionDeniedError,
)
from mock_buildkite.exchange import LARGEST_JSON_BODY
from mock_buildkite.rest_api import answers, auth, errors
from mock_buildkite.rest_api.calls import Call, OrganizationCall, Received, receive
from mock_buildkite.rest_api.rate_limits import Meter
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import State

ORGANIZATION = f"/organizations/{{{auth.ORGANIZATION_PLACE}}}"

UPDATE = ("PUT", "PATCH")
"""How things are changed: the documentation says PUT, the official Go client sends PATCH."""

Unit = Callable[[Transaction, Received, Meter], object]


@dataclass(frozen=True, slots=True)
class Endpoint:
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
    name = f"{method} /v2{path}"

    def unit(tx: Transaction, received: Received, meter: Meter) -> object:
        auth.authenticate(tx, received, meter)
        raise NotImplementedHereError(name)

    return Endpoint((method,), path, unit)


def routes(endpoints: Iterable[Endpoint]) -> list[Route]:
    """The routes that lead to endpoints, one for each path, and one for any other path."""
    by_path: defaultdict[str, dict[str, Endpoint]] = defaultdict(dict)
    for endpoint in endpoints:
        for method in endpoint.methods:
            by_path[endpoint.path].setdefault(method, endpoint)
    # A segment that is spelled out comes before a place that would take it.
    paths = sorted(by_path, key=lambda path: [part[:1] == "{" for part in path.split("/")])
    return [*(_Resource(path, by_path[path]) for path in paths), _Resource("/{rest:path}", {})]


class _Resource(Route):
    """A path, and the endpoint of each method there."""

    def __init__(self, path: str, endpoints: Mapping[str, Endpoint]) -> None:
        super().__init__(path, self._serve)
        self._endpoints = endpoints
        self.methods = set()  # any: the wrong ones are refused once it is known who calls

    async def _serve(self, request: Request[State]) -> Response:
        endpoint = self._endpoint(request.method)
        received = await receive(request, endpoint.body_limit)
        meter = Meter(received.world)
        try:
            returned = await received.world.database.write(
                lambda tx: endpoint.unit(tx, received, meter)
            )
        except BuildkiteError as error:
            response = errors.encode(error)
        else:
            response = answers.encode(returned, endpoint.status)
        response.headers.update(meter.headers())
        return response

    def _endpoint(self, method: str) -> Endpoint:
        found = self._endpoints.get(method)
        if found is None and method == "HEAD":
            found = self._endpoints.get("GET")
        return found or Endpoint((method,), self.path, self._refuse(method))

    def _refuse(self, method: str) -> Unit:
        allowed = ", ".join(sorted(self._endpoints))

        def unit(tx: Transaction, received: Received, meter: Meter) -> object:
            auth.authenticate(tx, received, meter)
            if not allowed:
                msg = "Not found"
                raise NotFoundError(msg)
            msg = f"Method {method} is not allowed here"
            raise MethodNotAllowedError(msg, allowed)

        return unit
