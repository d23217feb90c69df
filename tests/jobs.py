"""What the commands of a job ask for in its name: secrets, and what it can prove of itself."""

from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlencode

import httpx

from mock_buildkite.builds.model import NewBuild
from mock_buildkite.jobs.lifecycle import JobState
from tests.actors import Agent, Refused
from tests.planted_jobs import WorkingJob, plant_job


@dataclass(frozen=True, slots=True)
class Work:
    """What a job is about."""

    pipeline: str = "app"
    step_key: str | None = "build"
    state: JobState = JobState.RUNNING
    build: NewBuild = field(default_factory=NewBuild)


class Job:
    """A job that an agent works on, asking for itself unless told otherwise."""

    def __init__(self, working: WorkingJob) -> None:
        self.working = working
        self.uuid = working.uuid

    @classmethod
    async def on(cls, agent: Agent, work: Work | None = None) -> Self:
        """A job on an agent that is there."""
        work = work or Work()
        working = await plant_job(
            agent,
            state=work.state,
            slug=work.pipeline,
            new=work.build,
            step_key=work.step_key,
        )
        return cls(working)

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
        return await self.working.send(method, f"jobs/{of or self.uuid}/{call}", json=body)

    def _read(self, response: httpx.Response) -> dict[str, str]:
        if not response.is_success:
            raise Refused(response)
        answer: dict[str, str] = response.json()
        return answer
