"""Real `buildkite-agent` executables: where they are, what they can do, and how one is run."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.clients.waiting import eventually
from tests.command_line.processes import environment
from tests.server import Served

CLIENTS = Path(__file__).parent.parent.parent / ".clients"
MORE_AGENTS = "MOCK_BUILDKITE_TEST_AGENTS"
NO_CONFIGURATION = Path(os.devnull)


@dataclass(frozen=True, slots=True)
class Release:
    """A `buildkite-agent` executable, and what its version can do."""

    path: Path
    version: str
    has_queue_option: bool
    knows_pause: bool
    reads_secrets: bool
    annotates_jobs: bool
    sets_batches: bool
    streams: bool
    signs_at_any_address: bool
    """Whether it reads and writes pipelines over any GraphQL API, not Buildkite's alone."""

    @classmethod
    def at(cls, path: Path) -> "Release":
        """Ask an executable what it is."""
        said = _output_of(path, "--version")
        version = re.search(r"version ([^\s+,]+)", said)
        if version is None:
            msg = f"{path} is no buildkite-agent: {said}"
            raise ValueError(msg)
        commands, options = _output_of(path, "--help"), _output_of(path, "start", "--help")
        return cls(
            path=path,
            version=version[1],
            has_queue_option="--queue " in options,
            knows_pause=re.search(r"^ +pause ", commands, re.MULTILINE) is not None,
            reads_secrets=re.search(r"^ +secret ", commands, re.MULTILINE) is not None,
            annotates_jobs="--scope " in _output_of(path, "annotate", "--help"),
            sets_batches="set-batch" in _output_of(path, "meta-data", "--help"),
            streams="--ping-mode " in options,
            signs_at_any_address="--graphql-endpoint "
            in _output_of(path, "tool", "sign", "--help"),
        )

    @property
    def gives_up_when_refused(self) -> bool:
        """Whether a refused registration ends it; older ones try for five minutes before they end.

        Source: buildkite/agent, `BreakOnNonRetryable` in api/retryable.go, since 3.124.0.
        """
        major, minor = self.version.split(".")[:2]
        return (int(major), int(minor)) >= (3, 124)

    def draw_keys(self, folder: Path) -> tuple[Path, Path]:
        """A key to sign pipelines with, named `test`, and the one to verify them with."""
        private, public = folder / "private.json", folder / "public.json"
        where = ("--private-jwks-file", str(private), "--public-jwks-file", str(public))
        _output_of(self.path, "tool", "keygen", "--alg", "EdDSA", "--key-id", "test", *where)
        return private, public


def find() -> list[Release]:
    """Every agent to test with: those built here, the one on PATH, those that a variable names."""
    built = [
        path
        for path in sorted(CLIENTS.glob("buildkite-agent-*"))
        if ".partial." not in path.name and os.access(path, os.X_OK)
    ]
    elsewhere = [
        shutil.which("buildkite-agent"),
        *os.environ.get(MORE_AGENTS, "").split(os.pathsep),
    ]
    paths = [*built, *(Path(path) for path in elsewhere if path)]
    return [Release.at(path) for path in dict.fromkeys(path.resolve() for path in paths)]


def reaching(server: Served, agent_token: str | None = None) -> tuple[str, ...]:
    """The options with which an agent reaches a server and presents an agent token."""
    token = agent_token or server.facts["agent_token"]
    return ("--endpoint", server.facts["agent_endpoint"], "--token", token)


class RealAgent:
    """A running `buildkite-agent`, watched from outside: its log, and how it ends."""

    def __init__(
        self, release: Release, command: Sequence[str], variables: Mapping[str, str], log: Path
    ) -> None:
        self.release = release
        self._log = log
        with log.open("wb") as output:
            # In a session of its own, as in a terminal of its own: Ctrl-C reaches all of it.
            self._process = subprocess.Popen(  # noqa: S603 - an agent that was found
                command,
                env=environment(variables),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def log(self) -> str:
        """Everything that it has written so far."""
        return self._log.read_text()

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    async def name(self) -> str:
        """The name it was registered under, the first one if it spawned several."""
        line = await self.says_where("Successfully registered agent ")
        return line.split('"')[1]

    async def says(self, text: str) -> float:
        """Wait for a text in the log; the moment at which it was seen, in seconds."""

        async def look() -> bool:
            return text in self.log

        await eventually(look, self._explain(f"say {text!r}"))
        return time.perf_counter()

    async def says_where(self, text: str) -> str:
        """Wait for a text in the log; the first line that has it, to its end."""

        async def look() -> str:
            lines = [line for line in self.log.splitlines(keepends=True) if text in line]
            return lines[0] if lines and lines[0].endswith("\n") else ""

        return await eventually(look, self._explain(f"say {text!r}"))

    async def is_ready(self) -> None:
        """Wait until it hears what it is told: by its stream if it has one, else by pinging."""
        await self.says("Waiting for ")
        if self.release.streams:
            await self.says("Ping stream connection established")

    async def is_refused(self) -> str:
        """Wait until its registration is refused for good; the line that says so."""
        line = await self.says_where("/v3/register: 4")
        if self.release.gives_up_when_refused:
            assert await self.exit_status() == 1
        else:
            assert "(Attempt 1/30 Retrying in 10s)" in line
        return line

    async def exit_status(self, *, within_seconds: float = 10) -> int:
        """Wait until it ends by itself; its exit status."""

        async def look() -> bool:
            return not self.is_running

        await eventually(look, self._explain("end"), within_seconds=within_seconds)
        return self._process.wait()

    def kill(self) -> None:
        """End it at once, with all that it has started, before it can say anything."""
        self._signal(signal.SIGKILL)
        self._process.wait(5)

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self._signal(signal.SIGINT)

    def end(self) -> None:
        """End it in whatever state it is. One whose heartbeat was refused heeds no SIGTERM."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self.is_running:
                self._signal(number)
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(5)

    def _signal(self, number: signal.Signals) -> None:
        os.killpg(self._process.pid, number)

    def _explain(self, what: str) -> Callable[[], str]:
        return lambda: (
            f"buildkite-agent {self.release.version} did not {what}. Its log:\n{self.log}"
        )


class Fleet:
    """Starts agents of one release, each in a home of its own, and ends them all.

    They, and their jobs, find the release as `buildkite-agent` on their path.
    """

    def __init__(self, release: Release, folder: Path) -> None:
        self.release = release
        self._folder = folder
        self._agents: list[RealAgent] = []
        # A test's own folder has too long a name for the path of a socket.
        self._sockets = tempfile.TemporaryDirectory()

    def start(
        self,
        *options: str,
        config: Path = NO_CONFIGURATION,
        variables: Mapping[str, str] | None = None,
    ) -> RealAgent:
        """Run `buildkite-agent start` with options."""
        home = self._new_home()
        command = [str(self.release.path), "start", "--config", str(config), "--no-color"]
        for folder in ("build", "hooks", "plugins"):
            command += [f"--{folder}-path", str(home / folder)]
        command += ["--sockets-path", self._sockets.name]
        return self._run([*command, *options], home, variables or {})

    def paste(self, line: str) -> RealAgent:
        """Run a line in a shell that finds this release as `buildkite-agent`."""
        home = self._new_home()
        return self._run(["sh", "-c", line], home, {})

    def end(self) -> None:
        for agent in self._agents:
            agent.end()
        self._sockets.cleanup()

    def _new_home(self) -> Path:
        home = self._folder / f"agent-{len(self._agents) + 1}"
        (home / "bin").mkdir(parents=True)
        (home / "bin" / "buildkite-agent").symlink_to(self.release.path)
        return home

    def _run(self, command: list[str], home: Path, variables: Mapping[str, str]) -> RealAgent:
        path = f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}"
        own = {"HOME": str(home), "PATH": path, **variables}
        agent = RealAgent(self.release, command, own, home / "log")
        self._agents.append(agent)
        return agent


def _output_of(path: Path, *arguments: str) -> str:
    answer = subprocess.run(  # noqa: S603 - an agent that was found
        [path, *arguments], capture_output=True, text=True, check=True, timeout=30
    )
    return answer.stdout + answer.stderr
