"""Who makes builds, and the agents that work on their jobs. All of them speak HTTP."""

import gzip
import textwrap
from collections.abc import Iterable
from typing import Any, Self

import httpx

from tests.actors import Agent, Refused
from tests.rest_api.actors import Caller
from tests.server import Served

REPOSITORY = "git@github.com:acme-inc/app.git"


class Builder:
    """A user of the REST API who makes pipelines and builds in an organization."""

    def __init__(
        self, server: Served, api_access_token: str | None = None, organization: str | None = None
    ) -> None:
        facts = server.facts
        self.server = server
        self.organization = organization or facts["organization_slug"]
        self.caller = Caller(server, api_access_token or facts["api_access_token"])

    def path(self, *segments: object) -> str:
        """A path below the organization."""
        return "/".join(["/organizations", self.organization, *map(str, segments)])

    async def pipeline(self, yaml: str, name: str = "App", **body: Any) -> str:
        """A new pipeline with that configuration; its slug."""
        wanted = {"name": name, "repository": REPOSITORY, "configuration": textwrap.dedent(yaml)}
        made = await self.caller.post(self.path("pipelines"), wanted | body)
        slug: str = made["slug"]
        return slug

    async def build(self, slug: str, **body: Any) -> dict[str, Any]:
        """A new build of a pipeline."""
        wanted = {"commit": "HEAD", "branch": "main", **body}
        return await self._post(self.path("pipelines", slug, "builds"), wanted)

    async def build_of(self, yaml: str, **body: Any) -> dict[str, Any]:
        """A new build of a new pipeline, which has the first free name."""
        taken = {each["slug"] for each in await self.caller.get(self.path("pipelines"))}
        name = next(name for name in map("App {}".format, range(1, 99)) if _slug(name) not in taken)
        return await self.build(await self.pipeline(yaml, name), **body)

    async def get_build(self, build: dict[str, Any], **query: Any) -> dict[str, Any]:
        """A build as it is now."""
        found: dict[str, Any] = await self.caller.get(self.caller.to(build["url"]), **query)
        return found

    async def state(self, build: dict[str, Any]) -> str:
        """The state of a build now; `blocked` if it is."""
        found = await self.get_build(build, exclude_jobs="true", exclude_pipeline="true")
        return "blocked" if found["blocked"] else found["state"]

    async def jobs(self, build: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
        """The jobs of a build now."""
        jobs: list[dict[str, Any]] = (await self.get_build(build, **query))["jobs"]
        return jobs

    async def job(self, build: dict[str, Any], name: str) -> dict[str, Any]:
        """The latest job of a build with that step key, name or label, as it is now."""
        found = [job for job in await self.jobs(build) if name in _names(job)]
        assert found, f"no job {name!r} in {[_names(job) for job in await self.jobs(build)]}"
        return found[-1]

    async def job_states(self, build: dict[str, Any]) -> dict[str, str]:
        """The state of each job of a build now, by its step key, label or type."""
        return {_names(job)[0]: job["state"] for job in await self.jobs(build)}

    async def cancel(self, build: dict[str, Any]) -> dict[str, Any]:
        """Cancel a build."""
        return await self._put(self.caller.to(build["url"]) + "/cancel")

    async def rebuild(self, build: dict[str, Any]) -> dict[str, Any]:
        """Another build of the same."""
        return await self._put(self.caller.to(build["url"]) + "/rebuild")

    async def retry(self, job: dict[str, Any]) -> dict[str, Any]:
        """The job that takes another's place."""
        return await self._put(self.path("jobs", job["id"], "retry"))

    async def unblock(self, job: dict[str, Any], **body: Any) -> dict[str, Any]:
        """Release a block or input step."""
        return await self._put(self.path("jobs", job["id"], "unblock"), body)

    async def _post(self, path: str, body: Any) -> dict[str, Any]:
        made: dict[str, Any] = await self.caller.post(path, body)
        return made

    async def _put(self, path: str, body: Any = None) -> dict[str, Any]:
        changed: dict[str, Any] = await self.caller.put(path, body)
        return changed


class Worker(Agent):
    """An agent that takes jobs, as `buildkite-agent` does between its pings."""

    async def start(self, name: str = "worker", **body: Any) -> Self:
        """Register and connect, with a version that has job tokens unless another is given."""
        return await super().start(name, **{"version": "3.137.0", **body})

    async def take(self) -> "TakenJob":
        """The job that the next ping offers, accepted."""
        offered = (await self.ping()).get("job")
        assert offered is not None, "no job is offered"
        return await self.accept(offered["id"])

    async def accept(self, uuid: str) -> "TakenJob":
        """A job that was offered, accepted."""
        return TakenJob(self, await self.call("PUT", f"jobs/{uuid}/accept"))

    async def acquire(self, uuid: str) -> "TakenJob":
        """A job that somebody has named."""
        return TakenJob(self, await self.call("PUT", f"jobs/{uuid}/acquire"))

    async def run(self, exit_status: int = 0, log: str = "") -> "TakenJob":
        """The next job, from its ping to its end."""
        job = await (await self.take()).start()
        if log:
            await job.write(log)
        await job.finish(exit_status)
        return job

    async def run_all(self, exit_status: int = 0) -> list[str]:
        """Whatever is offered, one after another; the commands."""
        commands = []
        while (offered := (await self.ping()).get("job")) is not None:
            job = await (await self.accept(offered["id"])).start()
            await job.finish(exit_status)
            commands.append(job.command)
        return commands


class TakenJob:
    """A job on its agent, and what that sends of it."""

    def __init__(self, worker: Worker, accepted: dict[str, Any]) -> None:
        self.worker = worker
        self.accepted = accepted
        self.uuid: str = accepted["id"]
        self.env: dict[str, str] = accepted["env"]
        self.token: str = accepted.get("token", worker.session_token)
        self._sequence = 0
        self._written = 0

    @property
    def command(self) -> str:
        """What it is to run."""
        return self.env["BUILDKITE_COMMAND"]

    async def start(self) -> Self:
        await self.call("PUT", f"jobs/{self.uuid}/start", {"started_at": "2026-01-01T00:00:00Z"})
        return self

    async def state(self) -> str:
        """What the agent hears when it asks whether it is to go on."""
        state: str = (await self.call("GET", f"jobs/{self.uuid}"))["state"]
        return state

    async def write(self, *chunks: str) -> None:
        """Send chunks of its log."""
        for chunk in chunks:
            content = chunk.encode()
            self._sequence += 1
            response = await self.send(
                "POST",
                f"jobs/{self.uuid}/chunks",
                params={
                    "sequence": self._sequence,
                    "offset": self._written,
                    "size": len(content),
                },
                content=gzip.compress(content),
                headers={"Content-Type": "text/plain", "Content-Encoding": "gzip"},
            )
            if not response.is_success:
                raise Refused(response)
            self._written += len(content)

    async def upload(self, steps: Iterable[Any], uuid: str | None = None, **body: Any) -> Any:
        """`buildkite-agent pipeline upload`."""
        pipeline = {"pipeline": {"steps": list(steps)}, **body}
        pipeline |= {} if uuid is None else {"uuid": uuid}
        return await self.call("POST", f"jobs/{self.uuid}/pipelines?async=true", pipeline)

    async def cancel_step(self, name: str, *, force_after: int | None = None) -> None:
        """`buildkite-agent step cancel`, by a step's key."""
        said = {"force": force_after is not None, "force_grace_period": force_after or 0}
        await self.call("POST", f"steps/{name}/cancel", {"build_id": "", **said})

    async def step(self, name: str, attribute: str, output: str = "") -> str:
        """`buildkite-agent step get`, by a step's key."""
        said = {"attribute": attribute, "format": output}
        shown: str = (await self.call("POST", f"steps/{name}/export", said))["output"]
        return shown

    async def finish(self, exit_status: int = 0, **body: Any) -> None:
        said = {
            "exit_status": str(exit_status),
            "finished_at": "2026-01-01T00:00:00Z",
            "chunks_failed_count": 0,
            **body,
        }
        await self.call("PUT", f"jobs/{self.uuid}/finish", said)

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """Any call of the Agent API in the job's name."""
        return await self.worker.call(method, path, body, self.token)

    async def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """The same, whatever comes of it."""
        headers = {"Authorization": f"Token {self.token}", **options.pop("headers", {})}
        return await self.worker.server.http.request(
            method, f"/v3/{path}", headers=headers, **options
        )


def _names(job: dict[str, Any]) -> list[str]:
    """What a job may be called by, the best first."""
    said = [job.get("step_key"), job.get("label"), job.get("name"), job.get("command")]
    return [each for each in said if each] or [job["type"]]


def _slug(name: str) -> str:
    return name.lower().replace(" ", "-")
