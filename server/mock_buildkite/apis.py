"""The APIs by the first segment of their paths, each imported when it is first asked for.

To import all of them and to build GraphQL's schema takes as long as the rest of a start, and most
servers are never asked for all. So the first request to one waits: 0.15 s for GraphQL, less for any
other.
"""

import asyncio
import threading
from collections.abc import Callable

from msgspec import Struct
from starlette.types import ASGIApp

from mock_buildkite.refusals import Encode

_importing = threading.Lock()
"""One thread imports at a time: two could each wait for a module that the other has begun."""


class Api(Struct, frozen=True):
    """What answers under one first path segment, and how it spells refusals."""

    root_path: str
    """What its routes do not see of the path."""
    app: ASGIApp
    encode: Encode


class Entry:
    """An API, to be imported."""

    def __init__(self, find: Callable[[], Api]) -> None:
        self._find = find
        self.api: Api | None = None
        """None as long as it was not imported."""

    def imported(self) -> Api:
        """The API, imported if it was not."""
        with _importing:
            if self.api is None:
                self.api = self._find()
            return self.api

    async def imported_aside(self) -> Api:
        """The same in a thread: others are served meanwhile."""
        return await asyncio.to_thread(self.imported)


def _agents() -> Api:
    from mock_buildkite.agent_api import app, errors

    return Api("/v3", app.app, errors.encode)


def _ping_streams() -> Api:
    from mock_buildkite.agent_api import errors, ping_stream

    return Api("", ping_stream.app, errors.encode)


def _graphql() -> Api:
    from mock_buildkite.graphql_api import errors, routes
    from mock_buildkite.graphql_api.schema import schema

    schema()
    return Api("", routes.app, errors.encode)


def _rest() -> Api:
    from mock_buildkite.rest_api import app, errors

    return Api("/v2", app.app, errors.encode)


def _portals() -> Api:
    from mock_buildkite.portal_api import app, errors

    return Api("", app.app, errors.encode)


def _packages() -> Api:
    from mock_buildkite.package_api import app, errors

    return Api("/packages", app.app, errors.encode)


def _artifacts() -> Api:
    from mock_buildkite.artifact_host import app, errors

    return Api("/artifacts", app.app, errors.encode)


def _github() -> Api:
    from mock_buildkite.github_api import app, errors

    return Api("/_github", app.app, errors.encode)


def _controls() -> Api:
    from mock_buildkite.control_api import errors, routes

    return Api("/_mock", routes.app, errors.encode)


def _health() -> Api:
    from mock_buildkite import health
    from mock_buildkite.agent_api import errors

    return Api("", health.app, errors.encode)


def _well_known() -> Api:
    from mock_buildkite import well_known
    from mock_buildkite.agent_api import errors

    return Api("", well_known.app, errors.encode)


APIS = {
    "v3": Entry(_agents),
    "agentedge.v1.AgentEdgeService": Entry(_ping_streams),
    "v1": Entry(_graphql),
    "graphql": Entry(_graphql),
    "v2": Entry(_rest),
    "organizations": Entry(_portals),
    "packages": Entry(_packages),
    "artifacts": Entry(_artifacts),
    "_github": Entry(_github),
    "_mock": Entry(_controls),
    "healthz": Entry(_health),
    ".well-known": Entry(_well_known),
}
