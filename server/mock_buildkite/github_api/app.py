"""`/_github/…`: reports of leaked tokens, each believed for its signature alone.

Unverified: Buildkite's path, which is not published.

Source: secret-scanning-partner-program.md of GitHub's documentation.
"""

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_buildkite.errors import AuthenticationError
from mock_buildkite.exchange import json_answer, plain_body, world_of
from mock_buildkite.github_api import errors, wire
from mock_buildkite.leaks import service as leaks
from mock_buildkite.leaks.service import Suspect
from mock_buildkite.leaks.signatures import PublicKey
from mock_buildkite.refusals import api
from mock_buildkite.world import State

LARGEST_REPORT = 4 * 1024 * 1024


async def take_alerts(request: Request[State]) -> Response:
    """POST /_github/secret-scanning/alerts: act on what GitHub has found, and say what it was."""
    world = world_of(request)
    body = await plain_body(request, LARGEST_REPORT)
    identifier = wire.header(request.headers, wire.IDENTIFIER_HEADER)
    signature = wire.header(request.headers, wire.SIGNATURE_HEADER)
    key = await world.github_keys.find(identifier)
    suspects = await asyncio.to_thread(_suspects, key, signature, body)
    found = await world.database.write(lambda tx: leaks.report(tx, world, suspects))
    alerts = (suspect.alert for suspect in suspects)
    return json_answer(wire.feedback(zip(alerts, found, strict=True)))


def _suspects(key: PublicKey | None, signature: str, body: bytes) -> list[Suspect]:
    """What a report is about, of which nothing is read before its signature is verified."""
    if key is None or not key.has_signed(body, signature):
        raise AuthenticationError
    return leaks.suspects(wire.alerts(body))


app = api(
    [Route("/secret-scanning/alerts", take_alerts, methods=["POST"])],
    errors.encode,
)
