"""What a watch hears of the servers of a test, however they are made and whoever calls them.

Where the test's own process serves, that is every exchange of every application, and the content of
every database and of the folder it lies in before it is closed; nothing of that is changed. Of a
server in another process it is what it logged, what its data directory has in the end, and what it
answers to the clients that a watch may `overhear`.
"""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from mock_buildkite.app import Application
from mock_buildkite.storage.database import Database
from tests.secrecy import Exchange, Watch

LARGEST_READ = 1024 * 1024
"""Of a body that is larger the beginning is looked at: it is a file."""
VALUES = ("agent_token", "unclustered_agent_token", "api_access_token")
"""What a server's facts have of each organization."""

_watches: list[Watch] = []


@contextmanager
def keeping_secrets() -> Iterator[Watch]:
    """A watch over all servers of a test: nothing may come out meanwhile."""
    watch = Watch()
    with pytest.MonkeyPatch.context() as patch:
        _overhear_applications(watch, patch)
        _search_databases(watch, patch)
        logging.getLogger().addHandler(watch)
        _watches.append(watch)
        try:
            yield watch
        finally:
            _watches.remove(watch)
            logging.getLogger().removeHandler(watch)
    watch.conclude()


def overhear(client: httpx.AsyncClient) -> None:
    """Have the answers looked at that a client gets from a server in another process."""

    async def look_at(answer: httpx.Response) -> None:
        if answer.headers.get("content-type", "").startswith("application/grpc"):
            return  # a stream, which may never end
        await answer.aread()
        for watch in _watches:
            watch.look_at(_of(answer))

    client.event_hooks = {"response": [look_at]}


def tell(facts: dict[str, Any]) -> None:
    """Take note of what a server in another process printed."""
    for watch in _watches:
        for organization in facts["organizations"]:
            watch.tell(*(organization[name] for name in VALUES))


def search_what_is_left(printed: str, data: Path | None = None) -> None:
    """Search what a server in another process printed, and its data directory."""
    # Without a test's watch the server is one for many tests, and is answered for here.
    watches = list(_watches) or [Watch()]
    for watch in watches:
        watch.search("what it printed", printed.encode())
        if data is not None:
            watch.search_folder(data)
        if watch not in _watches:
            watch.conclude()


def _overhear_applications(watch: Watch, patch: pytest.MonkeyPatch) -> None:
    serve = Application.__call__

    async def serve_overheard(
        self: Application, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if scope["type"] != "http":
            await serve(self, scope, receive, send)
            return
        for organization in self.worlds.current.introduction:
            watch.tell(*(getattr(organization, name) for name in VALUES))
        ear = _Ear(scope, receive, send)
        try:
            await serve(self, scope, ear.receive, ear.send)
        finally:
            watch.look_at(ear.exchange())

    patch.setattr(Application, "__call__", serve_overheard)


def _search_databases(watch: Watch, patch: pytest.MonkeyPatch) -> None:
    close = Database.close

    def search(connection: sqlite3.Connection) -> None:
        path = connection.execute("pragma database_list").fetchone()["file"]
        if path:
            watch.search_folder(Path(path).parent)
        else:
            watch.search("the database", connection.serialize())

    async def close_searched(self: Database) -> None:
        try:
            if not self._closed:
                await self.read(lambda tx: search(tx._connection))  # noqa: SLF001 - its very bytes
        finally:
            await close(self)

    patch.setattr(Database, "close", close_searched)


class _Ear:
    """Hears what goes through an application."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._call = f"{scope['method']} {scope['path']}"
        self._asked_with = scope["headers"]
        self._receive = receive
        self._send = send
        self._sent = bytearray()
        self._answered = bytearray()
        self._headers: list[tuple[bytes, bytes]] = []

    async def receive(self) -> Message:
        message = await self._receive()
        if len(self._sent) < LARGEST_READ:
            self._sent += message.get("body", b"")
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._headers = list(message.get("headers", []))
        elif len(self._answered) < LARGEST_READ:
            self._answered += message.get("body", b"")
        await self._send(message)

    def exchange(self) -> Exchange:
        authorizations = [
            value.decode("latin-1")
            for name, value in self._asked_with
            if name.lower() == b"authorization"
        ]
        return Exchange(
            call=self._call,
            authorizations=tuple(authorizations),
            sent=bytes(self._sent),
            headers=repr(self._headers),
            answered=bytes(self._answered),
            is_kept_by_nobody=(b"cache-control", b"no-store") in self._headers,
        )


def _of(answer: httpx.Response) -> Exchange:
    request = answer.request
    try:
        sent = request.content
    except httpx.RequestNotRead:  # sent as a stream, of which nothing is left
        sent = b""
    return Exchange(
        call=f"{request.method} {request.url.path}",
        authorizations=tuple(request.headers.get_list("authorization")),
        sent=sent[:LARGEST_READ],
        headers=repr(answer.headers.multi_items()),
        answered=answer.content[:LARGEST_READ],
        is_kept_by_nobody=answer.headers.get("cache-control") == "no-store",
    )
