"""Running `wrk`, with a script in Lua."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.servers import Served

ROOM_SECONDS = 20
"""What a run may take beyond its own time."""

# The threads of a script may count what they have done (`counted`) and leave behind (`undone`).
DONE = """
local all, set_up = {}, setup
function setup(thread)
  set_up(thread)
  all[#all + 1] = thread
end

function done(summary, latency, requests)
  local errors, counted, undone = summary.errors, 0, 0
  for _, thread in ipairs(all) do
    counted = counted + (thread:get("counted") or 0)
    undone = undone + (thread:get("undone") or 0)
  end
  local lost = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format('{"requests": %d, "microseconds": %d, "refused": %d, "lost": %d,'
    .. ' "counted": %d, "undone": %d}',
    summary.requests, summary.duration, errors.status, lost, counted, undone))
end
"""


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many call at the same time."""

    connections: int
    threads: int


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a run."""

    requests: int
    seconds: float
    counted: int
    undone: int


def write_script(folder: Path, script: str, values: Mapping[str, Any]) -> Path:
    """A script in a file, its `%(names)s` filled in with literals of Lua."""
    path = folder / "script.lua"
    path.write_text(script % {name: _lua(value) for name, value in values.items()} + DONE)
    return path


def run(server: Served, script: Path, crowd: Crowd, seconds: int) -> Run:
    """Have a crowd call for some time.

    Raises:
        RuntimeError: a request was refused, or not answered.
    """
    command = ["wrk", f"-c{crowd.connections}", f"-t{crowd.threads}", f"-d{seconds}s"]
    finished = subprocess.run(
        [*command, "--script", str(script), f"http://{server.address}"],
        capture_output=True,
        check=True,
        text=True,
        timeout=seconds + ROOM_SECONDS,
    )
    said = json.loads(finished.stdout[finished.stdout.index('{"requests"') :])
    if said["refused"] or said["lost"] or not said["requests"]:
        msg = f"{said['refused']} requests were refused and {said['lost']} lost: {said}"
        raise RuntimeError(msg)
    return Run(said["requests"], said["microseconds"] / 1_000_000, said["counted"], said["undone"])


def _lua(value: Any) -> str:  # noqa: ANN401 - what JSON can hold
    """A literal of Lua; JSON's are the same for numbers and text, as long as it is ASCII."""
    if value is None:
        return "nil"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'[{_lua(key)}] = {_lua(value[key])}' for key in value)}}}"
    return json.dumps(value)
