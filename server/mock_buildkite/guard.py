"""What keeps web pages out: well-known tokens and controls must not be open to DNS rebinding."""

import ipaddress
from functools import lru_cache

from starlette.requests import Request
from starlette.types import Scope

from mock_buildkite.errors import BuildkiteError, HeadersTooLargeError, PermissionDeniedError
from mock_buildkite.exchange import client_address
from mock_buildkite.settings import ControlFrom, Settings, is_loopback

LARGEST_HEADERS = 32 * 1024
CONTROL_PREFIX = "/_mock"


def refusal(scope: Scope, path: str, settings: Settings) -> BuildkiteError | None:
    """Why a request is refused before any API looks at it; None if it is not."""
    size = 0
    host = origin = b""
    for name, value in scope["headers"]:
        size += len(name) + len(value)
        if name == b"host":
            host = value
        elif name == b"origin":
            origin = value
    if size > LARGEST_HEADERS:
        return HeadersTooLargeError(f"Headers are too large (maximum is {LARGEST_HEADERS} bytes)")
    control = is_control(path)
    if control or settings.is_on_loopback:
        if not _is_own_host(host.decode("latin-1"), scope, settings):
            return PermissionDeniedError(
                "This Host is neither an IP address nor localhost: allow it with --allowed-host"
            )
        if origin and not (settings.cors and not control) and not _is_same(origin, host):
            return PermissionDeniedError("Requests from other web pages are refused")
    is_closed = control and settings.control_from is ControlFrom.LOOPBACK
    if is_closed and not is_loopback(client_address(Request(scope), settings)):
        return PermissionDeniedError(
            "The controls are open to this machine only: open them with --control-from any"
        )
    return None


def is_control(path: str) -> bool:
    """Whether a path is one of the controls', which no web page has any business with."""
    return path == CONTROL_PREFIX or path.startswith(f"{CONTROL_PREFIX}/")


def _is_own_host(host: str, scope: Scope, settings: Settings) -> bool:
    if _is_ip(host.partition(":")[0]):
        return True
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    name = name.removeprefix("[").removesuffix("]").lower()
    if name == "localhost" or name in settings.allowed_hosts or host in settings.allowed_hosts:
        return True
    server = scope.get("server")
    if server is not None and name == server[0]:
        return True  # an in-process transport, which has names for addresses; a socket has none
    return _is_ip(name)


@lru_cache
def _is_ip(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_same(origin: bytes, host: bytes) -> bool:
    return origin in (b"http://" + host, b"https://" + host)
