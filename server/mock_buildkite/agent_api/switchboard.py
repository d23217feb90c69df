"""Finding a route by the words in its path, instead of trying one pattern after the other.

A pattern costs a microsecond, and there are dozens: more than the rest of a chunk of a log takes.
"""

from collections import defaultdict
from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

from mock_buildkite.refusals import Encode, api

_ANYTHING_BELOW = "{rest:path}"

Words = tuple[str, ...]
"""The first and the third segment of a path, such as `jobs` and `chunks`: what tells calls apart.
The second is the id of something."""


class Switchboard(BaseRoute):
    """One route in place of many."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self.routes = routes
        self._by_words: defaultdict[Words, list[Route]] = defaultdict(list)
        for route in routes:
            self._by_words[_words(route.path)].append(route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """The first route that takes the path and the method, or else the path."""
        found: tuple[Match, Scope] = Match.NONE, {}
        words = _words(scope["path"].removeprefix(scope["root_path"]))
        for route in (*self._by_words.get(words, ()), *self._by_words.get(words[:1], ())):
            match, more = route.matches(scope)
            if match is Match.FULL or (match is Match.PARTIAL and found[0] is Match.NONE):
                found = match, {**more, "route": route}
            if match is Match.FULL:
                break
        return found

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request to the route that was found."""
        await scope["route"].handle(scope, receive, send)


def switched_api(routes: Sequence[Route], encode: Encode) -> Starlette:
    """The application of an API with many routes."""
    return api([Switchboard(routes)], encode)


def _words(path: str) -> Words:
    first, second, third = (*path.split("/", 4)[1:4], "", "", "")[:3]
    return (first,) if second == _ANYTHING_BELOW else (first, third)
