"""What a step of a build is, what it waits for, and how it came out."""

from enum import Enum

from msgspec import Struct


class StepType(Enum):
    """What kind of step it is."""

    COMMAND = "command"
    WAIT = "wait"
    BLOCK = "block"
    INPUT = "input"
    TRIGGER = "trigger"
    GROUP = "group"


class Outcome(Enum):
    """How a step came out, in the words of `buildkite-agent step get outcome`, and one of ours.

    Source: pages/agent/cli/reference/step.md of Buildkite's documentation.
    """

    NEUTRAL = "neutral"
    """Not finished, or nothing ran."""
    PASSED = "passed"
    SOFT_FAILED = "soft_failed"
    HARD_FAILED = "hard_failed"
    ERRORED = "errored"
    """A timeout, an expiry, an agent that went away."""
    CANCELED = "canceled"
    """Shown as `errored`; nothing that waits for it ever runs."""


MANUAL = frozenset({StepType.BLOCK, StepType.INPUT})
"""Those that somebody has to release."""


class NamedStep(Struct, frozen=True):
    """As much of a step as its jobs are told of it."""

    id: int
    uuid: str
    key: str | None
    label: str | None
    definition: str
    """JSON: the step as it was read (`pipelines.definition.decode_step`)."""


class Step(NamedStep, frozen=True):
    """One step of a build. A group has steps, every other kind has jobs."""

    build_id: int
    group_id: int | None
    type: StepType
    position: int
    outcome: Outcome
    is_finished: bool
    passes_failure: bool
    """A wait that was opened although something before it had failed."""
    is_blocked: bool
    """A block or input step that is not released stands somewhere before it; for a group, in it."""
    uploaded_by_job_id: int | None


class Edge(Struct, frozen=True):
    """That a step waits for another, or for a key that no step has yet; and how that one stands."""

    step_id: int
    on_step_id: int | None
    on_key: str | None
    allow_failure: bool
    is_implicit: bool
    on_type: StepType | None
    on_outcome: Outcome
    on_is_finished: bool
    on_passes_failure: bool
    on_is_blocked: bool


class MissingEdge(Struct, frozen=True):
    """That a step is to wait for another, and whether that one may fail."""

    step_id: int
    on_step_id: int
    allow_failure: bool
