"""The call with which a job reads a secret of its cluster."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_buildkite.agent_api.wire import cluster_secrets as wire
from mock_buildkite.cluster_secrets import service as cluster_secrets
from mock_buildkite.cluster_secrets.model import ReadSecret
from mock_buildkite.errors import InvalidInputError
from mock_buildkite.exchange import NO_STORE, credential, json_answer, segment, world_of
from mock_buildkite.jobs import authority
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import State


async def read(request: Request[State]) -> Response:
    """GET jobs/{uuid}/secrets?key=NAME: one secret. Agents ask for several at the same time."""
    world = world_of(request)
    presented, uuid = credential(request, world.settings), segment(request, "uuid")
    key = request.query_params.get("key")

    def unit(tx: Transaction) -> ReadSecret:
        asking = authority.authenticate_own(tx, world, presented, uuid)
        if not key:
            msg = "Parameter key is required"
            raise InvalidInputError(msg)
        return cluster_secrets.read(tx, world, asking, key)

    return json_answer(wire.secret(await world.database.write(unit)), headers=NO_STORE)


routes = [Route("/jobs/{uuid}/secrets", read)]
