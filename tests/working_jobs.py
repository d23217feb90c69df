"""Jobs at work, and what their commands send."""

from typing import Any

import httpx

from tests.actors import Administrator, Refused
from tests.builders import Builder, TakenJob, Worker
from tests.server import Served

STEPS = "steps: [{command: make}]"


class WorkingJob:
    """A job that an agent has started, of a build that can be looked at."""

    def __init__(self, taken: TakenJob, build: dict[str, Any], builder: Builder) -> None:
        self.server = builder.server
        self.taken = taken
        self.uuid = taken.uuid
        self.token = taken.token
        self.builder = builder
        self.build = build
        self.build_uuid: str = build["id"]
        self._uploads = 0

    @property
    def build_path(self) -> str:
        """Where its build is in the REST API."""
        return self.builder.caller.to(self.build["url"])

    @property
    def path(self) -> str:
        """Where it is itself, in its build."""
        return f"{self.build_path}/jobs/{self.uuid}"

    @property
    def path_alone(self) -> str:
        """The same without its build."""
        return self.builder.path("jobs", self.uuid)

    async def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Any request of the Agent API, with the token that the job's commands have."""
        headers = {"Authorization": f"Token {self.token}", **options.pop("headers", {})}
        return await self.server.http.request(method, f"/v3/{path}", headers=headers, **options)

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        response = await self.send(method, path, json=body)
        if not response.is_success:
            raise Refused(response)
        return response.json()

    async def end(self) -> None:
        """Be finished."""
        await self.taken.finish()

    async def neighbor(self) -> "WorkingJob":
        """Another job of the same build, on another agent."""
        self._uploads += 1
        await self.taken.upload(
            [{"command": "make more", "depends_on": []}], f"upload {self._uploads}"
        )
        taken = await _take(self.server, self.taken.worker.agent_token)
        return WorkingJob(taken, self.build, self.builder)


async def working_job(
    server: Served,
    agent_token: str | None = None,
    version: str = "3.137.0",
    of_build: dict[str, Any] | None = None,
    builder: Builder | None = None,
    **pipeline: Any,
) -> WorkingJob:
    """The one job of a new build of a new pipeline, on a new agent."""
    builder = builder or Builder(server)
    there = await builder.caller.get(builder.path("pipelines"))
    slug = await builder.pipeline(STEPS, f"App {len(there)}", **pipeline)
    build = await builder.build(slug, **(of_build or {}))
    return WorkingJob(await _take(server, agent_token, version), build, builder)


async def job_of_another_cluster(server: Served) -> WorkingJob:
    """A job of the same organization, in a cluster of its own."""
    made = await Administrator(server).seed(
        {"organizations": [{"slug": "sandbox", "clusters": [{"name": "Other"}]}]}
    )
    [cluster] = made["organizations"][0]["clusters"]
    [agent_token] = cluster["agent_tokens"]
    return await working_job(server, agent_token["value"], cluster_id=cluster["uuid"])


async def job_of_another_organization(server: Served) -> WorkingJob:
    """A job of an organization that has nothing to do with the first."""
    made = await Administrator(server).seed({"organizations": [{"slug": "rival"}]})
    [rival] = made["organizations"]
    builder = Builder(server, rival["api_access_token"], "rival")
    return await working_job(server, rival["agent_token"], builder=builder)


async def _take(
    server: Served, agent_token: str | None = None, version: str = "3.137.0"
) -> TakenJob:
    worker = await Worker(server, agent_token).start(version=version)
    return await (await worker.take()).start()
