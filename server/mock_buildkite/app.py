"""The ASGI application: which API a request belongs to, decided on its raw path."""

from urllib.parse import quote

from starlette.types import ASGIApp, Receive, Scope, Send

from mock_buildkite import guard
from mock_buildkite.agent_api import errors as agent_errors
from mock_buildkite.apis import APIS
from mock_buildkite.errors import NotFoundError
from mock_buildkite.world import World, Worlds


def create_app(world: World) -> "Application":
    """The ASGI application that serves a world, and those that follow it when it is reset."""
    return Application(world)


class Application:
    """Looks at a request once, and hands it to its API."""

    def __init__(self, world: World) -> None:
        self.worlds = Worlds(world)
        self._state = {"worlds": self.worlds}
        self._settings = world.settings
        self._serve: ASGIApp = self._dispatch
        if world.settings.cors:
            from starlette.middleware.cors import CORSMiddleware  # noqa: PLC0415 - rarely wanted

            self._serve = CORSMiddleware(
                self._dispatch, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"]
            )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection of an ASGI server."""
        is_control = guard.is_control(scope.get("path", ""))  # whatever `--cors` allows
        await (self._dispatch if is_control else self._serve)(scope, receive, send)

    async def _dispatch(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        # Servers decode `path`; a slash or a dot inside a segment is there in the raw one only.
        raw_path: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
        path = raw_path.decode("latin-1")
        entry = APIS.get(path[1:].partition("/")[0])
        api = None if entry is None else entry.api or await entry.imported_aside()
        encode = agent_errors.encode if api is None else api.encode
        refusal = guard.refusal(scope, path, self._settings)
        if refusal is None and api is None:
            refusal = NotFoundError("Not found")
        if refusal is not None:
            await encode(refusal)(scope, receive, send)
            return
        if not self.worlds.is_settled:
            await self.worlds.settled()
        assert api is not None  # noqa: S101 - refused above
        scope["state"] = self._state
        scope["path"] = path
        scope["root_path"] = api.root_path
        await api.app(scope, receive, send)


async def _live(receive: Receive, send: Send) -> None:
    """Tell an ASGI server that there is nothing to wait for: the world is open already."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
