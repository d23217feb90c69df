"""A fleet of synthetic agents that take jobs from their offer to their end: `wrk` plays them.

Each connection is one agent, in a thread of its own: it pings, accepts the job that it is told of,
starts it, sends three chunks of its log, and finishes it. An agent that is told of none has ten
made; so it has after every ten of its jobs, if they are to be made meanwhile.
"""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench import wrk
from bench.fleets import AGENT_HEADERS, JSON, Fleet, prepare
from bench.load import WARM_UP_SECONDS, Load, Requests, load
from bench.servers import Served, bearer
from bench.wrk import Crowd

AGENTS = 16
CROWD = Crowd(connections=AGENTS, threads=AGENTS)
CHUNKS = 3
REQUESTS = 4 + CHUNKS
"""How many requests a job takes, from the ping to its end."""
JOBS_OF_BUILD = 10
STEPS = "steps: [{command: 'true', parallelism: $JOBS}]"
OUTPUT = "".join(
    f"\x1b_bk;t=17690000000{n:02}\x07[{n}/20] Building\r\n" for n in range(20)
).encode()
STARTED = json.dumps({"started_at": "2026-01-01T00:00:00.000000001Z"})
FINISHED = json.dumps(
    {
        "started_at": "2026-01-01T00:00:00.000000001Z",
        "finished_at": "2026-01-01T00:00:01.000000001Z",
        "exit_status": "0",
        "signal": "",
        "signal_reason": "",
        "chunks_failed_count": 0,
        "ignore_agent_in_dispatches": False,
    }
)
"""What buildkite-agent 3.137.0 sends of a job that has passed."""

# `counted` are the requests of jobs that were answered. `undone` is a job that has been started and
# not finished: its agent will have abandoned it when it pings in the next run.
SCRIPT = """
local threads = 0
function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

local wanted

local function send(request)
  wanted = request
  return coroutine.yield()
end

local function call(method, path, token, headers, body)
  headers["Authorization"] = token
  return wrk.format(method, path, headers, body)
end

local function live(session, chunk)
  local lives = 0
  local plain, packed = %(headers)s, %(packed_headers)s
  local ping = call("GET", "/v3/ping", session, plain)
  local make = call("POST", %(builds)s, %(bearer)s, plain, %(build)s)
  while true do
    local job = send(ping):match('"job":{"id":"([^"]+)"')
    while not job do
      send(make)
      job = send(ping):match('"job":{"id":"([^"]+)"')
    end
    job = "/v3/jobs/" .. job
    local token = send(call("PUT", job .. "/accept", session, plain, "")):match('"token":"([^"]+)"')
    token = "Token " .. token
    counted = counted + 2
    send(call("PUT", job .. "/start", token, plain, %(started)s))
    counted, undone = counted + 1, 1
    for sequence = 1, %(chunks)s do
      local place = string.format("?sequence=%%d&offset=%%d&size=%%d",
        sequence, (sequence - 1) * %(size)s, %(size)s)
      send(call("POST", job .. "/chunks" .. place, token, packed, chunk))
      counted = counted + 1
    end
    send(call("PUT", job .. "/finish", token, plain, %(finished)s))
    counted, undone, lives = counted + 1, 0, lives + 1
    if %(made_meanwhile)s and lives %% %(made_at_once)s == 0 then send(make) end
  end
end

local answered

function init(arguments)
  local sessions = {}
  for line in io.lines(%(sessions)s) do sessions[#sessions + 1] = line end
  counted, undone = 0, 0
  answered = coroutine.wrap(live)
  answered("Token " .. sessions[number + 1], io.open(%(chunk)s, "rb"):read("*a"))
end

function request()
  return wanted
end

function response(status, headers, body)
  answered(body)
end
"""


class Lives:
    """The jobs of a server with a fleet, done again and again.

    Those that come in their place are made meanwhile, or else in between.

    Raises, in every method:
        RuntimeError: a request was refused, or not answered.
    """

    def __init__(self, server: Served, fleet: Fleet, folder: Path, *, made_meanwhile: bool) -> None:
        self._server = server
        self._script = _write_script(folder, fleet, made_meanwhile=made_meanwhile)
        self._made_meanwhile = made_meanwhile
        self.measure(WARM_UP_SECONDS)

    def resident_bytes(self) -> int:
        """The server's memory."""
        return self._server.resident_bytes()

    def measure(self, seconds: int) -> float:
        """How many jobs are done in a second; one that is under way at the end counts in part."""
        run = wrk.run(self._server, self._script, CROWD, seconds)
        done = run.counted / REQUESTS
        if not self._made_meanwhile:
            _create_builds(self._server, round(done) + run.undone)
        return done / run.seconds


@contextmanager
def lives(fleet: Fleet, *, made_meanwhile: bool) -> Iterator[Lives]:
    """The jobs of our server on a copy of a data directory that was prepared for them."""
    with TemporaryDirectory(prefix="mock-buildkite-bench-") as name, fleet.serving() as server:
        yield Lives(server, fleet, Path(name), made_meanwhile=made_meanwhile)


class Making:
    """The jobs that a crowd of users makes, ten at a time."""

    def __init__(self, builds: Load) -> None:
        self._builds = builds

    def measure(self, seconds: int) -> float:
        """How many jobs are made in a second."""
        return self._builds.measure(seconds) * JOBS_OF_BUILD


@contextmanager
def making(fleet: Fleet) -> Iterator[Making]:
    """The making of jobs for which no agent is free, by as many users as there are agents."""
    with fleet.serving() as server, load(server, _new_builds(fleet), CROWD) as builds:
        yield Making(builds)


def prepare_jobs(folder: Path, queued: int) -> Fleet:
    """Fill a data directory: agents with a job each, and so many jobs that wait for one."""
    fleet = prepare(folder, AGENTS)
    with fleet.serving_on(folder) as server:
        pipeline = {"name": "Jobs", "repository": "/repository", "configuration": STEPS}
        server.rest("POST", "pipelines", pipeline)
        _create_builds(server, AGENTS + queued)
    return fleet


def _create_builds(server: Served, jobs: int) -> None:
    for made in range(0, jobs, JOBS_OF_BUILD):
        build = _build(min(JOBS_OF_BUILD, jobs - made))
        server.rest("POST", "pipelines/jobs/builds", build)


def _new_builds(fleet: Fleet) -> Requests:
    headers = {**AGENT_HEADERS, **JSON}
    body = json.dumps(_build(JOBS_OF_BUILD))
    return Requests("POST", _builds_path(fleet), [bearer(fleet.facts)], headers, body)


def _builds_path(fleet: Fleet) -> str:
    return f"/v2/organizations/{fleet.facts['organization_slug']}/pipelines/jobs/builds"


def _build(jobs: int) -> dict[str, Any]:
    return {"commit": "HEAD", "branch": "main", "env": {"JOBS": str(jobs)}}


def _write_script(folder: Path, fleet: Fleet, *, made_meanwhile: bool) -> Path:
    sessions, chunk = folder / "sessions", folder / "chunk"
    sessions.write_text("\n".join(fleet.session_tokens) + "\n")
    chunk.write_bytes(gzip.compress(OUTPUT))
    headers = {**AGENT_HEADERS, **JSON}
    return wrk.write_script(
        folder,
        SCRIPT,
        {
            "bearer": bearer(fleet.facts),
            "build": json.dumps(_build(JOBS_OF_BUILD)),
            "builds": _builds_path(fleet),
            "chunk": str(chunk),
            "chunks": CHUNKS,
            "finished": FINISHED,
            "headers": headers,
            "made_at_once": JOBS_OF_BUILD,
            "made_meanwhile": made_meanwhile,
            "packed_headers": {**AGENT_HEADERS, "Content-Encoding": "gzip"},
            "sessions": str(sessions),
            "size": len(OUTPUT),
            "started": STARTED,
        },
    )
