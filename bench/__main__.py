"""`python -m bench [--quick] [ROW ...]`: measure, and print the table as it grows.

Each round of a row starts the bare application and ours on the same data as the round before, and
loads one after the other, second by second, there and back again; a ratio is always of one round.
So what else the machine does falls on both, and the spread tells how much of it there was.
"""

import argparse
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench import jobs
from bench.artifacts import artifacts
from bench.fleets import ROUTES, Fleet, prepare
from bench.leaks import leaks
from bench.load import Load, load
from bench.rates import BARE_REQUESTS, Comparison, Subject, compare
from bench.rates import Extent as Rounds
from bench.servers import bare, ceiling, ours, serving, start_seconds
from bench.table import HEAD, Goal, line
from bench.turnaround import turnaround

GOALS = {
    "ping": Goal(0.50),
    "heartbeat": Goal(0.42),
    "register": Goal(0.27),
    "clusterAgentTokenCreate": Goal(0.15),
}
START = Goal(2.2, at_most=True)
IDLE_MEGABYTES = Goal(75, at_most=True)
KILOBYTES_PER_AGENT = Goal(4, at_most=True)
ROWS = ("ceiling", *ROUTES, "start", "memory", "artifacts", "jobs", "job-memory", "builds", "leaks")
WITHOUT_WRK = {"start", "memory", "artifacts", "builds", "leaks"}


@dataclass(frozen=True, slots=True)
class Extent:
    """How long to measure, and with how many agents in the large fleet."""

    rounds: Rounds
    starts: int
    agents: int
    transfers: int
    builds: int
    reports: int


FULL = Extent(Rounds(4, turns=1), starts=11, agents=20_000, transfers=9, builds=21, reports=9)
QUICK = Extent(Rounds(2, turns=1), starts=5, agents=2_000, transfers=3, builds=7, reports=3)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(ROWS)}; else all")
    parser.add_argument("--quick", action="store_true", help="less exact, in a minute or so")
    arguments = parser.parse_args()
    unknown = set(arguments.rows).difference(ROWS)
    if unknown:
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    if set(arguments.rows or ROWS) - WITHOUT_WRK and shutil.which("wrk") is None:
        parser.error("wrk is not installed")
    # An end from outside unwinds the stack too, so no server and no folder stays behind.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    with TemporaryDirectory(prefix="mock-buildkite-bench-") as name:
        print(HEAD, flush=True)
        for text in measure(Path(name), arguments.rows or ROWS, QUICK if arguments.quick else FULL):
            print(text, flush=True)


def measure(folder: Path, rows: list[str] | tuple[str, ...], extent: Extent) -> Iterator[str]:
    """The lines of the table, each as soon as it is measured."""
    alone: dict[str, Callable[[], Iterator[str]]] = {
        "start": lambda: start(folder, extent),
        "ceiling": lambda: compare(Comparison("empty unit", {"": _ceiling}), extent.rounds),
        "artifacts": lambda: artifacts(folder, extent.transfers),
        "jobs": lambda: jobs.throughput(folder, extent.rounds),
        "job-memory": lambda: jobs.growth(folder),
        "builds": lambda: turnaround(extent.builds),
        "leaks": lambda: leaks(folder, extent.reports),
    }
    for row, measured in alone.items():
        if row in rows:
            yield from measured()
    if set(rows).intersection({*ROUTES, "memory"}):
        yield from fleets(folder, rows, extent)


def fleets(folder: Path, rows: list[str] | tuple[str, ...], extent: Extent) -> Iterator[str]:
    """What agents take: memory, and time for their calls, whether there are few or many."""
    few = prepare(folder / "few", 1)
    many = prepare(folder / "many", extent.agents)
    if "memory" in rows:
        yield line("memory, idle (MB)", [few.idle_bytes / 1e6], IDLE_MEGABYTES)
        per_agent = many.bytes_per_agent / 1e3
        yield line("memory, per agent (KB)", [per_agent], KILOBYTES_PER_AGENT)
    for route in ROUTES:
        if route in rows:
            subjects = {
                ", 1 agent": _route(few, route),
                f", {extent.agents:,} agents": _route(many, route),
            }
            yield from compare(Comparison(route, subjects, GOALS[route]), extent.rounds)


def start(folder: Path, extent: Extent) -> Iterator[str]:
    """How long a start takes, as a multiple of the bare application's."""
    pairs = []
    for number in range(extent.starts + 1):
        with TemporaryDirectory(dir=folder) as data:
            pairs.append((start_seconds(ours(Path(data))), start_seconds(bare())))
        if number == 0:
            pairs.clear()  # what is read and compiled for the first time
    medians = [median(seconds) for seconds in zip(*pairs, strict=True)]
    note = f"{medians[0] * 1e3:.0f} ms of {medians[1] * 1e3:.0f} ms"
    yield line("start", [seconds / of for seconds, of in pairs], START, note)


@contextmanager
def _ceiling() -> Iterator[Load]:
    with (
        TemporaryDirectory(prefix="mock-buildkite-bench-") as name,
        serving(ceiling(Path(name))) as server,
        load(server, BARE_REQUESTS) as loaded,
    ):
        yield loaded


def _route(fleet: Fleet, route: str) -> Subject:
    @contextmanager
    def subject() -> Iterator[Load]:
        with fleet.serving() as server, load(server, fleet.requests(route)) as loaded:
            yield loaded

    return subject


if __name__ == "__main__":
    main()
