"""The servers under measurement, each a process of its own that ends with its block."""

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
START_TIMEOUT_SECONDS = 30
END_TIMEOUT_SECONDS = 10
HEALTH = "/healthz"


@dataclass(frozen=True, slots=True)
class Served:
    """A server that serves."""

    pid: int
    address: str
    """Host and port."""
    facts: dict[str, Any]
    """What it printed."""

    def connection(self) -> HTTPConnection:
        """A connection that is opened with its first request."""
        return HTTPConnection(self.address, timeout=START_TIMEOUT_SECONDS)

    def call(self, method: str, path: str, headers: dict[str, str], body: str | None) -> Any:  # noqa: ANN401 - JSON
        """The answer to one request, which must succeed."""
        connection = self.connection()
        try:
            return call(connection, method, path, headers, body)
        finally:
            connection.close()

    def rest(self, method: str, path: str, body: Any = None) -> Any:  # noqa: ANN401 - JSON
        """The answer to one request to the REST API, below the first organization."""
        headers = {"Content-Type": "application/json", "Authorization": bearer(self.facts)}
        path = f"/v2/organizations/{self.facts['organization_slug']}/{path}"
        return self.call(method, path, headers, json.dumps(body))

    def resident_bytes(self) -> int:
        """The memory that is really there: VmRSS."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            name, _, value = line.partition(":")
            if name == "VmRSS":
                return int(value.split()[0]) * 1024
        raise LookupError(self.pid)


def call(
    connection: HTTPConnection, method: str, path: str, headers: dict[str, str], body: str | None
) -> Any:  # noqa: ANN401 - JSON
    """The answer to one request on an open connection, which must succeed."""
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    text = response.read()
    answer = json.loads(text)
    # A refused GraphQL request is a 200 with errors.
    if response.status // 100 != 2 or (isinstance(answer, dict) and "errors" in answer):  # noqa: PLR2004
        msg = f"{method} {path}: {response.status} {text.decode()}"
        raise RuntimeError(msg)
    return answer


def bearer(facts: dict[str, Any]) -> str:
    """How the administrator signs a request to REST or GraphQL."""
    return f"Bearer {facts['api_access_token']}"


def bare() -> list[str]:
    """The command of the bare application."""
    return [sys.executable, "-m", "bench.reference", "bare"]


def ceiling(folder: Path) -> list[str]:
    """The command of the route that awaits an empty unit."""
    return [sys.executable, "-m", "bench.reference", "ceiling", str(folder)]


def files(folder: Path) -> list[str]:
    """The command of the bare application that takes a file and sends it."""
    return [sys.executable, "-m", "bench.reference", "files", str(folder)]


def ours(folder: Path) -> list[str]:
    """The command of our server, on a data directory."""
    serve = ["serve", "--port", "0", "--json", "--data", str(folder)]
    return [sys.executable, "-m", "mock_buildkite", *serve]


@contextmanager
def serving(command: Sequence[str]) -> Iterator[Served]:
    """Run a server that prints a line of JSON with its `url` when it serves."""
    # An installed package is compiled; without the second of these, ours would be at each start.
    kept_out = ("MOCK_BUILDKITE_", "PYTHONDONTWRITEBYTECODE")
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(kept_out)
    }
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    try:
        line = _first_line(process)
        facts = json.loads(line)
        yield Served(process.pid, facts["url"].removeprefix("http://"), facts)
    finally:
        process.terminate()
        try:
            process.wait(END_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def start_seconds(command: Sequence[str]) -> float:
    """How long a server takes from its spawning to the first 200 of `/healthz`."""
    began = time.perf_counter()
    with serving(command) as server:
        server.call("GET", HEALTH, {}, None)
        return time.perf_counter() - began


def _first_line(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], START_TIMEOUT_SECONDS)
    line = process.stdout.readline() if ready else b""
    if not line:
        msg = f"{process.args!r} did not start"
        raise RuntimeError(msg)
    return line
