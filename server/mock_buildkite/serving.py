"""Serving a world over HTTP: the socket, uvicorn, and an end within a second."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import FrameType

import uvicorn

from mock_buildkite.app import Application, create_app
from mock_buildkite.errors import StartupError
from mock_buildkite.opening import open_world
from mock_buildkite.settings import Settings
from mock_buildkite.world import World

KEEP_ALIVE_SECONDS = 120
"""Longer than a heartbeat: an agent must not meet a connection that is just being closed."""

PATIENCE_SECONDS = 0.4
"""How long answers under way have when the server is to end, which takes a second at most."""

WhenServing = Callable[[World, str], None]
"""Told the world and its address once everything is served."""


class Server(uvicorn.Server):
    """A uvicorn that serves one application, and ends its streams before it waits for answers."""

    def __init__(self, application: Application, when_serving: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                application,
                http="httptools",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
            )
        )
        self.application = application
        self._when_serving = when_serving

    async def serve_here(self, listener: socket.socket) -> None:
        """Serve on a socket until `should_exit` is set; signals are left to the program."""
        await self._serve([listener])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve, and say so."""
        await super().startup(sockets)
        self._when_serving()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End every stream, then wait for the other answers: the streams would never end.

        Not for long: a client that never sends the rest of its request gets none.
        """
        self.application.worlds.current.events.close()
        hanging_up = asyncio.get_running_loop().call_later(PATIENCE_SECONDS, self._hang_up)
        await super().shutdown(sockets)
        hanging_up.cancel()

    def _hang_up(self) -> None:
        for connection in list(self.server_state.connections):
            connection.transport.abort()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal for a wish to end; uvicorn would raise it again after a clean end."""
        super().handle_exit(sig, frame)
        self._captured_signals.clear()


def listen(settings: Settings) -> socket.socket:
    """A listening socket on the address that was asked for.

    Raises:
        StartupError: the address is taken, or cannot be had.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        # With its protocol given, asyncio switches TCP_NODELAY on; without, answers take 40 ms.
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        msg = f"{settings.host} cannot be listened on: {error.strerror}"
        raise StartupError(msg) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        msg = f"{settings.host}:{settings.port} cannot be listened on: {error.strerror}"
        raise StartupError(msg) from error
    return listener


def address_of(listener: socket.socket, settings: Settings) -> str:
    """The address to tell people: `--public-url`, else where the socket listens."""
    if settings.public_url is not None:
        return settings.public_url.rstrip("/")
    host = settings.host
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - to be told apart from those one can go to
        host = "127.0.0.1" if host == "0.0.0.0" else "::1"  # noqa: S104
    if ":" in host:
        host = f"[{host}]"
    return f"http://{host}:{listener.getsockname()[1]}"


async def serve(
    settings: Settings,
    when_serving: WhenServing,
    take: Callable[[Server], None] = lambda _server: None,
) -> None:
    """Serve until a signal comes, or somebody sets `should_exit` on the server that `take` got.

    Raises:
        StartupError: the address, the seed or the data directory cannot be had.
    """
    listener = listen(settings)
    url = address_of(listener, settings)
    try:
        async with open_world(settings) as world:
            server = Server(create_app(world), lambda: when_serving(world, url))
            take(server)
            await server.serve(sockets=[listener])
    finally:
        listener.close()


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[tuple[World, str]]:
    """A world and its address, served in the running loop for as long as the block lasts.

    Signals are left to the program.

    Raises:
        StartupError: the address, the seed or the data directory cannot be had.
    """
    listener = listen(settings)
    try:
        async with open_world(settings) as world:
            serving = asyncio.Event()
            server = Server(create_app(world), serving.set)
            task = asyncio.create_task(server.serve_here(listener))
            try:
                await serving.wait()
                yield world, address_of(listener, settings)
            finally:
                server.should_exit = True
                await task
    finally:
        listener.close()
