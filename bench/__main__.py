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
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.artifacts import artifacts
from bench.fleets import ROUTES, Fleet, prepare
from bench.load import Load, Requests, load
from bench.reference import PATH
from bench.servers import bare, ceiling, ours, serving, start_seconds
from bench.table import HEAD, Goal, line

GOALS = {
    "ping": Goal(0.50),
    "heartbeat": Goal(0.42),
    "register": Goal(0.27),
    "clusterAgentTokenCreate": Goal(0.15),
}
EVENNESS = Goal(0.90)
START = Goal(2.2, at_most=True)
IDLE_MEGABYTES = Goal(75, at_most=True)
KILOBYTES_PER_AGENT = Goal(4, at_most=True)
ROWS = ("ceiling", *ROUTES, "start", "memory", "artifacts")
BARE_REQUESTS = Requests("GET", PATH, [""])


@dataclass(frozen=True, slots=True)
class Extent:
    """How long to measure, and with how many agents in the large fleet."""

    rounds: int
    turns: int
    starts: int
    agents: int
    transfers: int


FULL = Extent(rounds=4, turns=1, starts=11, agents=20_000, transfers=9)
QUICK = Extent(rounds=2, turns=1, starts=5, agents=2_000, transfers=3)

Subject = Callable[[], AbstractContextManager[Load]]
"""A load on a server, both to be started."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(ROWS)}; else all")
    parser.add_argument("--quick", action="store_true", help="less exact, in a minute or so")
    arguments = parser.parse_args()
    unknown = set(arguments.rows).difference(ROWS)
    if unknown:
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    needs_wrk = set(arguments.rows or ROWS) - {"start", "memory", "artifacts"}
    if needs_wrk and shutil.which("wrk") is None:
        parser.error("wrk is not installed")
    # An end from outside unwinds the stack too, so no server and no folder stays behind.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    with TemporaryDirectory(prefix="mock-buildkite-bench-") as name:
        print(HEAD, flush=True)
        for text in measure(Path(name), arguments.rows or ROWS, QUICK if arguments.quick else FULL):
            print(text, flush=True)


def measure(folder: Path, rows: list[str] | tuple[str, ...], extent: Extent) -> Iterator[str]:
    """The lines of the table, each as soon as it is measured."""
    if "start" in rows:
        yield from start(folder, extent)
    if "ceiling" in rows:
        yield from throughput("empty unit", {"": _ceiling}, None, extent)
    if "artifacts" in rows:
        yield from artifacts(folder, extent.transfers)
    if not set(rows).intersection({*ROUTES, "memory"}):
        return
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
            yield from throughput(route, subjects, GOALS[route], extent)


def throughput(
    name: str, subjects: dict[str, Subject], goal: Goal | None, extent: Extent
) -> Iterator[str]:
    """How the rates of some servers compare to that of the bare application, and to each other."""
    entrants = {"bare": _bare, **subjects}
    rounds = [_round(entrants, extent) for _ in range(extent.rounds)]
    for subject in subjects:
        rate = median(rates[subject] for rates in rounds)
        of = median(rates["bare"] for rates in rounds)
        note = f"{rate:,.0f}/s of {of:,.0f}/s"
        ratios = [rates[subject] / rates["bare"] for rates in rounds]
        yield line(name + subject, ratios, goal, note)
    if len(subjects) > 1:
        few, many = subjects
        ratios = [rates[many] / rates[few] for rates in rounds]
        yield line("  the second to the first", ratios, EVENNESS)


def _round(entrants: dict[str, Subject], extent: Extent) -> dict[str, float]:
    """The rates of all, measured there and back again: A B C C B A."""
    rates = dict.fromkeys(entrants, 0.0)
    with ExitStack() as stack:
        loads = {name: stack.enter_context(entrants[name]()) for name in entrants}
        for _ in range(extent.turns):
            for name in (*loads, *reversed(loads)):
                rates[name] += loads[name].measure(1) / extent.turns / 2
    return rates


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
def _bare() -> Iterator[Load]:
    with serving(bare()) as server, load(server, BARE_REQUESTS) as loaded:
        yield loaded


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
