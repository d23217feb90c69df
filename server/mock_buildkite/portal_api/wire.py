"""The JSON of portals: variables, requests for tokens, and what is given for them."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from mock_buildkite.bodies import decode
from mock_buildkite.errors import MalformedBodyError, MalformedParameterError
from mock_buildkite.portals.codes import AskedCode
from mock_buildkite.portals.tokens import Minted

CLIENT_CREDENTIALS = "client_credentials"
DEVICE_CODE = "device_code"


class TokenBody(msgspec.Struct):
    """The body that asks for a token."""

    grant_type: str | None = None
    client_id: str | None = None
    code: str | None = None
    secret: str | None = None
    expires_in: int | None = None
    """Minutes."""


def variables(body: bytes) -> dict[str, Any]:
    """The variables of an operation: the body itself. An empty one is an empty object.

    Raises:
        MalformedBodyError: it is not a JSON object.
    """
    decoded = decode(body, object)
    if not isinstance(decoded, dict):
        msg = "Body must be a JSON object"
        raise MalformedBodyError(msg)
    return decoded


def token_body(body: bytes) -> TokenBody:
    """What is given for a token.

    Raises:
        MalformedBodyError: it is not a JSON object.
        MalformedParameterError: no such grant is known.
    """
    wanted = decode(body, TokenBody)
    if wanted.grant_type not in {CLIENT_CREDENTIALS, DEVICE_CODE}:
        msg = f"grant_type must be {CLIENT_CREDENTIALS} or {DEVICE_CODE}"
        raise MalformedParameterError(msg)
    return wanted


def minted(made: Minted) -> dict[str, Any]:
    """A token, the only time that it is told."""
    expires_at = made.portal_token.expires_at
    return {
        "token": made.value,
        "expires_at": None if expires_at is None else _spelled(expires_at),
    }


def asked_code(asked: AskedCode, authorization_url: str) -> dict[str, Any]:
    """A code, and where it is to be approved."""
    return {
        "code": asked.code,
        "secret": asked.secret,
        "authorization_url": authorization_url,
        "expires_at": _spelled(asked.expires_at),
    }


def _spelled(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
