"""What our server is held against; `python -m bench.reference bare` or `ceiling FOLDER` serves it.

`files FOLDER` takes a file and sends it, as Starlette's documentation has it.

`bare` is one JSON route on Starlette and uvicorn, and imports nothing of ours: its start is
measured too. `ceiling` is the same route with one thing more: it awaits an empty unit of a world
in a data directory, which is the least that any call of ours can cost.
"""

import json
import socket
import sys
from pathlib import Path

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

PATH = "/healthz"
"""Where the one route is: the path that our own start is timed by, too."""
FILE_PATH = "/file"


class Server(uvicorn.Server):
    """A uvicorn that prints its address once it serves, as `mock-buildkite serve --json` does."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve, and say so."""
        await super().startup(sockets)
        for listener in sockets or []:
            print(json.dumps({"url": f"http://127.0.0.1:{listener.getsockname()[1]}"}), flush=True)


async def serve(app: Starlette) -> None:
    """Serve with the settings of `mock_buildkite.serving` until a signal comes."""
    config = uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=120,
    )
    # With its protocol given, asyncio switches TCP_NODELAY on; without, answers take 40 ms.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(2048)
        await Server(config).serve(sockets=[listener])


async def bare() -> None:
    async def route(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    await serve(Starlette(routes=[Route(PATH, route)]))


async def files(folder: Path) -> None:
    uploads: list[Path] = []

    async def upload(request: Request) -> Response:
        # Each in a file of its own, as ours are: to write over one is quicker.
        uploads.append(folder / f"{len(uploads)}.bin")
        with uploads[-1].open("wb") as file:
            async for chunk in request.stream():
                file.write(chunk)
        return Response(status_code=204)

    async def download(_request: Request) -> Response:
        return FileResponse(uploads[-1])

    get = Route(FILE_PATH, download, methods=["GET"])
    await serve(Starlette(routes=[get, Route(FILE_PATH, upload, methods=["POST"])]))


async def ceiling(folder: Path) -> None:
    from mock_buildkite.opening import open_world  # noqa: PLC0415
    from mock_buildkite.settings import Settings  # noqa: PLC0415 - not for `bare`

    async with open_world(Settings(data=folder)) as world:

        async def route(_request: Request) -> Response:
            await world.database.write(lambda _tx: None)
            return JSONResponse({"status": "ok"})

        await serve(Starlette(routes=[Route(PATH, route)]))


def main() -> None:
    match sys.argv[1:]:
        case ["bare"]:
            uvloop.run(bare())
        case ["ceiling", folder]:
            uvloop.run(ceiling(Path(folder)))
        case ["files", folder]:
            uvloop.run(files(Path(folder)))
        case _:
            sys.exit("usage: python -m bench.reference bare | ceiling FOLDER | files FOLDER")


if __name__ == "__main__":
    main()
