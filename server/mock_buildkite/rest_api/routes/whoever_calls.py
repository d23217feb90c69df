"""Whoever calls: the user and the API access token; and what everybody may ask."""

from mock_buildkite.access_tokens import service as access_tokens
from mock_buildkite.audit.model import a_caller
from mock_buildkite.rest_api.calls import Call, Received
from mock_buildkite.rest_api.endpoints import for_caller, public
from mock_buildkite.rest_api.wire import access_tokens as token_wire
from mock_buildkite.rest_api.wire import users as user_wire

GREETING = "🛠"
WEBHOOK_IPS = ["127.0.0.1/32"]
"""Whatever this server sends comes from the machine that it runs on."""


def greet(received: Received) -> object:
    """GET the root: the server is there. Buildkite's is at `/`, which is for people here."""
    timestamp = int(received.world.clock.now().timestamp())
    return {"message": GREETING, "timestamp": timestamp}


def meta(_received: Received) -> object:
    """GET /meta: where webhooks come from."""
    return {"webhook_ips": WEBHOOK_IPS}


def user(call: Call) -> object:
    """GET /user: the owner of the API access token."""
    return user_wire.user(call.caller.user)


def access_token(call: Call) -> object:
    """GET /access-token: the token itself, but for its value."""
    return token_wire.access_token(call.caller)


def revoke_access_token(call: Call) -> None:
    """DELETE /access-token: whoever holds it can end it, its owner or a finder."""
    access_tokens.revoke(call.tx, call.caller.api_access_token, a_caller(call.caller))


ENDPOINTS = [
    public("GET", "/", greet),
    public("GET", "/meta", meta),
    for_caller("GET", "/user", user, "read_user"),
    for_caller("GET", "/access-token", access_token, None),
    for_caller("DELETE", "/access-token", revoke_access_token, None),
]
