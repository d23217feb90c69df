"""Who makes registries in the tests, and the files that are put there."""

import base64
import hashlib
import io
import zipfile
from dataclasses import dataclass
from typing import Any

import httpx

from tests.rest_api.actors import Caller
from tests.server import Served


def wheel(name: str = "banana", version: str = "1.0") -> tuple[str, bytes]:
    """The name and the content of a wheel with one module, which says its version."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": f"VERSION = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
    }
    record = "".join(
        f"{path},sha256={_record_digest(content)},{len(content)}\n"
        for path, content in files.items()
    )
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n"
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for path, content in files.items():
            archive.writestr(zipfile.ZipInfo(path), content)  # always of the same day
    return f"{name}-{version}-py3-none-any.whl", written.getvalue()


def _record_digest(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def basic(password: str, user: str = "buildkite") -> dict[str, str]:
    """The header of a user with a password."""
    encoded = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {encoded}"}


def bearer(value: str) -> dict[str, str]:
    """The header of a bearer."""
    return {"Authorization": f"Bearer {value}"}


@dataclass(frozen=True, slots=True)
class Registry:
    """A registry: where it is in REST, and where its index is."""

    caller: Caller
    organization: str
    facts: dict[str, Any]

    @property
    def server(self) -> Served:
        return self.caller.server

    @property
    def path(self) -> str:
        """In the REST API."""
        slug = self.facts["slug"]
        return f"/packages/organizations/{self.organization}/registries/{slug}"

    @property
    def index(self) -> str:
        """Of its Python packages."""
        return f"/packages/{self.organization}/{self.facts['slug']}/pypi"

    async def create_token(self, description: str = "Usher") -> dict[str, Any]:
        """A registry token: `id` and `token`."""
        made: dict[str, Any] = await self.caller.post(
            f"{self.path}/tokens", {"description": description}
        )
        return made

    async def temporary_token(self, use: str) -> str:
        """A token of five minutes."""
        path = f"/_mock/registries/{self.organization}/{self.facts['slug']}/temporary-tokens"
        response = await self.server.http.post(path, json={"for": use})
        value: str = response.json()["value"]
        return value

    async def upload(
        self,
        file: tuple[str, bytes] | None = None,
        headers: dict[str, str] | None = None,
        **fields: str,
    ) -> httpx.Response:
        """Upload a file as twine does, as the one who made the registry unless told otherwise."""
        filename, content = file or wheel()
        said = {
            ":action": "file_upload",
            "protocol_version": "1",
            "name": "banana",
            "version": "1.0",
            "sha256_digest": hashlib.sha256(content).hexdigest(),
            **fields,
        }
        return await self.server.http.post(
            self.index,
            data=said,
            files={"content": (filename, content)},
            headers=basic(self.caller.api_access_token) if headers is None else headers,
        )

    async def look(
        self, headers: dict[str, str] | None = None, project: str | None = "banana"
    ) -> httpx.Response:
        """Read the simple index, with nothing unless told otherwise."""
        path = f"{self.index}/simple/" + ("" if project is None else f"{project}/")
        return await self.server.http.get(path, headers=headers or {})


class RegistryMaker:
    """A user who makes registries over REST."""

    def __init__(self, caller: Caller, organization: str) -> None:
        self.caller = caller
        self.organization = organization
        self.registries = f"/packages/organizations/{organization}/registries"

    async def make(self, name: str = "Fruits", ecosystem: str = "python", **more: Any) -> Registry:
        """A registry."""
        given = {"name": name, "ecosystem": ecosystem, **more}
        return Registry(
            self.caller, self.organization, await self.caller.post(self.registries, given)
        )
