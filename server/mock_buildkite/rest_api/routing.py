"""From a request to its endpoint, and from what that returns to the response.

The paths are a tree of segments, and there is one route for all of them: a pattern for each of some
140 paths would take 20 ms of every start.
"""

from collections.abc import Iterable, Sequence
from urllib.parse import unquote

from msgspec import Struct, field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from mock_buildkite import refusals
from mock_buildkite.errors import BuildkiteError
from mock_buildkite.graphql_api.documents import documents
from mock_buildkite.rest_api import answers, errors
from mock_buildkite.rest_api.calls import receive
from mock_buildkite.rest_api.endpoints import Endpoint, not_allowed, nowhere
from mock_buildkite.rest_api.rate_limits import Meter
from mock_buildkite.world import State


class Node(Struct):
    """The paths that begin alike: what is at their common part, and what goes on from there."""

    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    """By method."""
    spelled_out: "dict[str, Node]" = field(default_factory=dict)
    place: "Node | None" = None
    """For any segment that is not spelled out."""

    def add(self, endpoint: Endpoint, segments: Sequence[str]) -> None:
        """Put an endpoint at the end of the rest of its path."""
        if not segments:
            for method in endpoint.methods:
                self.endpoints.setdefault(method, endpoint)
        elif _is_place(segments[0]):
            self.place = self.place or Node()
            self.place.add(endpoint, segments[1:])
        else:
            self.spelled_out.setdefault(segments[0], Node()).add(endpoint, segments[1:])

    def find(self, segments: Sequence[str]) -> "Node | None":
        """Where the rest of a path leads; None where nothing is served there."""
        if not segments:
            return self if self.endpoints else None
        for following in (self.spelled_out.get(segments[0]), self.place):
            found = None if following is None else following.find(segments[1:])
            if found is not None:
                return found
        return None

    def endpoint(self, method: str) -> Endpoint:
        """What answers a method here, if only with a refusal."""
        found = self.endpoints.get(method)
        if found is None and method == "HEAD":
            found = self.endpoints.get("GET")
        return found or not_allowed(method, ", ".join(sorted(self.endpoints)))


class EveryPath(BaseRoute):
    """The one route of the REST API."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self.endpoints = tuple(endpoints)
        self._root = Node()
        for endpoint in self.endpoints:
            self._root.add(endpoint, _segments(endpoint.path))

    def matches(self, _scope: Scope) -> tuple[Match, Scope]:
        """Whatever there is."""
        return Match.FULL, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request[State]) -> Response:
        # A slash at the end means nothing. A redirect would: a redirected POST loses its body.
        segments = _segments(request.scope["path"].removeprefix(request.scope["root_path"]))
        node, method = self._root.find(segments), request.method
        endpoint = nowhere(method) if node is None else node.endpoint(method)
        places = {
            name[1:-1]: unquote(segment)
            for name, segment in zip(_segments(endpoint.path), segments, strict=False)
            if _is_place(name)
        }
        received = await receive(request, places, endpoint.body_limit)
        meter = Meter(received.world)
        try:
            returned = await documents.serve(
                lambda: received.world.database.write(lambda tx: endpoint.unit(tx, received, meter))
            )
        except BuildkiteError as error:
            response = refusals.answer(request, error, errors.encode)
        else:
            response = answers.encode(returned, endpoint.status)
        response.headers.update(meter.headers())
        return response


def _segments(path: str) -> list[str]:
    stripped = path.strip("/")
    return stripped.split("/") if stripped else []


def _is_place(segment: str) -> bool:
    return segment.startswith("{")
