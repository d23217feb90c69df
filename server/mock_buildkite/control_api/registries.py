"""What only Buildkite's pages do to registries: temporary tokens, in their instructions."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_buildkite.bodies import decode
from mock_buildkite.clock import to_text
from mock_buildkite.exchange import NO_STORE, json_answer, plain_body, segment, world_of
from mock_buildkite.organizations import service as organizations
from mock_buildkite.registries import service as registries
from mock_buildkite.registries import tokens
from mock_buildkite.registries.model import Use
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import State


class TemporaryTokenBody(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST /_mock/registries/{organization}/{registry}/temporary-tokens`."""

    use: Use = msgspec.field(name="for")


async def create_temporary_token(request: Request[State]) -> Response:
    """POST what a token of five minutes is to be for: the only answer with its value."""
    world = world_of(request)
    wanted = decode(await plain_body(request), TemporaryTokenBody)
    organization_slug, slug = segment(request, "organization"), segment(request, "registry")

    def unit(tx: Transaction) -> tokens.Temporary:
        organization = organizations.require(tx, organization_slug)
        registry = registries.require_in(tx, organization, slug)
        return tokens.create_temporary(tx, world, registry, wanted.use)

    made = await world.database.read(unit)
    told = {"value": made.value, "expires_at": to_text(made.expires_at)}
    return json_answer(told, 201, NO_STORE)


ROUTES = [
    Route(
        "/registries/{organization}/{registry}/temporary-tokens",
        create_temporary_token,
        methods=["POST"],
    ),
]
