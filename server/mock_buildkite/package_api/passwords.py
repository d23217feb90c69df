"""What package tools present: a password of the user `buildkite`, or a bearer."""

import base64
import binascii

from mock_buildkite import credentials
from mock_buildkite.credentials import BEARER, RawHeaders
from mock_buildkite.registries.tokens import Presented

USER = "buildkite"
BASIC = "basic"


def presented(headers: RawHeaders, address: str) -> Presented | None:
    """The credential in a request's `Authorization` header, or None if there is none to read."""
    found = [value for name, value in headers if name == b"authorization"]
    if len(found) != 1:
        return None
    scheme, _, sent = found[0].decode("latin-1").strip(" ").partition(" ")
    value = _password(sent) if scheme.lower() == BASIC else sent
    if scheme.lower() not in {BASIC, BEARER} or value is None:
        return None
    others = [(name, each) for name, each in headers if name != b"authorization"]
    as_bearer = (b"authorization", f"Bearer {value}".encode())
    credential = credentials.presented([as_bearer, *others], address)
    return None if credential is None else Presented(value, credential)


def _password(sent: str) -> str | None:
    """The password of the one user that there is; None for any other."""
    try:
        user, _, password = base64.b64decode(sent, validate=True).decode("ascii").partition(":")
    except (binascii.Error, ValueError):
        return None
    return password if user == USER else None
