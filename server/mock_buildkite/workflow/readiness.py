"""What a step's dependencies say about it, and how a step came out. Pure rules.

Source: pages/pipelines/configure/depends_on.md and step_types/wait_step.md of Buildkite's
documentation.
"""

from collections.abc import Iterable
from enum import Enum

from mock_buildkite.jobs.lifecycle import JobState
from mock_buildkite.jobs.model import AGENT_LOST_EXIT_STATUS, End
from mock_buildkite.steps.model import MANUAL, Edge, Outcome, StepType


class Readiness(Enum):
    """Whether a step may go on."""

    READY = "ready"
    WAITING = "waiting"
    BLOCKED = "blocked"
    """It waits for a block or input step, or for something that does."""
    FAILED = "failed"
    """It never may, unless something is retried."""


FAILURES = frozenset({Outcome.HARD_FAILED, Outcome.ERRORED})

_PRECEDENCE = (
    Outcome.CANCELED,
    Outcome.HARD_FAILED,
    Outcome.ERRORED,
    Outcome.SOFT_FAILED,
    Outcome.PASSED,
    Outcome.NEUTRAL,
)


def readiness(
    edges: Iterable[Edge], *, is_wait: bool, continues_on_failure: bool
) -> tuple[Readiness, bool]:
    """Whether a step may go on; and whether it does so although something before it failed."""
    verdict, passes_failure = Readiness.READY, False
    for edge in edges:
        if edge.on_step_id is None:
            verdict = _worse(verdict, Readiness.WAITING)
        elif not edge.on_is_finished:
            is_blocked = edge.on_is_blocked or edge.on_type in MANUAL
            verdict = _worse(verdict, Readiness.BLOCKED if is_blocked else Readiness.WAITING)
        elif edge.on_outcome is Outcome.CANCELED:
            return Readiness.FAILED, False
        elif edge.on_outcome in FAILURES or (is_wait and edge.on_passes_failure):
            if not _tolerates(edge, continues_on_failure=continues_on_failure):
                return Readiness.FAILED, False
            passes_failure = True
    return verdict, passes_failure


def outcome_of_jobs(ends: Iterable[End]) -> Outcome:
    """How a step came out by the ends of its latest jobs."""
    return rolled_up(_outcome_of(end) for end in ends)


def rolled_up(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcome that counts for several: the worst."""
    return min(outcomes, key=_PRECEDENCE.index, default=Outcome.NEUTRAL)


_OUTCOMES = {
    JobState.CANCELED: Outcome.CANCELED,
    JobState.EXPIRED: Outcome.CANCELED,
    JobState.WAITING_FAILED: Outcome.HARD_FAILED,
    JobState.BLOCKED_FAILED: Outcome.HARD_FAILED,
    JobState.BROKEN: Outcome.NEUTRAL,
    JobState.SKIPPED: Outcome.NEUTRAL,
}


def _outcome_of(end: End) -> Outcome:
    if end.state in _OUTCOMES:
        return _OUTCOMES[end.state]
    if end.soft_failed:
        return Outcome.SOFT_FAILED
    if end.hard_failed:
        is_error = end.state is JobState.TIMED_OUT or end.exit_status == AGENT_LOST_EXIT_STATUS
        return Outcome.ERRORED if is_error else Outcome.HARD_FAILED
    return Outcome.PASSED


def _tolerates(edge: Edge, *, continues_on_failure: bool) -> bool:
    if edge.allow_failure:
        return True
    # A wait that itself failed has ended what comes after it, for every later wait too.
    is_failed_wait = edge.on_type is StepType.WAIT and edge.on_outcome in FAILURES
    return continues_on_failure and edge.is_implicit and not is_failed_wait


def _worse(one: Readiness, other: Readiness) -> Readiness:
    order = (Readiness.READY, Readiness.WAITING, Readiness.BLOCKED)
    return max(one, other, key=order.index)
