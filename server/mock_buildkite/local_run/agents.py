"""The real agents of a run: how they are started, apart from all others, and ended for sure."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from msgspec import Struct

from mock_buildkite.local_run.executable import NAME, Executable, surroundings

PATIENCE_SECONDS = 5
"""How long agents have to leave by themselves once no job is left."""

LINES_TOLD = 5


class Group(Struct, frozen=True):
    """Agents that are alike, in one process."""

    name: str
    tags: tuple[str, ...]
    count: int


class Agents:
    """All agents of a run. Everything that they write lies in the run's folder."""

    def __init__(
        self, executable: Executable, folder: Path, when_one_ends: Callable[[], None]
    ) -> None:
        self._executable = executable
        self._folder = folder
        self._when_one_ends = when_one_ends
        self._processes: dict[Group, asyncio.subprocess.Process] = {}
        self._watchers: list[asyncio.Task[None]] = []

    @asynccontextmanager
    async def at_work(
        self, groups: list[Group], endpoint: str, agent_token: str
    ) -> AsyncIterator[None]:
        """Agents of these groups, for as long as the block lasts.

        They leave by themselves, unless the block is broken off: then their jobs may go on.
        """
        self._make_folders()
        signals = [signal.SIGTERM, signal.SIGKILL]
        try:
            for group in groups:
                process = await self._start(group, endpoint, agent_token)
                self._processes[group] = process
                self._watchers.append(asyncio.create_task(self._watch(process)))
            yield
        except BaseException:
            signals.remove(signal.SIGTERM)
            raise
        finally:
            await self._end(signals)

    @property
    def groups(self) -> list[Group]:
        """Those that could take a job."""
        return [group for group, process in self._processes.items() if process.returncode is None]

    def last_words(self) -> str:
        """What the agents that have ended said last."""
        ended = [group for group, process in self._processes.items() if process.returncode]
        lines = [
            line
            for group in ended
            for line in self._log(group).read_text(errors="replace").splitlines()[-LINES_TOLD:]
        ]
        return "\n".join(lines)

    def _make_folders(self) -> None:
        for name in ("bin", "builds", "hooks", "plugins", "sockets", "tmp"):
            (self._folder / name).mkdir()
        (self._folder / "bin" / NAME).symlink_to(self._executable.path)
        (self._folder / "agent.cfg").touch()

    async def _start(
        self, group: Group, endpoint: str, agent_token: str
    ) -> asyncio.subprocess.Process:
        folder = self._folder
        environment = surroundings()
        environment |= {
            # The first, so that jobs call the very agent that runs them.
            "PATH": f"{folder / 'bin'}{os.pathsep}{environment.get('PATH', os.defpath)}",
            "TMPDIR": str(folder / "tmp"),
            # Not among the arguments, where every user of the machine could read it.
            "BUILDKITE_AGENT_TOKEN": agent_token,
        }
        options = {
            "--config": folder / "agent.cfg",
            "--endpoint": endpoint,
            "--name": f"{group.name}-%spawn",
            "--spawn": group.count,
            "--tags": ",".join(group.tags),
            **{
                f"--{name}-path": folder / directory
                for name, directory in (
                    ("build", "builds"),
                    ("hooks", "hooks"),
                    ("plugins", "plugins"),
                    ("sockets", "sockets"),
                )
            },
        }
        arguments = [str(word) for option in options.items() for word in option]
        with self._log(group).open("wb") as log:
            return await asyncio.create_subprocess_exec(
                folder / "bin" / NAME,
                "start",
                *arguments,
                "--no-ssh-keyscan",  # it would write to the known hosts of the person
                cwd=folder,
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is not for them
            )

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        await process.wait()
        self._when_one_ends()

    async def _end(self, signals: list[signal.Signals]) -> None:
        for number in signals:
            for process in self._processes.values():
                if process.returncode is None:
                    with suppress(ProcessLookupError):
                        os.killpg(process.pid, number)
            if self._watchers:
                await asyncio.wait(self._watchers, timeout=PATIENCE_SECONDS)

    def _log(self, group: Group) -> Path:
        return self._folder / f"{group.name}.log"
