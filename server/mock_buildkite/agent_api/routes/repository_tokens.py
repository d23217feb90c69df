"""The call with which a job's git asks how to clone a repository."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_buildkite.agent_api.wire import repository_tokens as wire
from mock_buildkite.exchange import NO_STORE, credential, json_answer, plain_body, segment, world_of
from mock_buildkite.jobs import authority
from mock_buildkite.repository_tokens import service as repository_tokens
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import State


async def read(request: Request[State]) -> Response:
    """POST jobs/{uuid}/repository_access_token: the token of one of the listed repositories."""
    world = world_of(request)
    presented, uuid = credential(request, world.settings), segment(request, "uuid")
    body = await plain_body(request)

    def unit(tx: Transaction) -> str:
        asking = authority.authenticate_own(tx, world, presented, uuid)
        return repository_tokens.read(tx, world, asking, wire.repository_url(body))

    return json_answer(wire.token(await world.database.read(unit)), headers=NO_STORE)


routes = [
    Route("/jobs/{uuid}/repository_access_token", read, methods=["POST"]),
    # Its name before 3.136.0.
    Route("/jobs/{uuid}/github_code_access_token", read, methods=["POST"]),
]
