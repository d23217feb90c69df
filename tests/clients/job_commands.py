"""What a job's commands run: the agent's subcommands, with the job's own token."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from tests.builders import TakenJob
from tests.clients.agents import Release
from tests.command_line.processes import environment


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended."""

    status: int
    stdout: str
    stderr: str


class JobCommands:
    """The commands of a job, in a folder of their own."""

    def __init__(self, release: Release, job: TakenJob, folder: Path) -> None:
        self._release = release
        self._job = job
        self.folder = folder
        folder.mkdir(exist_ok=True)

    async def run(self, *arguments: str, stdin: str = "") -> Ran:
        """Run `buildkite-agent` with what a job has in its environment."""
        process = await asyncio.create_subprocess_exec(
            self._release.path,
            *arguments,
            cwd=self.folder,
            env=environment(
                {
                    "BUILDKITE_AGENT_ENDPOINT": f"{self._job.worker.server.url}/v3",
                    "BUILDKITE_AGENT_ACCESS_TOKEN": self._job.token,
                    "BUILDKITE_JOB_ID": self._job.uuid,
                    "BUILDKITE_BUILD_ID": self._job.env["BUILDKITE_BUILD_ID"],
                }
            ),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(60):
            stdout, stderr = await process.communicate(stdin.encode())
        return Ran(process.returncode or 0, stdout.decode(), stderr.decode())

    async def succeed(self, *arguments: str, stdin: str = "") -> str:
        """The same, of a command that must succeed; what it printed."""
        ran = await self.run(*arguments, stdin=stdin)
        assert ran.status == 0, ran.stderr
        return ran.stdout
