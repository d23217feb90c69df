"""A repository, real agents, and a builder: all that it takes to run a pipeline for real."""

import subprocess
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.builders import Builder
from tests.clients.agents import Fleet, RealAgent, reaching
from tests.clients.waiting import eventually
from tests.command_line.processes import environment
from tests.server import Served

ENDS = {"passed", "failed", "canceled", "blocked", "not_run"}


def make_repository(folder: Path, files: Mapping[str, str]) -> Path:
    """A git repository with one commit on `main`."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(content))
    who = {
        f"GIT_{role}_{what}": "x" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    commit = ["commit", "-q", "--allow-empty", "-m", "First commit"]
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], commit):
        folder.mkdir(exist_ok=True)
        subprocess.run(["git", *command], cwd=folder, env=environment(who), check=True)  # noqa: S603, S607 - git as it is found
    return folder


class Workshop:
    """Builds of one repository on agents of one release."""

    def __init__(self, server: Served, fleet: Fleet, repository: Path) -> None:
        self.server = server
        self.builder = Builder(server)
        self._fleet = fleet
        self._repository = repository
        self.agents: list[RealAgent] = []

    async def start_agents(self, count: int = 1, *options: str) -> None:
        """Agents that hear of their jobs."""
        reach = reaching(self.server)
        self.agents += [self._fleet.start(*reach, *options) for _ in range(count)]
        for agent in self.agents:
            await agent.is_ready()

    async def build(self, yaml: str, **body: Any) -> dict[str, Any]:
        """A new build of a new pipeline of the repository."""
        name = f"App {len(await self.builder.caller.get(self.builder.path('pipelines'))) + 1}"
        slug = await self.builder.pipeline(yaml, name, repository=str(self._repository))
        return await self.builder.build(slug, **body)

    async def comes_to(self, build: dict[str, Any], *states: str, within_seconds: int = 60) -> str:
        """Wait until a build is in one of some states, or else in none in which it stays."""

        async def look() -> str:
            state = await self.builder.state(build)
            return state if state in {*states, *ENDS} else ""

        def explain() -> str:
            return "the build goes on:\n" + "\n".join(agent.log for agent in self.agents)

        state = await eventually(look, explain, within_seconds=within_seconds)
        assert state in states, await self._logs(build)
        return state

    async def job_comes_to(self, build: dict[str, Any], name: str, *states: str) -> dict[str, Any]:
        """Wait until a job is in one of some states; the job then."""

        async def look() -> dict[str, Any]:
            job = await self.builder.job(build, name)
            return job if job["state"] in states else {}

        def explain() -> str:
            return f"{name} does not come to {states}:\n" + "\n".join(a.log for a in self.agents)

        return await eventually(look, explain, within_seconds=60)

    async def job_prints(self, build: dict[str, Any], name: str, text: str) -> None:
        """Wait until a job's log has a text."""

        async def look() -> bool:
            return text in await self.log(build, name)

        await eventually(look, lambda: f"{name} does not print {text!r}", within_seconds=60)

    async def advance(self, seconds: int, *, silent: bool = False) -> None:
        """Let the world's time pass."""
        body = {"advance_seconds": seconds, "silent": silent}
        (await self.server.http.post("/_mock/clock", json=body)).raise_for_status()

    async def log(self, build: dict[str, Any], name: str) -> str:
        """What a job has printed."""
        return await self._log(await self.builder.job(build, name))

    async def meta_data(self, build: dict[str, Any]) -> dict[str, str]:
        """The meta-data of a build."""
        found: dict[str, str] = (await self.builder.get_build(build))["meta_data"]
        return found

    async def _log(self, job: dict[str, Any]) -> str:
        path = self.builder.path("jobs", job["id"], "log")
        content: str = (await self.builder.caller.get(path))["content"]
        return content

    async def _logs(self, build: dict[str, Any]) -> str:
        jobs = [job for job in await self.builder.jobs(build) if job["type"] == "script"]
        shown = [(job["name"], job["state"], await self._log(job)) for job in jobs]
        return "\n".join(f"--- {name}: {state}\n{log}" for name, state, log in shown)
