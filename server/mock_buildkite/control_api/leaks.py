"""What was reported as leaked, and what a test plays GitHub with."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_buildkite.clock import to_text
from mock_buildkite.exchange import json_answer, plain_body, world_of
from mock_buildkite.leaks import key_lists
from mock_buildkite.leaks import service as leaks
from mock_buildkite.leaks.model import Leak
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import State

LARGEST_SIGNED = 16 * 1024 * 1024
"""More than any door should take: whether it does is for a test to see."""


async def list_leaks(request: Request[State]) -> Response:
    """GET /_mock/leaks: every token on record that was reported, and what was done."""

    def unit(tx: Transaction) -> list[dict[str, Any]]:
        return [_leak(each) for each in leaks.list_all(tx)]

    return json_answer(await world_of(request).database.read(unit))


async def public_keys(request: Request[State]) -> Response:
    """GET /_mock/github/public_keys: the world's own key, as GitHub lists its."""
    pair = await world_of(request).github_key.pair()
    return json_answer(key_lists.spell(pair.public))


async def sign(request: Request[State]) -> Response:
    """POST /_mock/github/signatures: a body's signature by the world's own key."""
    pair = await world_of(request).github_key.pair()
    body = await plain_body(request, LARGEST_SIGNED)
    return json_answer({"key_identifier": pair.public.identifier, "signature": pair.sign(body)})


def _leak(leak: Leak) -> dict[str, Any]:
    return {
        "kind": leak.kind,
        "uuid": leak.token_uuid,
        "organizations": leak.organizations,
        "type": leak.reported_type,
        "url": leak.url,
        "source": leak.source,
        "action": leak.action.value,
        "times_reported": leak.times_reported,
        "first_reported_at": to_text(leak.first_reported_at),
        "last_reported_at": to_text(leak.last_reported_at),
    }


ROUTES = [
    Route("/leaks", list_leaks),
    Route("/github/public_keys", public_keys),
    Route("/github/signatures", sign, methods=["POST"]),
]
