"""Jobs: how many go through their life in a second, and what memory they leave taken."""

from collections.abc import Iterator
from pathlib import Path

from bench.fleets import Fleet
from bench.lives import CROWD, REQUESTS, Lives, lives, prepare_jobs
from bench.rates import Comparison, Extent, Subject, compare
from bench.table import Goal, line

LIVES = Goal(0.30)
EVENNESS = Goal(0.80)
FEW, MANY = 10, 10_000

WARM_UP_JOBS = 1_000
JOBS = 10_000
MEGABYTES = Goal(5, at_most=True)


def throughput(folder: Path, extent: Extent) -> Iterator[str]:
    """How many jobs go through their life in a second.

    First with many in the queue, to which others are added in between; then with few and with many,
    while as many are made as are done: few would be none at once.
    """
    few, many = (prepare_jobs(folder / f"queue-{queued}", queued) for queued in (FEW, MANY))
    done = {f", {MANY:,} queued": _lives(many, made_meanwhile=False)}
    yield from compare(Comparison("jobs done", done, LIVES, EVENNESS, REQUESTS, CROWD), extent)
    made = {
        f", {FEW:,} queued": _lives(few, made_meanwhile=True),
        f", {MANY:,} queued": _lives(many, made_meanwhile=True),
    }
    wanted = Comparison("jobs made and done", made, None, EVENNESS, REQUESTS, CROWD)
    yield from compare(wanted, extent)


def growth(folder: Path) -> Iterator[str]:
    """How much memory is taken, and not given back, by ten thousand jobs and their logs."""
    fleet = prepare_jobs(folder / "growth", FEW)
    with lives(fleet, made_meanwhile=True) as fleets:
        _do(fleets, WARM_UP_JOBS)
        before = fleets.resident_bytes()
        _do(fleets, JOBS)
        after = fleets.resident_bytes()
    note = f"{before / 1e6:.0f} to {after / 1e6:.0f} MB"
    yield line(f"memory, {JOBS:,} jobs more (MB)", [(after - before) / 1e6], MEGABYTES, note)


def _lives(fleet: Fleet, *, made_meanwhile: bool) -> Subject:
    return lambda: lives(fleet, made_meanwhile=made_meanwhile)


def _do(fleets: Lives, jobs: int) -> None:
    done = 0.0
    while done < jobs:
        done += fleets.measure(1)
