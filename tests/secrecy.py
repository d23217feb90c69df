"""A watch over the values of tokens: each is told once, and nowhere else.

A test that uses the fixture `watch` has one over its server. It reads what is sent and answered,
and what is logged meanwhile; where there is a data directory, it is searched in the end.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from mock_buildkite.token_forms import recognising
from mock_buildkite.token_forms.recognising import Form
from tests.server import Served

LARGEST_READ = 1024 * 1024
"""Of an answer that is larger nothing is looked at: it is a file."""
TOLD_AGAIN = {"/_mock/reset", "/_mock/seed"}
"""What begins a world anew makes the same well-known values."""
CLIENTS = ("httpx", "httpcore")
"""Who logs the addresses that a test has chosen."""
WRITTEN_BY_JOBS = ("/log", "/log.txt", "/log.html")
"""Whose content is the job's own, whatever it looks like."""


class Watch(logging.Handler):
    """What was told, what was presented, and what came out where it must not."""

    def __init__(self) -> None:
        super().__init__()
        self.complaints: list[str] = []
        self._told: dict[str, str] = {}
        self._presented: set[str] = set()
        self._logged: list[str] = []

    def tell(self, told: object) -> None:
        """Take note of values that are told otherwise than over HTTP, as those of a new world."""
        self._told |= dict.fromkeys(tokens_in(repr(told)), "the start")

    async def look_at(self, answer: httpx.Response) -> None:
        """Complain of the tokens in an answer that were told before, or in answer to a look."""
        await answer.aread()
        request = answer.request
        if request.url.path.endswith(WRITTEN_BY_JOBS):
            return
        call = f"{request.method} {request.url.path}"
        presented = {*_authorization(request), *tokens_in(_sent(request))}
        text = _text(answer.content) + repr(answer.headers.multi_items())
        self._presented |= presented
        for value in tokens_in(text) | {each for each in presented if each in text}:
            told_by = self._told.setdefault(value, call)
            hidden = recognising.masked(value)
            if answer.headers.get("cache-control") != "no-store":
                self.complaints.append(f"{call} lets caches keep {hidden}")
            if request.url.path in TOLD_AGAIN:
                continue
            if told_by != call or request.method == "GET" or value in presented:
                self.complaints.append(f"{call} shows {hidden}, which {told_by} told first")

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what the server and what it is made of log; not what its client does."""
        if not record.name.startswith(CLIENTS):
            self._logged.append(self.format(record))

    def search(self, directory: Path | None) -> None:
        """Complain of the tokens that were logged, or are in a file of a directory."""
        values = self._told.keys() | self._presented
        logged = "\n".join(self._logged)
        self._complain_of(values, logged.encode(), "the log")
        for path in () if directory is None else directory.rglob("*"):
            if path.is_file():
                self._complain_of(values, path.read_bytes(), path.name)

    def _complain_of(self, values: set[str], content: bytes, place: str) -> None:
        self.complaints += [
            f"{place} holds {recognising.masked(value)}"
            for value in values
            if value.encode() in content
        ]


@contextmanager
def keeping_secrets(server: Served, directory: Path | None) -> Iterator[Watch]:
    """A watch over a server, with a data directory or none: nothing may come out meanwhile."""
    watch = Watch()
    watch.tell(server.facts)
    server.http.event_hooks = {"response": [watch.look_at]}
    logging.getLogger().addHandler(watch)
    try:
        yield watch
    finally:
        logging.getLogger().removeHandler(watch)
    watch.search(directory)
    assert not watch.complaints, "\n".join(watch.complaints)


def tokens_in(text: str) -> set[str]:
    """The tokens with a prefix that a text holds."""
    return {
        text[found.start : found.end]
        for found in recognising.find(text)
        if found.form is not Form.OLDER
    }


def _authorization(request: httpx.Request) -> set[str]:
    """What is presented that could be somebody's secret, whatever its form."""
    value = request.headers.get("authorization", "").strip().rpartition(" ")[2]
    return {value} if len(value) >= 24 else set()


def _sent(request: httpx.Request) -> str:
    """The body of a request; of one that is sent as a stream there is nothing left to look at."""
    try:
        return _text(request.content)
    except httpx.RequestNotRead:
        return ""


def _text(content: bytes) -> str:
    return content[:LARGEST_READ].decode("utf-8", "replace")
