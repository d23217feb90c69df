"""Load on one route: `wrk`, with a script that is generated for each run."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.servers import Served

CONNECTIONS = 32
THREADS = 2
WARM_UP_SECONDS = 1
ROOM_SECONDS = 20
"""What a run may take beyond its own time."""


@dataclass(frozen=True, slots=True)
class Requests:
    """The requests of one route: alike but for who sends them, in turn."""

    method: str
    path: str
    authorizations: Sequence[str]
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None


# Every thread of wrk runs this in a Lua of its own. The requests are put together beforehand, and
# each thread begins elsewhere, so that they do not walk through the agents side by side.
SCRIPT = """
local threads = 0
function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(arguments)
  requests, last = {}, 0
  local headers = %(headers)s
  for line in io.lines(%(authorizations)s) do
    if line ~= "" then headers["Authorization"] = line end
    requests[#requests + 1] = wrk.format(%(method)s, %(path)s, headers, %(body)s)
  end
  last = math.floor(#requests * number / %(threads)d)
end

function request()
  last = last %% #requests + 1
  return requests[last]
end

function done(summary, latency, requests)
  local errors = summary.errors
  local lost = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format('{"requests": %%d, "microseconds": %%d, "refused": %%d, "lost": %%d}',
    summary.requests, summary.duration, errors.status, lost))
end
"""


class Load:
    """The load of 32 connections on one route of a server, warmed up beforehand.

    Raises, in every method:
        RuntimeError: a request was refused, or not answered.
    """

    def __init__(self, server: Served, requests: Requests, script: Path) -> None:
        self._server = server
        self._requests = requests
        self._script = script
        self.measure(WARM_UP_SECONDS)

    def measure(self, seconds: int) -> float:
        """How many requests are answered in a second.

        One is sent alone after the load, and its answer really read: a GraphQL request that is
        refused is a 200.
        """
        rate = _run(self._server, self._script, seconds)
        _send_one(self._server, self._requests)
        return rate


@contextmanager
def load(server: Served, requests: Requests) -> Iterator[Load]:
    """A load on one route, which can be put on it again and again."""
    with TemporaryDirectory(prefix="mock-buildkite-bench-") as name:
        yield Load(server, requests, _write_script(Path(name), requests))


def _send_one(server: Served, requests: Requests) -> None:
    headers = dict(requests.headers)
    if requests.authorizations[0]:
        headers["Authorization"] = requests.authorizations[0]
    server.call(requests.method, requests.path, headers, requests.body)


def _write_script(folder: Path, requests: Requests) -> Path:
    authorizations = folder / "authorizations"
    authorizations.write_text("\n".join(requests.authorizations) + "\n")
    headers = ", ".join(
        f"[{_lua(key)}] = {_lua(requests.headers[key])}" for key in requests.headers
    )
    script = folder / "requests.lua"
    script.write_text(
        SCRIPT
        % {
            "threads": THREADS,
            "authorizations": _lua(str(authorizations)),
            "method": _lua(requests.method),
            "path": _lua(requests.path),
            "headers": f"{{{headers}}}",
            "body": "nil" if requests.body is None else _lua(requests.body),
        }
    )
    return script


def _lua(text: str) -> str:
    """A string literal of Lua; JSON's are the same as long as only ASCII is in them."""
    return json.dumps(text)


def _run(server: Served, script: Path, seconds: int) -> float:
    command = ["wrk", f"-c{CONNECTIONS}", f"-t{THREADS}", f"-d{seconds}s"]
    finished = subprocess.run(
        [*command, "--script", str(script), f"http://{server.address}"],
        capture_output=True,
        check=True,
        text=True,
        timeout=seconds + ROOM_SECONDS,
    )
    result = json.loads(finished.stdout[finished.stdout.index('{"requests"') :])
    if result["refused"] or result["lost"] or not result["requests"]:
        msg = f"{result['refused']} requests were refused and {result['lost']} lost: {result}"
        raise RuntimeError(msg)
    rate: float = result["requests"] / result["microseconds"] * 1_000_000
    return rate
