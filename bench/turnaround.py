"""How soon a build has passed that a real agent runs: from the request that creates it."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.servers import END_TIMEOUT_SECONDS, ROOT, START_TIMEOUT_SECONDS, Served, ours, serving
from bench.table import Goal, line

AGENT = ROOT / ".clients" / "buildkite-agent-3.137.0"
STEPS = "steps: [{command: 'true', env: {BUILDKITE_SKIP_CHECKOUT: 'true'}}]"
SECONDS = Goal(0.25, at_most=True)
LOOK_AGAIN_SECONDS = 0.005
BUILDS = "pipelines/one/builds"


def turnaround(builds: int) -> Iterator[str]:
    """The lines of the table: with an agent that is told of its job, and with one that asks."""
    if not AGENT.exists():
        yield f"build with a real agent: no {AGENT.name} here; `make clients` builds it"
        return
    told, asking = _measure(builds), _measure(builds, "--no-ping-stream")
    yield line("build passed, by stream (s)", told, SECONDS, digits=3)
    yield line("build passed, by pinging (s)", asking, digits=3)
    yield line("  the first to the second", [median(told) / median(asking)])


def _measure(builds: int, *options: str) -> list[float]:
    """The seconds of builds that are created one after the other, but for the first."""
    with TemporaryDirectory(prefix="mock-buildkite-bench-") as name:
        folder = Path(name)
        with serving([*ours(folder / "data"), *options]) as server, _agent(folder, server):
            pipeline = {"name": "One", "repository": "/repository", "configuration": STEPS}
            server.rest("POST", "pipelines", pipeline)
            return [_build_seconds(server) for _ in range(builds + 1)][1:]


def _build_seconds(server: Served) -> float:
    began = time.perf_counter()
    created = server.rest("POST", BUILDS, {"commit": "HEAD", "branch": "main"})
    path = f"{BUILDS}/{created['number']}"
    while (state := server.rest("GET", path)["state"]) in {"scheduled", "running"}:
        time.sleep(LOOK_AGAIN_SECONDS)
        if time.perf_counter() - began > START_TIMEOUT_SECONDS:
            break
    seconds = time.perf_counter() - began
    if state != "passed":
        msg = f"The build is {state} after {seconds:.1f} s"
        raise RuntimeError(msg)
    return seconds


@contextmanager
def _agent(folder: Path, server: Served) -> Iterator[None]:
    """A real agent, apart from whatever else of Buildkite is on this machine."""
    for directory in ("bin", "builds", "hooks", "plugins", "sockets"):
        (folder / directory).mkdir()
    # Under its own name: jobs run it again.
    executable = folder / "bin" / "buildkite-agent"
    executable.symlink_to(AGENT)
    options = {
        "--config": os.devnull,
        "--endpoint": server.facts["agent_endpoint"],
        "--build-path": folder / "builds",
        "--hooks-path": folder / "hooks",
        "--plugins-path": folder / "plugins",
        "--sockets-path": folder / "sockets",
    }
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("BUILDKITE")
    }
    environment["BUILDKITE_AGENT_TOKEN"] = server.facts["agent_token"]
    arguments = [str(word) for option in options.items() for word in option]
    process = subprocess.Popen(
        [executable, "start", "--no-ssh-keyscan", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(END_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
