"""The REST API: who calls is checked, then every endpoint is refused by name; none is served."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_buildkite.access_tokens import service as access_tokens
from mock_buildkite.errors import NotImplementedHereError
from mock_buildkite.exchange import credential
from mock_buildkite.refusals import api
from mock_buildkite.rest_api import errors
from mock_buildkite.world import State

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


async def refuse(request: Request[State]) -> Response:
    """Anything: an API access token is asked for, as everywhere, before a resource is looked at."""
    world = request.state["worlds"].current
    presented = credential(request, world.settings)
    await world.database.read(lambda tx: access_tokens.authenticate(tx, presented))
    msg = f"{request.method} {request.scope['path']}"
    raise NotImplementedHereError(msg)


app = api(
    [Route("/", refuse, methods=METHODS), Route("/{rest:path}", refuse, methods=METHODS)],
    errors.encode,
)
