"""Jobs: how many go through their life in a second, and what memory they leave taken."""

from collections.abc import Iterator
from pathlib import Path

from bench.lives import CROWD, REQUESTS, Lives, lives, prepare_jobs
from bench.rates import Comparison, Extent, Subject, compare
from bench.table import Goal, line

LIVES = Goal(0.30)
EVENNESS = Goal(0.80)
QUEUED = (10, 10_000)

WARM_UP_JOBS = 1_000
JOBS = 10_000
MEGABYTES = Goal(5, at_most=True)


def throughput(folder: Path, extent: Extent) -> Iterator[str]:
    """How many jobs go through their life in a second, with few and with many in the queue."""
    subjects = {
        f", {queued:,} queued": _lives(folder / f"queue-{queued}", queued) for queued in QUEUED
    }
    yield from compare(Comparison("jobs", subjects, LIVES, EVENNESS, REQUESTS, CROWD), extent)


def growth(folder: Path) -> Iterator[str]:
    """How much memory is taken, and not given back, by ten thousand jobs and their logs."""
    fleet = prepare_jobs(folder / "growth", QUEUED[0])
    with lives(fleet, QUEUED[0]) as fleets:
        _do(fleets, WARM_UP_JOBS)
        before = fleets.resident_bytes()
        _do(fleets, JOBS)
        after = fleets.resident_bytes()
    note = f"{before / 1e6:.0f} to {after / 1e6:.0f} MB"
    yield line(f"memory, {JOBS:,} jobs more (MB)", [(after - before) / 1e6], MEGABYTES, note)


def _lives(folder: Path, queued: int) -> Subject:
    fleet = prepare_jobs(folder, queued)
    return lambda: lives(fleet, queued)


def _do(fleets: Lives, jobs: int) -> None:
    done = 0.0
    while done < jobs:
        done += fleets.measure(1)
