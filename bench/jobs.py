"""Jobs: how many go through their life in a second, and what memory they leave taken."""

from collections.abc import Iterator
from pathlib import Path

from bench.lives import CROWD, REQUESTS, Lives, lives, making, prepare_jobs
from bench.rates import Extent, Subject, against_bare, in_rounds, to_each_other
from bench.table import Goal, line

LIVES = Goal(0.30)
EVENNESS = Goal(0.80)
FEW, MANY = 10, 10_000

WARM_UP_JOBS = 1_000
JOBS = 10_000
MEGABYTES = Goal(5, at_most=True)


def throughput(folder: Path, extent: Extent) -> Iterator[str]:
    """How many jobs go through their life in a second, with few and with many in the queue.

    With many, others are added in between. Few would be none at once, so as many are made as are
    done; the time that this takes is measured alone, and taken off.
    """
    few, many = (prepare_jobs(folder / f"queue-{queued}", queued) for queued in (FEW, MANY))
    subjects: dict[str, Subject] = {
        "few, made and done": lambda: lives(few, made_meanwhile=True),
        "made": lambda: making(few),
        "many": lambda: lives(many, made_meanwhile=False),
    }
    rounds = in_rounds(subjects, CROWD, extent)
    of_few = [1 / (1 / each["few, made and done"] - 1 / each["made"]) for each in rounds]
    of_many = [each["many"] for each in rounds]
    yield against_bare(f"jobs, {FEW} queued", of_few, rounds, REQUESTS, LIVES)
    yield against_bare(f"jobs, {MANY:,} queued", of_many, rounds, REQUESTS, LIVES)
    yield to_each_other(list(zip(of_few, of_many, strict=True)), EVENNESS)


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


def _do(fleets: Lives, jobs: int) -> None:
    done = 0.0
    while done < jobs:
        done += fleets.measure(1)
