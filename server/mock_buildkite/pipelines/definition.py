"""What a pipeline defines: its steps, read and complete.

Every step can be stored as JSON text and is the same when it is read back. `reading` makes these
values of what people and agents send, and is the only one who does.
"""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec


class _Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part of a step; what is as usual takes no room when it is stored."""


class Dependency(_Part, frozen=True):
    """The key of a step that must be over first, and whether it may have failed."""

    step: str
    allow_failure: bool = False


class SoftFail(_Part, frozen=True):
    """Which failures leave the build as it is: every one, or those with such an exit status."""

    every: bool = False
    exit_statuses: tuple[int, ...] = ()

    def covers(self, exit_status: int) -> bool:
        """Whether a job that ends so has failed softly. An exit status of 0 is no failure."""
        return exit_status != 0 and (self.every or exit_status in self.exit_statuses)


class AutomaticRetry(_Part, frozen=True):
    """A rule by which failed jobs are tried again; conditions that are not said are met."""

    exit_status: Literal["*"] | tuple[int, ...] | None = None
    signal: tuple[str, ...] | None = None
    signal_reason: tuple[str, ...] | None = None
    limit: int = 2
    """How often this rule may have a job tried again; with 0 it forbids it."""


class ManualRetry(_Part, frozen=True):
    """Whether people may have a job tried again; if not, why."""

    allowed: bool = True
    permit_on_passed: bool = False
    reason: str | None = None


class Retry(_Part, frozen=True):
    """When the jobs of a step are tried again."""

    automatic: tuple[AutomaticRetry, ...] = ()
    manual: ManualRetry = ManualRetry()


class Secret(_Part, frozen=True):
    """A secret of the cluster, and the variable that gets its value."""

    key: str
    environment_variable: str


class MatrixAdjustment(_Part, frozen=True):
    """What is different about one combination of a matrix, or that there is one more."""

    values: dict[str, str]
    skip: str | None = None
    soft_fail: SoftFail | None = None


class Matrix(_Part, frozen=True):
    """The values that a step is run for, by dimension. The only one of a plain list is ''."""

    setup: dict[str, tuple[str, ...]]
    adjustments: tuple[MatrixAdjustment, ...] = ()
    as_signed: Any = None
    """What the signature of its step was made over, if there is one, as it was sent."""


class _Step(_Part, frozen=True, tag_field="type"):
    """What steps of all kinds have."""

    key: str | None = None
    label: str | None = None
    depends_on: tuple[Dependency, ...] | None = None
    """None: on what its place in the pipeline implies. Empty: on nothing at all."""
    allow_dependency_failure: bool = False
    condition: str | None = None
    branches: str | None = None
    """Patterns, parted by spaces."""
    skip: str | None = None
    """Why the step is skipped, which may be no more than ''. None: it is not."""


class CommandStep(_Step, frozen=True, tag="command"):
    """A step whose jobs run on agents."""

    command: str = ""
    """Lines; none if there are only plugins."""
    env: dict[str, str] = {}
    agents: tuple[str, ...] | None = None
    """Rules of the form `key=value`. None: nothing is said."""
    artifact_paths: str = ""
    """Globs, parted by semicolons."""
    cancel_on_build_failing: bool = False
    concurrency: int | None = None
    concurrency_group: str | None = None
    concurrency_method: Literal["ordered", "eager"] = "ordered"
    matrix: Matrix | None = None
    parallelism: int | None = None
    plugins: tuple[dict[str, Any], ...] = ()
    """Each with one key, where the plugin comes from, and its configuration."""
    priority: int | None = None
    retry: Retry = Retry()
    secrets: tuple[Secret, ...] = ()
    soft_fail: SoftFail = SoftFail()
    timeout_in_minutes: int | None = None
    image: str | None = None
    checkout: Any = None
    cache: Any = None
    notify: Any = None
    signature: Any = None


class WaitStep(_Step, frozen=True, tag="wait"):
    """A step that what follows it waits for, while it waits for all before it."""

    continue_on_failure: bool = False


class TextField(_Part, frozen=True, tag_field="type", tag="text"):
    """A line or more that a person writes."""

    key: str
    text: str = ""
    hint: str | None = None
    required: bool = True
    default: str | None = None
    format: str | None = None
    """A regular expression that the whole text has to match."""


class Option(_Part, frozen=True):
    """One of the values of a `SelectField`."""

    label: str
    value: str
    hint: str | None = None
    required: bool = False


class SelectField(_Part, frozen=True, tag_field="type", tag="select"):
    """One of several values that a person chooses, or some of them."""

    key: str
    options: tuple[Option, ...]
    select: str = ""
    hint: str | None = None
    required: bool = True
    multiple: bool = False
    default: tuple[str, ...] = ()


class _ManualStep(_Step, frozen=True):
    """What a person has to do."""

    prompt: str | None = None
    submit: str | None = None
    fields: tuple[TextField | SelectField, ...] = ()
    blocked_state: Literal["passed", "failed", "running"] = "passed"
    allowed_teams: tuple[str, ...] = ()


class BlockStep(_ManualStep, frozen=True, tag="block"):
    """A step that holds up what follows until a person releases it."""


class InputStep(_ManualStep, frozen=True, tag="input"):
    """A step that asks a person, and holds up only what depends on it by its key."""


class TriggerStep(_Step, frozen=True, kw_only=True, tag="trigger"):
    """A step that creates a build of another pipeline."""

    trigger: str
    """The slug of the other pipeline."""
    branch: str | None = None
    commit: str | None = None
    message: str | None = None
    env: dict[str, str] = {}
    meta_data: dict[str, str] = {}
    is_async: bool = False
    parallelism: int | None = None
    soft_fail: SoftFail = SoftFail()


class GroupStep(_Step, frozen=True, kw_only=True, tag="group"):
    """Steps under one name. What it says by `if`, `branches` and `skip` is said by them instead."""

    steps: tuple["CommandStep | WaitStep | BlockStep | InputStep | TriggerStep", ...]
    notify: Any = None


ChildStep = CommandStep | WaitStep | BlockStep | InputStep | TriggerStep
Step = ChildStep | GroupStep


class Pipeline(_Part, frozen=True):
    """A whole definition. Its defaults for command steps are in those steps already."""

    steps: tuple[Step, ...] = ()
    env: dict[str, str] = {}
    agents: tuple[str, ...] | None = None
    priority: int | None = None
    image: str | None = None
    secrets: tuple[Secret, ...] = ()
    checkout: Any = None
    cache: Any = None
    notify: Any = None


def encode_step(step: Step) -> str:
    """A step as it is stored: JSON text."""
    return msgspec.json.encode(step).decode()


def decode_step(text: str) -> Step:
    """The inverse of `encode_step`."""
    return _decoder.decode(text)


def matching_rule(
    rules: Sequence[AutomaticRetry],
    exit_status: int,
    signal: str | None,
    signal_reason: str | None,
) -> int | None:
    """Which rule, by its index, decides on a job that failed so: the first one that matches.

    Source: pages/pipelines/configure/retry.md of Buildkite's documentation.
    """
    return next(
        (
            index
            for index, rule in enumerate(rules)
            if _has_exit_status(rule.exit_status, exit_status)
            and _has_signal(rule.signal, signal)
            and _has_signal_reason(rule.signal_reason, signal_reason)
        ),
        None,
    )


def _has_exit_status(wanted: Literal["*"] | tuple[int, ...] | None, exit_status: int) -> bool:
    if wanted is None:
        return True
    if wanted == "*":
        # As its page says, so that a lost agent (-1) needs a rule of its own. Unverified: another
        # page has an example that would need none.
        return 1 <= exit_status <= 255  # noqa: PLR2004 - what a process can fail with
    return exit_status in wanted


def _has_signal(wanted: tuple[str, ...] | None, signal: str | None) -> bool:
    if wanted is None:
        return True
    return _is_among([_signal_name(each) for each in wanted], _signal_name(signal or ""))


def _has_signal_reason(wanted: tuple[str, ...] | None, signal_reason: str | None) -> bool:
    if wanted is None:
        return True
    return _is_among([each.lower() for each in wanted], (signal_reason or "").lower())


def _is_among(wanted: Sequence[str], word: str) -> bool:
    return any(each in ("*", word or "none") for each in wanted)


def _signal_name(signal: str) -> str:
    return signal.lower().removeprefix("sig")


_decoder: msgspec.json.Decoder[Step] = msgspec.json.Decoder(Step)
