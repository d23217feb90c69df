"""What a value is by its form alone, and what a server says of it."""

import json
from typing import Any

from mock_buildkite.errors import StartupError
from mock_buildkite.token_forms import decoding, recognising

PATIENCE_SECONDS = 10
NOTHING_KNOWN: dict[str, Any] = {
    "kind": None,
    "title": None,
    "prefix": None,
    "form": None,
    "parts": {},
    "github_types": (),
}


def by_form(value: str) -> dict[str, Any]:
    """What kind a value is, how exactly it has that form, and what its parts decode to."""
    recognised = recognising.recognise(value)
    if recognised is None:
        return dict(NOTHING_KNOWN)
    kind = recognised.kind
    return {
        "kind": kind.name,
        "title": kind.title,
        "prefix": kind.prefix,
        "form": recognised.form.value,
        "parts": decoding.parts(kind, value),
        "github_types": kind.github_types,
    }


def by_server(url: str, value: str) -> dict[str, Any]:
    """The same, and what the server at that address has on record of the value.

    Raises:
        StartupError: it cannot be asked.
    """
    from urllib.error import HTTPError  # noqa: PLC0415 - takes 20 ms
    from urllib.request import ProxyHandler, Request, build_opener  # noqa: PLC0415

    if not url.startswith(("http://", "https://")):
        msg = f"{url} is no address of a server"
        raise StartupError(msg)
    request = Request(  # noqa: S310 - its scheme was looked at
        f"{url.rstrip('/')}/_mock/tokens/inspect",
        json.dumps({"value": value}).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        # No proxy stands between a test and its server, and none is to see the value.
        with build_opener(ProxyHandler({})).open(request, timeout=PATIENCE_SECONDS) as answer:
            told: dict[str, Any] = json.load(answer)
    except HTTPError as error:
        msg = f"{url} refused with status {error.code}"
        raise StartupError(msg) from error
    except (OSError, ValueError) as error:
        msg = f"{url} cannot be asked: {error}"
        raise StartupError(msg) from error
    return told


def described(told: dict[str, Any]) -> str:
    """What is known of a value, for people."""
    if told["kind"] is None:
        lines = [("kind", "none: it has no form of a Buildkite token")]
    else:
        lines = [
            ("kind", f"{told['title']} ({told['kind']}, {told['prefix']})"),
            ("form", told["form"]),
            *_flattened(told["parts"]),
            *(("GitHub type", name) for name in told["github_types"]),
        ]
    if "on_record" in told:
        lines += _on_record(told["on_record"])
    width = max(len(name) for name, _ in lines)
    return "\n".join(f"{name:{width}}  {text}" for name, text in lines)


def _on_record(found: dict[str, Any] | None) -> list[tuple[str, str]]:
    if found is None:
        return [("server", "does not know it")]
    state = "live"
    if not found["is_live"]:
        state = "revoked" if found["revoked_at"] else "not live"
    lines = [
        ("server", f"{state}, as {found['kind']} {found['uuid']}"),
        ("name", found["name"]),
        ("organizations", ", ".join(found["organizations"])),
        ("owner", found["owner"]),
        ("expires", found["expires_at"]),
        ("revoked", found["revoked_at"]),
    ]
    return [(name, text) for name, text in lines if text]


def _flattened(parts: dict[str, Any], before: str = "") -> list[tuple[str, str]]:
    flat = []
    for name, part in parts.items():
        if isinstance(part, dict):
            flat += _flattened(part, f"{before}{name}.")
        else:
            flat.append((f"{before}{name}".replace("_", " "), _text(part)))
    return flat


def _text(part: object) -> str:
    return part if isinstance(part, str) else json.dumps(part)
