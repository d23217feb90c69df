"""A job whose agent uploads artifacts and finds those of others."""

import hashlib
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx

from tests.actors import Refused
from tests.builders import Builder, TakenJob, Worker
from tests.server import Served

STEPS = "steps: [{command: make, key: make, label: ':hammer: Make'}]"
REQUEST_ID = "6c0b6e6f-9f3b-4a3e-8f41-000000000001"


def announced(path: str, content: bytes = b"", /, **changes: Any) -> dict[str, Any]:
    """What an agent says of a file."""
    return {
        "id": "",
        "path": path,
        "absolute_path": f"/builds/{path}",
        "glob_path": "",
        "file_size": len(content),
        "sha1sum": hashlib.sha1(content, usedforsecurity=False).hexdigest(),
        "sha256sum": hashlib.sha256(content).hexdigest(),
        "job_id": "",
        "created_at": "0001-01-01T00:00:00Z",
        "content_type": "text/plain",
        **changes,
    }


class Uploader:
    """What an agent does with the files of its job."""

    def __init__(self, job: TakenJob) -> None:
        self.job = job
        self.server = job.worker.server
        self.http = self.server.http
        self.build_uuid = job.env["BUILDKITE_BUILD_ID"]
        self._batches = 0
        self._uploads = 0

    async def create(
        self,
        *artifacts: dict[str, Any],
        request_id: str | None = None,
        of: str | None = None,
        **batch: Any,
    ) -> Any:
        """Announce artifacts, of its own job or another."""
        self._batches += 1
        body = {
            "id": request_id or f"{self.job.uuid}/{self._batches}",
            "artifacts": artifacts,
            "upload_destination": "",
            **batch,
        }
        return await self.job.call("POST", f"jobs/{of or self.job.uuid}/artifacts", body)

    async def send_form(
        self, created: Any, path: str, content: bytes, **options: Any
    ) -> httpx.Response:
        """Upload a file as the template of instructions says."""
        instructions = created["upload_instructions"]
        action = instructions["action"]
        url = urlunsplit(urlsplit(action["url"])._replace(path=action["path"]))
        data = {
            name: value.replace("${artifact:path}", path)
            for name, value in instructions["data"].items()
        }
        files = {action["file_input"]: (path, content)}
        return await self.http.request(
            action["method"], url, **{"data": data, "files": files, **options}
        )

    async def send_part(self, action: dict[str, Any], content: bytes) -> httpx.Response:
        """Upload a part."""
        headers = {"Content-Type": "text/plain"}
        return await self.http.request(
            action["method"], action["url"], content=content, headers=headers
        )

    async def report(
        self, *uuids: str, state: str = "finished", of: str | None = None, **more: Any
    ) -> Any:
        """Say what has become of artifacts."""
        states = [{"id": uuid, "state": state, **more} for uuid in uuids]
        path = f"jobs/{of or self.job.uuid}/artifacts"
        return await self.job.call("PUT", path, {"artifacts": states})

    async def upload(self, path: str, content: bytes = b"content", **changes: Any) -> str:
        """Announce, upload and finish a file; its id."""
        created = await self.create(announced(path, content, **changes))
        response = await self.send_form(created, path, content)
        assert response.status_code == 204, response.text
        [uuid] = created["artifact_ids"]
        assert await self.report(uuid) == {}
        return str(uuid)

    async def search(
        self, query: str, scope: str | None = None, *, of: str | None = None, **more: str
    ) -> list[dict[str, Any]]:
        """What `buildkite-agent artifact download` finds."""
        parameters = {"query": query, "state": "finished", **more}
        if scope is not None:
            parameters["scope"] = scope
        path = f"builds/{of or self.build_uuid}/artifacts/search"
        response = await self.job.send("GET", path, params=parameters)
        if not response.is_success:
            raise Refused(response)
        found: list[dict[str, Any]] = response.json()
        return found

    async def paths(self, query: str, scope: str | None = None, **more: str) -> list[str]:
        """The paths of what is found, in order."""
        return sorted(each["path"] for each in await self.search(query, scope, **more))

    async def download(self, path: str) -> bytes:
        """The content of the one artifact with that path."""
        [found] = await self.search(path)
        response = await self.http.get(found["url"])
        assert response.status_code == 200, response.text
        return response.content

    async def neighbor(self, **step: Any) -> "Uploader":
        """The agent of another job of the same build."""
        [neighbor] = await self.neighbors(1, **step)
        return neighbor

    async def neighbors(self, count: int, **step: Any) -> "list[Uploader]":
        """The agents of the jobs of another step, which the job uploads."""
        self._uploads += 1
        await self.job.upload([{"command": "true", "depends_on": [], **step}], str(self._uploads))
        token = self.job.worker.agent_token
        return [Uploader(await take(self.server, token)) for _ in range(count)]


async def uploader_of(
    server: Served, agent_token: str | None = None, builder: Builder | None = None, **body: Any
) -> Uploader:
    """The agent of the one job of a new build."""
    builder = builder or Builder(server)
    slug = await builder.pipeline(STEPS, f"App {await _number_of_pipelines(builder)}", **body)
    await builder.build(slug)
    return Uploader(await take(server, agent_token))


async def take(server: Served, agent_token: str | None = None) -> TakenJob:
    """The next job, on an agent of its own."""
    worker = await Worker(server, agent_token).start()
    return await (await worker.take()).start()


async def _number_of_pipelines(builder: Builder) -> int:
    return len(await builder.caller.get(builder.path("pipelines")))
