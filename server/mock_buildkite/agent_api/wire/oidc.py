"""What a job chooses about its OIDC token, and is told.

Source: buildkite/agent api/oidc.go.
"""

import msgspec

from mock_buildkite.bodies import decode
from mock_buildkite.oidc.model import Request


class TokenBody(msgspec.Struct):
    """The body of `POST jobs/{uuid}/oidc/tokens`; agents leave out what is empty."""

    audience: str | None = None
    lifetime: int | None = None
    claims: list[str] | None = None
    aws_session_tags: list[str] | None = None
    subject_claim: str | None = None


def request(body: bytes) -> Request:
    """What a job asks for.

    Raises:
        MalformedBodyError: the body is not JSON.
        InvalidInputError: a field has the wrong type; the message names it.
    """
    read = decode(body, TokenBody)
    return Request(
        audience=read.audience or None,
        lifetime_seconds=read.lifetime or 0,
        claims=read.claims or (),
        aws_session_tags=read.aws_session_tags or (),
        subject_claim=read.subject_claim or None,
    )


def token(value: str) -> dict[str, str]:
    """The answer: the signed token."""
    return {"token": value}
