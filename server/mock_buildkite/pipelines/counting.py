"""How many builds and jobs of a pipeline are under way."""

from collections.abc import Iterable
from dataclasses import dataclass

from mock_buildkite.pipelines import store
from mock_buildkite.storage.database import Transaction

_RUNNING_BUILDS = ("running", "failing", "canceling")
_RUNNING_JOBS = ("accepted", "running", "canceling", "timing_out")
_WAITING_JOBS = ("pending", "waiting", "blocked", "limited")


@dataclass(frozen=True, slots=True)
class Counts:
    """What is under way of one pipeline.

    Unverified: which states count as scheduled, running and waiting.
    """

    scheduled_builds: int = 0
    running_builds: int = 0
    scheduled_jobs: int = 0
    running_jobs: int = 0
    waiting_jobs: int = 0


def count(tx: Transaction, numbers: Iterable[int]) -> dict[int, Counts]:
    """Count for several pipelines, by their integer keys."""
    numbers = {*numbers}
    builds = store.count_unfinished_builds(tx, numbers)
    jobs = store.count_unfinished_jobs(tx, numbers)

    def total(counted: dict[str, int], states: Iterable[str]) -> int:
        return sum(counted.get(state, 0) for state in states)

    return {
        number: Counts(
            scheduled_builds=total(builds.get(number, {}), ["scheduled"]),
            running_builds=total(builds.get(number, {}), _RUNNING_BUILDS),
            scheduled_jobs=total(jobs.get(number, {}), ["scheduled", "assigned"]),
            running_jobs=total(jobs.get(number, {}), _RUNNING_JOBS),
            waiting_jobs=total(jobs.get(number, {}), _WAITING_JOBS),
        )
        for number in numbers
    }
