"""Taking what an API needs off a request, and putting an answer together."""

import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from mock_buildkite import credentials
from mock_buildkite.credentials import Credential
from mock_buildkite.errors import MalformedBodyError, TooLargeError, UnsupportedEncodingError
from mock_buildkite.settings import Settings
from mock_buildkite.world import State, World, Worlds

LARGEST_JSON_BODY = 1024 * 1024
DRAINED_BYTES = 64 * 1024 * 1024
"""How much of a refused body is read and thrown away."""

NO_STORE = {"Cache-Control": "no-store"}
"""For every answer that carries the value of a token."""


def world_of(request: Request[State]) -> World:
    """The world that a request is for."""
    worlds: Worlds = request.scope["state"]["worlds"]
    return worlds.current


def client_address(request: Request[State], settings: Settings) -> str:
    """The address a request came from; behind a trusted proxy, the one that proxy names."""
    client = request.scope.get("client")
    address: str = client[0] if client else "127.0.0.1"
    if not settings.trusted_proxies:
        return address
    forwarded = ",".join(request.headers.getlist("x-forwarded-for"))
    chain = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
    # Each proxy appends the address it was called from: the last one that is no proxy of ours.
    while chain and _is_trusted(address, settings):
        address = chain.pop()
    return address


def credential(request: Request[State], settings: Settings) -> Credential | None:
    """What a request presents in its `Authorization` header."""
    return credentials.presented(request.scope["headers"], client_address(request, settings))


def base_url(request: Request[State], settings: Settings) -> str:
    """The address on which absolute ones in an answer are built, without a slash at its end.

    The authority that the request came to, unless `--public-url` says otherwise.
    """
    if settings.public_url is not None:
        return settings.public_url.rstrip("/")
    host = request.headers.get("host")
    if not host:
        server = request.scope.get("server") or (settings.host, settings.port)
        host = f"{server[0]}:{server[1]}"
    return f"{request.scope['scheme']}://{host}"


def segment(request: Request[State], name: str) -> str:
    """A part of the path, decoded.

    Routes are matched on the path as it was sent: a slash or a dot inside a part is encoded there.
    """
    encoded: str = request.path_params[name]
    return unquote(encoded)


def content_encoding(request: Request[State]) -> str:
    """How a body is compressed, in lower case; `identity` if it is not."""
    for name, value in request.scope["headers"]:
        if name == b"content-encoding":
            encoding: str = value.decode("latin-1").lower()
            return encoding
    return "identity"


async def plain_body(request: Request[State], limit: int = LARGEST_JSON_BODY) -> bytes:
    """A body that is not compressed and not larger than `limit` bytes.

    Raises:
        UnsupportedEncodingError: it is compressed.
        TooLargeError: it is larger.
        MalformedBodyError: its sender went away in the middle.
    """
    body, encoding = await any_body(request, limit), content_encoding(request)
    if encoding != "identity":
        raise unread_encoding(encoding)
    return body


async def any_body(request: Request[State], limit: int) -> bytes:
    """A body as it was sent, not larger than `limit` bytes.

    One that is refused is read to its end all the same, so that its sender hears why.

    Raises:
        TooLargeError: it is larger.
        MalformedBodyError: its sender went away in the middle.
    """
    body, size, more = bytearray(), 0, True
    while more and size < DRAINED_BYTES:
        message = await request.receive()
        if message["type"] != "http.request":
            msg = "Body ended before it was whole"
            raise MalformedBodyError(msg)
        chunk = message.get("body", b"")
        size += len(chunk)
        if size <= limit:
            body += chunk
        more = message.get("more_body", False)
    if size > limit:
        msg = f"Body is too large (maximum is {limit} bytes)"
        raise TooLargeError(msg)
    return bytes(body)


def unread_encoding(encoding: str) -> UnsupportedEncodingError:
    """The refusal of a body that is compressed in a way which is not read there."""
    return UnsupportedEncodingError(f"Content-Encoding {encoding!r} is not read here")


def json_answer(
    value: Any,  # noqa: ANN401 - whatever JSON can hold
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A JSON answer."""
    return _JsonAnswer(msgspec.json.encode(value), status, headers or {})


class _JsonAnswer(Response):
    """An answer that is JSON: put together without asking what it might be else."""

    def __init__(self, body: bytes, status: int, headers: Mapping[str, str]) -> None:
        self.status_code = status
        self.body = body
        self.background = None
        self.raw_headers = [
            (b"content-length", b"%d" % len(body)),
            (b"content-type", b"application/json"),
            *((name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()),
        ]


def _is_trusted(address: str, settings: Settings) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    return any(parsed in network for network in settings.trusted_proxies)
