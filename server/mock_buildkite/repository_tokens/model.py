"""How the address of a repository is told from that of another."""

import re
from urllib.parse import urlsplit

from mock_buildkite.errors import InvalidInputError

_SHORT_FORM = re.compile(r"(?:[^@/:]+@)?([^@/:]+):(?!//)(.+)")
"""That of ssh: `git@host:path`."""
_SCHEMES = {"http", "https", "ssh", "git"}
_WEB_PORTS = {"http": 80, "https": 443}


def repository_of(url: str) -> str:
    """The host and path of a repository, the same for all addresses that lead to it.

    Over ssh or https, with a user or without, ending in `.git` or not. A port counts only in
    http and https: a host has another one for ssh.

    Raises:
        InvalidInputError: it is no such address.
    """
    try:
        host, path = _host_and_path(url)
    except ValueError:
        host = path = ""
    path = path.strip("/").removesuffix(".git").rstrip("/")
    if not host or not path:
        # Without what was sent: an address may hold a password.
        msg = "Repository must have an address of the form https://host/path or git@host:path"
        raise InvalidInputError(msg)
    return f"{host.lower()}/{path}"


def _host_and_path(url: str) -> tuple[str, str]:
    short = _SHORT_FORM.fullmatch(url)
    if short is not None:
        return short[1], short[2]
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    if parts.scheme not in _SCHEMES:
        return "", ""
    if parts.scheme in _WEB_PORTS and port not in {None, _WEB_PORTS[parts.scheme]}:
        host = f"{host}:{port}"
    return host, parts.path
