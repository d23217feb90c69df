"""The command line as its users have it: a process, what it prints, and how it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, cast

import httpx

from mock_buildkite.app import Application
from tests import overhearing
from tests.server import Served

MODULE = (sys.executable, "-m", "mock_buildkite")
SCRIPT = (str(Path(sys.executable).with_name("mock-buildkite")),)
PATIENCE_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended."""

    status: int
    seconds: float
    """How long it took from the signal on."""
    stderr: str


class ServeProcess:
    """`mock-buildkite serve` at work."""

    def __init__(self, process: subprocess.Popen[str], stderr: IO[str]) -> None:
        self.process = process
        self._stderr = stderr
        self.facts: dict[str, Any] = {}

    @property
    def url(self) -> str:
        url: str = self.facts["url"]
        return url

    def read_line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def rest_of_stdout(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.read()

    def stderr(self) -> str:
        self._stderr.seek(0)
        return self._stderr.read()

    def end(self, number: int = signal.SIGTERM) -> Ended:
        """Send a signal and wait."""
        since = time.perf_counter()
        self.process.send_signal(number)
        status = self.process.wait(PATIENCE_SECONDS)
        return Ended(status, time.perf_counter() - since, self.stderr())

    def kill(self) -> None:
        """Kill it, so that it can tidy nothing up."""
        self.end(signal.SIGKILL)


def environment(variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """The machine's variables without its own Buildkite settings, and some more."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("BUILDKITE", "MOCK_BUILDKITE"))
    }
    return {**kept, "no_proxy": "*", **(variables or {})}


@contextmanager
def start(
    *options: object,
    variables: Mapping[str, str] | None = None,
    program: tuple[str, ...] = MODULE,
) -> Iterator[ServeProcess]:
    """`serve` with some options, on a free port unless they say otherwise."""
    command = [*program, "serve", *map(str, options)]
    if "--port" not in options:
        command += ["--port", "0"]
    with TemporaryFile("w+") as stderr:
        process = subprocess.Popen(  # noqa: S603 - our own program
            command, stdout=subprocess.PIPE, stderr=stderr, text=True, env=environment(variables)
        )
        with process:
            try:
                server = ServeProcess(process, stderr)
                yield server
            finally:
                process.kill()
        overhearing.search_what_is_left(server.stderr(), _data_directory(options))


@contextmanager
def serve(
    *options: object,
    variables: Mapping[str, str] | None = None,
    program: tuple[str, ...] = MODULE,
) -> Iterator[ServeProcess]:
    """`serve --json`, once it serves."""
    with start("--json", *options, variables=variables, program=program) as server:
        line = server.read_line()
        assert line, server.stderr()
        server.facts = json.loads(line)
        overhearing.tell(server.facts)
        yield server


@asynccontextmanager
async def acted_on(server: ServeProcess) -> AsyncIterator[Served]:
    """A server for the actors."""
    async with httpx.AsyncClient(base_url=server.url, timeout=10, trust_env=False) as http:
        overhearing.overhear(http)
        # They speak HTTP only: there is no application in this process.
        yield Served(http, server.facts, cast("Application", None))


def _data_directory(options: tuple[object, ...]) -> Path | None:
    named = dict(pairwise(options)).get("--data")
    return None if named is None else Path(str(named))


def run(
    *arguments: object, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """`mock-buildkite` with some arguments, to its end."""
    return subprocess.run(  # noqa: S603 - our own program
        [*MODULE, *map(str, arguments)],
        env=environment(variables),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def contents(directory: Path) -> dict[str, bytes]:
    """Every file of a directory, byte for byte."""
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }
