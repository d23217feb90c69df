"""What package tools present: a password of the user `buildkite`, or a bearer."""

import base64
import binascii

from starlette.requests import Request

from mock_buildkite import credentials
from mock_buildkite.credentials import BEARER
from mock_buildkite.exchange import base_url, client_address, world_of
from mock_buildkite.registries.tokens import Presented
from mock_buildkite.world import State

USER = "buildkite"
BASIC = "basic"
_DOTS = 2
"""In a JSON Web Token."""


async def presented(request: Request[State]) -> Presented | None:
    """The credential in a request's `Authorization` header, or None if there is none to read.

    Raises:
        UnavailableError: it may be an OIDC token, and the key that signs them cannot be read.
    """
    headers, world = request.scope["headers"], world_of(request)
    found = [value for name, value in headers if name == b"authorization"]
    if len(found) != 1:
        return None
    scheme, _, sent = found[0].decode("latin-1").strip(" ").partition(" ")
    value = _password(sent) if scheme.lower() == BASIC else sent
    if scheme.lower() not in {BASIC, BEARER} or value is None:
        return None
    others = [(name, each) for name, each in headers if name != b"authorization"]
    as_bearer = (b"authorization", f"Bearer {value}".encode())
    address = client_address(request, world.settings)
    credential = credentials.presented([as_bearer, *others], address)
    if credential is None:
        return None
    is_signed = value.count(".") == _DOTS
    claims = await world.issuer_key.verified_claims(value) if is_signed else None
    return Presented(value, credential, base_url(request, world.settings), claims)


def _password(sent: str) -> str | None:
    """The password of the one user that there is; None for any other."""
    try:
        user, _, password = base64.b64decode(sent, validate=True).decode("ascii").partition(":")
    except (binascii.Error, ValueError):
        return None
    return password if user == USER else None
