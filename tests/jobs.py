"""Jobs at work, and what their commands are told in their name only."""

import json
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlencode

import httpx

from tests.actors import Refused
from tests.builders import Builder, TakenJob, Worker


@dataclass(frozen=True, slots=True)
class Work:
    """What a job is about."""

    pipeline: str = "App"
    cluster_id: str | None = None
    step_key: str | None = "build"
    queue: str = "default"
    branch: str = "main"
    commit: str = "HEAD"
    is_started: bool = True
    timeout_in_minutes: int = 1440


class Job:
    """A job that a worker has taken, asking for itself unless told otherwise."""

    def __init__(self, taken: TakenJob, build: dict[str, Any]) -> None:
        self.taken = taken
        self.uuid = taken.uuid
        self.build = build

    @classmethod
    async def on(
        cls, worker: Worker, work: Work | None = None, builder: Builder | None = None
    ) -> Self:
        """The job of a new build, on the one worker that is idle."""
        work, builder = work or Work(), builder or Builder(worker.server)
        slug = await _pipeline(work, builder)
        build = await builder.build(slug, branch=work.branch, commit=work.commit)
        taken = await worker.take()
        if work.is_started:
            await taken.start()
        return cls(taken, build)

    async def read_secret(self, key: str, of: str | None = None) -> dict[str, str]:
        """`buildkite-agent secret get`."""
        return self._read(await self.ask("GET", f"secrets?{urlencode({'key': key})}", of))

    async def repository_token(
        self, url: str, call: str = "repository_access_token", of: str | None = None
    ) -> str:
        """`buildkite-agent git-credentials-helper get`."""
        return self._read(await self.ask("POST", call, of, {"repo_url": url}))["token"]

    async def oidc_token(self, of: str | None = None, **body: object) -> str:
        """`buildkite-agent oidc request-token`."""
        return self._read(await self.ask("POST", "oidc/tokens", of, body))["token"]

    async def ask(
        self, method: str, call: str, of: str | None = None, body: object = None
    ) -> httpx.Response:
        """Any call about a job."""
        return await self.taken.send(method, f"jobs/{of or self.uuid}/{call}", json=body)

    def _read(self, response: httpx.Response) -> dict[str, str]:
        if not response.is_success:
            raise Refused(response)
        answer: dict[str, str] = response.json()
        return answer


async def _pipeline(work: Work, builder: Builder) -> str:
    """The slug of the pipeline with that name, which is made if need be."""
    for there in await builder.caller.get(builder.path("pipelines")):
        if there["name"] == work.pipeline:
            slug: str = there["slug"]
            return slug
    step = {
        "command": "true",
        "key": work.step_key,
        "timeout_in_minutes": work.timeout_in_minutes,
        "agents": {"queue": work.queue},
    }
    where = {} if work.cluster_id is None else {"cluster_id": work.cluster_id}
    return await builder.pipeline(json.dumps({"steps": [step]}), work.pipeline, **where)
