"""The index of a registry's Python packages: upload, simple index, files.

Source: pages/package_registries/ecosystems/python.md of Buildkite's documentation; the upload API
at docs.pypi.org, which twine speaks.
"""

from typing import Self
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from mock_buildkite.exchange import content_encoding, segment, unread_encoding, world_of
from mock_buildkite.forms import Form, FormLimits
from mock_buildkite.package_api import errors, passwords, wire
from mock_buildkite.python_packages import service as packages
from mock_buildkite.python_packages.model import PythonFile, new_file, normalized
from mock_buildkite.refusals import api
from mock_buildkite.registries import tokens
from mock_buildkite.registries.model import Registry, Use
from mock_buildkite.registries.tokens import Presented
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import State, World

PYPI = "/{organization}/{registry}/pypi"
SIMPLE = f"{PYPI}/simple"

FILE_FIELD = "content"
LIMITS = FormLimits(largest_field=1024 * 1024, most_fields=500)
"""A description may be long, and there is a field for each classifier."""
LARGEST_FILE = 1024 * 1024 * 1024


class Door:
    """A registry that a request asks for, with what it presents for it."""

    def __init__(self, request: Request[State], use: Use, presented: Presented | None) -> None:
        self.world: World = world_of(request)
        self._organization = segment(request, "organization")
        self._registry = segment(request, "registry")
        self._use = use
        self._presented = presented

    @classmethod
    async def at(cls, request: Request[State], use: Use) -> Self:
        """The door that a request is at."""
        return cls(request, use, await passwords.presented(request))

    @property
    def address(self) -> str:
        """The path of the index."""
        return "/packages" + PYPI.format(
            organization=quote(self._organization, safe=""), registry=quote(self._registry, safe="")
        )

    def open(self, tx: Transaction) -> Registry:
        """The registry, if it has an index and this request may use it."""
        names = (self._organization, self._registry)
        registry = tokens.admit(tx, self.world, self._presented, *names, self._use)
        packages.require_python(registry)
        return registry


async def upload(request: Request[State]) -> Response:
    """POST a file, as twine does."""
    door = await Door.at(request, Use.PUBLISH)
    world = door.world
    await world.database.write(door.open)
    if content_encoding(request) != "identity":
        raise unread_encoding(content_encoding(request))
    form = Form(request.headers.get("content-type"), request.stream(), FILE_FIELD, LIMITS)
    fields = await form.fields()
    new = new_file(fields, form.filename)
    await world.database.write(lambda tx: packages.require_new(tx, door.open(tx), new))
    algorithms = packages.ALGORITHMS
    async with world.blobs.receive(world.ids.uuid(), LARGEST_FILE, algorithms) as incoming:
        async for piece in form.pieces():
            await incoming.write(piece)
        await incoming.finish()
        await world.database.write(lambda tx: packages.record(tx, door.open(tx), new, incoming))
        await incoming.keep()
    return Response(status_code=200)


async def list_projects(request: Request[State]) -> Response:
    """GET the packages of a registry."""
    door = await Door.at(request, Use.INSTALL)
    names = await door.world.database.write(lambda tx: packages.list_projects(tx, door.open(tx)))
    return wire.projects(f"{door.address}/simple/", names, request.headers.get("accept", ""))


async def list_files(request: Request[State]) -> Response:
    """GET the files of a package."""
    door, name = await Door.at(request, Use.INSTALL), segment(request, "project")
    found = await door.world.database.write(lambda tx: packages.list_files(tx, door.open(tx), name))
    accept = request.headers.get("accept", "")
    return wire.files(f"{door.address}/files/", normalized(name), found, accept)


async def download(request: Request[State]) -> Response:
    """GET a file."""
    door, filename = await Door.at(request, Use.INSTALL), segment(request, "filename")

    def unit(tx: Transaction) -> PythonFile:
        return packages.require_file(tx, door.open(tx), filename)

    found = await door.world.database.write(unit)
    return FileResponse(
        door.world.blobs.path(found.file),
        headers={"ETag": f'"{found.sha256sum}"', "X-Content-Type-Options": "nosniff"},
        media_type="application/octet-stream",
        filename=found.filename,
        stat_result=door.world.blobs.stat(found.file),
    )


app = api(
    [
        # Tools write a slash at the end or none. A redirect would lose what they present.
        Route(PYPI, upload, methods=["POST"]),
        Route(f"{PYPI}/", upload, methods=["POST"]),
        Route(SIMPLE, list_projects),
        Route(f"{SIMPLE}/", list_projects),
        Route(f"{SIMPLE}/{{project}}", list_files),
        Route(f"{SIMPLE}/{{project}}/", list_files),
        Route(f"{PYPI}/files/{{filename}}", download),
    ],
    errors.encode,
)
