"""An API's application with the shortest way from a request to its handler.

Starlette would try one pattern after the other, of which there are dozens, and hand the request
through six wrappers: together more than the rest of what a chunk of a log takes.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence

from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from mock_buildkite import refusals
from mock_buildkite.errors import NotFoundError
from mock_buildkite.refusals import REFUSED, Encode, Handler, not_allowed
from mock_buildkite.world import State

_ANYTHING_BELOW = "{rest:path}"

Words = tuple[str, ...]
"""The first and the third segment of a path, such as `jobs` and `chunks`: what tells calls apart.
The second is the id of something."""


class Switchboard:
    """Finds a request's handler by the words in its path; spells refusals in the API's form."""

    def __init__(self, routes: Sequence[Route], encode: Encode) -> None:
        self.routes = routes
        self._encode = encode
        self._by_words: defaultdict[Words, list[Route]] = defaultdict(list)
        for route in routes:
            self._by_words[_words(route.path)].append(route)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request: Request[State] = Request(scope, receive)
        try:
            answer = await self._handler(scope)(request)
        except REFUSED as error:
            answer = refusals.answer(request, error, self._encode)
        except Exception as error:
            await refusals.answer(request, error, self._encode)(scope, receive, send)
            raise
        await answer(scope, receive, send)

    def _handler(self, scope: Scope) -> Handler:
        """What answers a request; the scope then has what stands in the places of its path.

        Raises:
            NotFoundError: no route has such a path.
            MethodNotAllowedError: those that have it answer other methods.
        """
        method, path = scope["method"], scope["path"].removeprefix(scope["root_path"])
        words = _words(path)
        routes = self._by_words.get(words) or self._by_words.get(words[:1], [])
        for route in routes:
            found = route.path_regex.match(path) if method in _methods(route) else None
            if found is not None:
                scope["path_params"] = found.groupdict()
                handler: Handler = route.endpoint
                return handler
        others = [_methods(route) for route in routes if route.path_regex.match(path)]
        if others:
            raise not_allowed(method, frozenset[str]().union(*others))
        msg = "Not found"
        raise NotFoundError(msg)


def _methods(route: Route) -> Collection[str]:
    return route.methods or ()


def _words(path: str) -> Words:
    first, second, third = (*path.split("/", 4)[1:4], "", "", "")[:3]
    return (first,) if second == _ANYTHING_BELOW else (first, third)
