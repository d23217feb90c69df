"""`/healthz`: whether requests are answered, whichever API they are for."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_buildkite.agent_api import errors
from mock_buildkite.exchange import json_answer, world_of
from mock_buildkite.refusals import api
from mock_buildkite.world import State


async def healthz(request: Request[State]) -> Response:
    """GET /healthz: 200 once the database answers."""
    world = world_of(request)
    await world.database.read(lambda tx: tx.value("select 1"))
    return json_answer({"status": "ok"})


# The dispatcher leaves nothing of the path for this one.
app = api([Route("/healthz", healthz)], errors.encode)
