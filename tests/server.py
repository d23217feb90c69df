"""Servers for tests: the application in process, or the whole server on a port."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx

from mock_buildkite import introducing
from mock_buildkite.app import Application, create_app
from mock_buildkite.clock import Clock
from mock_buildkite.opening import open_world
from mock_buildkite.serving import Server, listen
from mock_buildkite.settings import Settings


@dataclass(frozen=True, slots=True)
class Served:
    """A server as its clients see it: an address and what `--json` prints; and its application."""

    http: httpx.AsyncClient
    facts: dict[str, Any]
    application: Application

    @property
    def url(self) -> str:
        url: str = self.facts["url"]
        return url


@asynccontextmanager
async def serve_in_process(settings: Settings, clock: Clock) -> AsyncIterator[Served]:
    """The application without a socket."""
    url = "http://127.0.0.1:5483"
    async with open_world(settings, clock=clock) as world:
        application = create_app(world)
        transport = httpx.ASGITransport(application, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=url) as http:
            yield Served(http, introducing.facts(world, url), application)


@asynccontextmanager
async def serve_on_a_socket(settings: Settings, clock: Clock) -> AsyncIterator[Served]:
    """The server as it runs, on a free port, in the test's event loop."""
    settings = replace(settings, port=0)
    listener = listen(settings)
    host, port = listener.getsockname()[:2]
    url = f"http://{host}:{port}"
    serving: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    async with open_world(settings, clock=clock) as world:
        server = Server(create_app(world), lambda: serving.set_result(None))
        task = asyncio.create_task(server.serve_here(listener))
        try:
            await asyncio.wait({serving, task}, return_when=asyncio.FIRST_COMPLETED)
            async with httpx.AsyncClient(base_url=url, timeout=10) as http:
                yield Served(http, introducing.facts(world, url), server.application)
        finally:
            server.should_exit = True
            await task
            listener.close()
