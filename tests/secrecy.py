"""A watch over the values of tokens and secrets: each is told once, and nowhere else.

Every test has one, over whatever servers it makes (`overhearing.py`). A value is in the answer that
made it, which no cache may keep, and in no other answer, no line that is logged, no database and no
file beside it. A test with a good reason tells its watch of an exception (`let`).

What no rule here speaks of: files and logs of jobs, which are kept as the jobs wrote them.
"""

import base64
import binascii
import json
import logging
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mock_buildkite.token_forms import recognising
from tests.finding_values import values_in

SHORTEST_PRESENTED = 24
"""What is shorter in an `Authorization` is nobody's secret: `Bearer nonsense`."""
SHORTEST_SECRET = 8
"""What is shorter can be anywhere by chance."""
LARGEST_FILE = 64 * 1024 * 1024
"""Of what is larger the beginning is searched: it is an artifact."""
ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
"""What is nobody's secret either, whoever presents it."""

CLIENTS = ("httpx", "httpcore")
"""Who logs the addresses that a test has chosen."""
WRITTEN_BY_JOBS = re.compile(r".*/log(\.txt|\.html)?")
"""Whose content is the job's own, whatever it looks like."""
TOLD_AGAIN = re.compile(
    # What begins a world anew makes the same well-known values.
    r"POST /_mock/(reset|seed)"
    # An agent that did not hear the answer accepts its job once more.
    r"|PUT /v3/jobs/[^/]+/(accept|acquire)"
    # Nothing is kept of such a token: the same, asked for at the same moment, is the same.
    r"|POST /_mock/registries/[^/]+/[^/]+/temporary-tokens"
)
"""What may tell a value that was told before."""
FORMLESS = {
    re.compile(r"POST /organizations/[^/]+/portals/[^/]+/codes"): "secret",
    re.compile(r"POST /v3/jobs/[^/]+/oidc/tokens"): "token",
}
"""What tells values that have no form of their own, and under which name."""
TAKING_SECRETS = re.compile(r"(POST|PUT) /v2/organizations/[^/]+/clusters/[^/]+/secrets(/.+)?")
TELLING_SECRETS = re.compile(
    r"GET /v3/jobs/[^/]+/secrets"
    r"|POST /v3/jobs/[^/]+/(repository_access_token|github_code_access_token)"
)
"""What tells jobs the values of secrets, as often as they ask."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, and the answer to it."""

    call: str
    """Method and path."""
    authorizations: tuple[str, ...]
    sent: bytes
    headers: str
    """Those of the answer."""
    answered: bytes
    is_kept_by_nobody: bool
    """Whether the answer has `Cache-Control: no-store`."""


class Watch(logging.Handler):
    """What was told, what was presented, and what came out where it must not."""

    def __init__(self) -> None:
        super().__init__()
        self.complaints: list[str] = []
        self._told_by: dict[str, str] = {}
        self._formless: set[str] = set()
        self._secrets: set[str] = set()
        self._excused: list[tuple[str, str]] = []
        self._logged: list[str] = []
        self._kept: set[tuple[str, str]] = set()

    def let(self, call: str, tell_again: str) -> None:
        """Have no complaint of a call that tells once more a value that begins so."""
        self._excused.append((call, tell_again))

    def tell(self, *values: str | None) -> None:
        """Take note of values that are told otherwise than over HTTP, as those of a new world."""
        for value in values:
            if value:
                self._note(value, "the start told first")

    def look_at(self, exchange: Exchange) -> None:
        """Complain of what is in an answer and was told before, or must never be told."""
        call, shown = exchange.call, exchange.answered + exchange.headers.encode()
        presented = {*_presented(exchange.authorizations), *values_in(exchange.sent)}
        self._secrets |= set(_secrets_in(exchange))
        if WRITTEN_BY_JOBS.fullmatch(call):
            shown = b""
        told = values_in(shown) | set(_formless(exchange))
        for value in told | _those_in(self._formless | presented, shown):
            self._complain_if_shown_again(exchange, value, value in presented)
        for value in _presented(exchange.authorizations):
            self._note(value, f"{call} was asked with")
        for value in _those_in(self._secrets, shown):
            if not (TELLING_SECRETS.fullmatch(call) or self._is_excused(call, value)):
                self.complaints.append(f"{call} shows the value of a secret")

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what the server and what it is made of log; not what its client does."""
        if not record.name.startswith(CLIENTS):
            self._logged.append(self.format(record))

    def search(self, place: str, content: bytes) -> None:
        """Take note of the values in something that is kept: of every one that has a form."""
        found = values_in(content) | _those_in(self._formless | self._secrets, content)
        self._kept |= {(place, value) for value in found}

    def search_folder(self, folder: Path) -> None:
        """Take note of the values in the files of a folder."""
        for directory, _, names in os.walk(folder):
            for name in names:
                with suppress(FileNotFoundError), Path(directory, name).open("rb") as file:
                    self.search(name, file.read(LARGEST_FILE))

    def conclude(self) -> None:
        """Complain of the values that were logged or are kept.

        Raises:
            AssertionError: there are complaints.
        """
        self.search("the log", "\n".join(self._logged).encode())
        self.complaints += [
            f"{place} holds {'a secret' if value in self._secrets else recognising.masked(value)}"
            for place, value in sorted(self._kept)
        ]
        assert not self.complaints, "\n".join(self.complaints)

    def _complain_if_shown_again(self, exchange: Exchange, value: str, is_presented: bool) -> None:
        call = exchange.call
        before = self._told_by.get(value)
        self._note(value, f"{call} told first")
        if not exchange.is_kept_by_nobody:
            self.complaints.append(f"{call} lets caches keep {recognising.masked(value)}")
        if TOLD_AGAIN.fullmatch(call) or self._is_excused(call, value):
            return
        if is_presented:
            before = "it was asked with"
        elif call.startswith("GET "):
            before = before or "no answer may"
        if before is not None:
            self.complaints.append(f"{call} shows {recognising.masked(value)}, which {before}")

    def _note(self, value: str, told_by: str) -> None:
        if value not in self._told_by:
            self._told_by[value] = told_by
            if not values_in(value.encode()):
                self._formless.add(value)

    def _is_excused(self, call: str, value: str) -> bool:
        return any(call == each and value.startswith(prefix) for each, prefix in self._excused)


def _those_in(values: set[str], content: bytes) -> set[str]:
    return {value for value in values if value.encode() in content}


def _presented(authorizations: Iterable[str]) -> Iterator[str]:
    """What is presented that could be somebody's secret, whatever its form."""
    for authorization in authorizations:
        scheme, _, value = authorization.strip().rpartition(" ")
        if scheme.lower() == "basic":
            value = _password(value)
        if len(value) >= SHORTEST_PRESENTED and not ID.fullmatch(value):
            yield value


def _password(credentials: str) -> str:
    try:
        return base64.b64decode(credentials).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def _formless(exchange: Exchange) -> Iterator[str]:
    for calls, name in FORMLESS.items():
        value = _json(exchange.answered).get(name) if calls.fullmatch(exchange.call) else None
        if value:
            yield value


def _secrets_in(exchange: Exchange) -> Iterator[str]:
    """The values of secrets that a request sets."""
    if TAKING_SECRETS.fullmatch(exchange.call):
        values = [_json(exchange.sent).get("value")]
    elif exchange.call == "POST /_mock/seed":
        values = list(_seeded(_json(exchange.sent)))
    else:
        return
    yield from (each for each in values if isinstance(each, str) and len(each) >= SHORTEST_SECRET)


def _seeded(said: Any) -> Iterator[Any]:
    """What a seed has under `secrets` and `repository_tokens`, as far as it is well-formed."""
    if isinstance(said, list):
        for each in said:
            yield from _seeded(each)
    elif isinstance(said, dict):
        for name, each in said.items():
            if name in {"secrets", "repository_tokens"} and isinstance(each, dict):
                yield from each.values()
            elif name == "secrets" and isinstance(each, list):
                yield from (one.get("value") for one in each if isinstance(one, dict))
            else:
                yield from _seeded(each)


def _json(content: bytes) -> dict[str, Any]:
    try:
        said = json.loads(content)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
