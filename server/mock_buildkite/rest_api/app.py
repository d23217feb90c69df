"""The table of contents of the REST API, and the application that serves it."""

from starlette.types import Receive, Scope, Send

from mock_buildkite.refusals import api
from mock_buildkite.rest_api import documented, endpoints, errors
from mock_buildkite.rest_api.routes import (
    agent_tokens,
    agents,
    clusters,
    organizations,
    queues,
    whoever_calls,
)

ENDPOINTS = [
    *whoever_calls.ENDPOINTS,
    *organizations.ENDPOINTS,
    *agents.ENDPOINTS,
    *clusters.ENDPOINTS,
    *queues.ENDPOINTS,
    *agent_tokens.ENDPOINTS,
]
"""What is served."""

_api = api([*endpoints.routes([*ENDPOINTS, *documented.unserved(ENDPOINTS)])], errors.encode)


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application. Some clients end every path with a slash: it means nothing.

    It is not redirected away either, since a redirected POST loses its body.
    """
    path, root_path = scope["path"].rstrip("/"), scope["root_path"]
    scope["path"] = f"{path}/" if path == root_path else path
    await _api(scope, receive, send)
