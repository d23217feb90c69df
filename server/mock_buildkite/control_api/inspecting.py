"""What a value is, and whose: it comes in a body, since an address would be logged."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_buildkite import on_record
from mock_buildkite.bodies import decode
from mock_buildkite.clock import to_text
from mock_buildkite.exchange import json_answer, plain_body, world_of
from mock_buildkite.on_record import OnRecord
from mock_buildkite.token_forms import values
from mock_buildkite.token_tools import inspecting
from mock_buildkite.world import State


class InspectBody(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST /_mock/tokens/inspect`."""

    value: str


async def inspect(request: Request[State]) -> Response:
    """POST /_mock/tokens/inspect: what a value is by its form, and what is on record of it."""
    world = world_of(request)
    value = decode(await plain_body(request), InspectBody).value
    found = None
    if values.is_presentable(value):
        found = await world.database.read(lambda tx: on_record.look_up(tx, world, value))
    return json_answer(
        {
            **inspecting.by_form(value),
            "on_record": None if found is None else _spelled(found),
        }
    )


def _spelled(found: OnRecord) -> dict[str, Any]:
    return {
        "kind": found.kind.name,
        "uuid": found.uuid,
        "name": found.name,
        "organizations": found.organizations,
        "owner": found.owner,
        "is_live": found.is_live,
        "expires_at": None if found.expires_at is None else to_text(found.expires_at),
        "revoked_at": None if found.revoked_at is None else to_text(found.revoked_at),
    }


ROUTES = [Route("/tokens/inspect", inspect, methods=["POST"])]
