"""What a caller presents: a scheme, a value of which only the digest is kept, an address."""

from msgspec import Struct

from mock_buildkite.errors import AuthenticationError, NothingPresentedError
from mock_buildkite.token_forms import values

TOKEN = "token"  # noqa: S105 - the scheme of the Agent API
BEARER = "bearer"
"""The scheme of REST and GraphQL."""

RawHeaders = list[tuple[bytes, bytes]]


class Credential(Struct, frozen=True):
    """A presented token. The value itself is forgotten at once."""

    scheme: str
    """In lower case: HTTP's schemes know no case."""
    digest: bytes
    address: str
    """Where the caller is: an IP address, behind the proxies that are trusted."""
    user_agent: str | None = None
    """What the caller says it is."""


def presented(headers: RawHeaders, address: str) -> Credential | None:
    """The credential in a request's `Authorization` header, or None if there is none to read.

    Two headers, another scheme than one word, spaces inside, or a value that no token can have
    make it None: what reads it then refuses as it refuses a request without any.
    """
    authorization = user_agent = None
    for name, content in headers:
        if name == b"authorization":
            if authorization is not None:
                return None
            authorization = content
        elif name == b"user-agent" and user_agent is None:
            user_agent = content.decode("latin-1")
    if authorization is None or not authorization.isascii():
        return None
    scheme, _, value = authorization.decode("ascii").strip(" ").partition(" ")
    if not values.is_presentable(value):
        return None
    return Credential(scheme.lower(), values.digest(value), address, user_agent)


def require(credential: Credential | None, scheme: str) -> Credential:
    """A credential that was presented with the scheme an API reads.

    Raises:
        AuthenticationError: there is none, or it came with another scheme.
    """
    if credential is None:
        raise NothingPresentedError
    if credential.scheme != scheme:
        raise AuthenticationError
    return credential
