"""The call with which a job requests an OIDC token."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_buildkite.agent_api.wire import oidc as wire
from mock_buildkite.exchange import (
    NO_STORE,
    base_url,
    credential,
    json_answer,
    plain_body,
    segment,
    world_of,
)
from mock_buildkite.jobs import authority
from mock_buildkite.oidc import service as oidc
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import State


async def create(request: Request[State]) -> Response:
    """POST jobs/{uuid}/oidc/tokens: a signed token that says which job it is."""
    world = world_of(request)
    presented, uuid = credential(request, world.settings), segment(request, "uuid")
    body, issuer = await plain_body(request), base_url(request, world.settings)

    def unit(tx: Transaction) -> dict[str, Any]:
        asking = authority.authenticate_own(tx, world, presented, uuid)
        return oidc.claims(tx, world, asking, wire.request(body), issuer)

    claims = await world.database.read(unit)
    return json_answer(wire.token(await world.issuer_key.sign(claims)), headers=NO_STORE)


routes = [Route("/jobs/{uuid}/oidc/tokens", create, methods=["POST"])]
