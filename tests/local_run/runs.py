"""Projects in git, and `mock-buildkite run` as people have it: a process in a project's folder."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests import overhearing
from tests.command_line.processes import MODULE, environment

PATIENCE_SECONDS = 60
LOOK_AGAIN_AFTER_SECONDS = 0.05
PIPELINE = ".buildkite/pipeline.yml"
SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\r")


@dataclass(frozen=True, slots=True)
class Project:
    """A git repository."""

    root: Path

    @classmethod
    def made_in(cls, root: Path) -> "Project":
        root.mkdir()
        project = cls(root)
        project.git("init", "--quiet", "--initial-branch", "main")
        return project

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def commit(self, files: Mapping[str, str], message: str = "Change it") -> str:
        """Commit files; the commit's name."""
        for name, text in files.items():
            self.write(name, text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def has_pipeline(self, *steps: Any, **more: Any) -> str:
        """Commit a pipeline."""
        return self.commit({PIPELINE: json.dumps({"steps": steps, **more})}, "Add a pipeline")

    def git(self, *arguments: str) -> str:
        answer = subprocess.run(  # noqa: S603 - git
            ["git", *arguments],  # noqa: S607
            cwd=self.root,
            env=environment(IDENTITY),
            capture_output=True,
            text=True,
            check=True,
        )
        return answer.stdout.strip()


IDENTITY = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    **{
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "Ada"), ("EMAIL", "ada@acme.example"))
    },
}


@dataclass(frozen=True, slots=True)
class Ran:
    """How a run ended."""

    status: int
    stdout: str
    stderr: str

    def of(self, job: str) -> list[str]:
        """What a job printed, line by line."""
        found = [line.partition(" | ") for line in self.stdout.splitlines()]
        return [text for name, separator, text in found if separator and name.strip() == job]


class RunningRun:
    """A run under way, whose output can be waited for."""

    def __init__(self, process: subprocess.Popen[bytes], output: int | None) -> None:
        self.process = process
        self._terminal = output
        self._seen = b""

    @property
    def output(self) -> str:
        return SEQUENCE.sub("", self._seen.decode(errors="replace"))

    @property
    def raw_output(self) -> str:
        return self._seen.decode(errors="replace")

    def shows(self, text: str) -> None:
        """Wait for a text."""
        deadline = time.perf_counter() + PATIENCE_SECONDS
        while text not in self.output:
            assert time.perf_counter() < deadline, self.output
            assert self._read() or text in self.output, self.output

    def types(self, text: str) -> None:
        """Type on its terminal."""
        assert self._terminal is not None
        os.write(self._terminal, text.encode())

    def interrupt(self, number: int = signal.SIGINT) -> None:
        self.process.send_signal(number)

    def exit_status(self) -> int:
        while self._read():
            pass
        return self.process.wait(PATIENCE_SECONDS)

    def _read(self) -> bool:
        source = self._terminal
        if source is None:
            assert self.process.stdout is not None
            source = self.process.stdout.fileno()
        piece = b""
        assert select.select([source], [], [], PATIENCE_SECONDS)[0], self.output
        with suppress(OSError):  # how a terminal says that its program has ended
            piece = os.read(source, 65536)
        self._seen += piece
        return bool(piece)


class Runner:
    """Runs a project, and sees to it that nothing is left behind."""

    def __init__(self, project: Project, home: Path, temporary: Path, agent: Path | None) -> None:
        self.project = project
        self.agent = agent
        self.home = home
        self.temporary = temporary
        self.home.mkdir()

    def run(
        self,
        *options: object,
        variables: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> Ran:
        """Run to the end."""
        ran = subprocess.run(  # noqa: S603 - our own program
            self._command(options),
            cwd=folder or self.project.root,
            env=self._environment(variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        assert self.leftovers() == []
        overhearing.search_what_is_left(ran.stdout + ran.stderr)
        return Ran(ran.returncode, ran.stdout, ran.stderr)

    @contextmanager
    def start(
        self, *options: object, variables: Mapping[str, str] | None = None
    ) -> Iterator[RunningRun]:
        """Run without a terminal; what it prints is read while it runs."""
        with subprocess.Popen(  # noqa: S603 - our own program
            self._command(options),
            cwd=self.project.root,
            env=self._environment(variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process:
            try:
                yield RunningRun(process, None)
            finally:
                process.kill()

    @contextmanager
    def start_on_a_terminal(
        self, *options: object, variables: Mapping[str, str] | None = None
    ) -> Iterator[RunningRun]:
        """Run on a terminal of its own."""
        ours, its = pty.openpty()
        with subprocess.Popen(  # noqa: S603 - our own program
            ["setsid", "--ctty", *self._command(options)],  # noqa: S607 - the system's
            cwd=self.project.root,
            env=self._environment(variables),
            stdin=its,
            stdout=its,
            stderr=its,
        ) as process:
            os.close(its)
            try:
                yield RunningRun(process, ours)
            finally:
                process.kill()
                os.close(ours)

    def is_running(self, command: str) -> bool:
        """Whether any process on the machine is that command."""
        listed = subprocess.run(
            ["ps", "-Ao", "args="],  # noqa: S607 - the system's
            capture_output=True,
            text=True,
            check=True,
        )
        return command in listed.stdout.splitlines()

    def answers(self, url: str) -> int:
        """The status that an address answers with."""
        return httpx.get(url, trust_env=False).status_code

    def help(self) -> str:
        """What the agent says that it can do."""
        assert self.agent is not None
        command = [str(self.agent), "--help"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603

    def leftovers(self) -> list[str]:
        """Files in the temporary folder, and processes that came of it."""
        files = [str(path) for path in self.temporary.iterdir()]
        mark = str(self.temporary).encode()
        processes = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if process.name != str(os.getpid()) and mark in (process / "environ").read_bytes():
                    processes.append((process / "cmdline").read_bytes().decode(errors="replace"))
        return files + processes

    def _command(self, options: tuple[object, ...]) -> list[str]:
        agent = [] if self.agent is None else ["--agent", str(self.agent)]
        return [*MODULE, "run", *agent, *map(str, options)]

    def _environment(self, variables: Mapping[str, str] | None) -> dict[str, str]:
        own = {"HOME": str(self.home), "TMPDIR": str(self.temporary)}
        return environment({**own, **IDENTITY, **(variables or {})})
