"""What a job asks of the steps of its build: to tell of one, to change one, to cancel one.

Source: pages/agent/cli/reference/step.md of Buildkite's documentation.
"""

from datetime import timedelta
from typing import Any

import msgspec

from mock_buildkite.errors import InvalidInputError, NotFoundError, PermissionDeniedError
from mock_buildkite.jobs import authority as authorities
from mock_buildkite.jobs import store as jobs
from mock_buildkite.jobs.lifecycle import ENDED, ON_AGENT, JobState
from mock_buildkite.jobs.model import HIGHEST_PRIORITY, Authority, MovedJob
from mock_buildkite.pipelines.definition import CommandStep, decode_step, encode_step
from mock_buildkite.pipelines.definition import Step as Definition
from mock_buildkite.pipelines.grammar.attributes import whole_number
from mock_buildkite.steps import store
from mock_buildkite.steps.model import Outcome, Step, StepType
from mock_buildkite.storage.database import Transaction
from mock_buildkite.storage.json_text import to_json
from mock_buildkite.workflow import job_moves
from mock_buildkite.workflow.progress import in_motion
from mock_buildkite.world import World

LONGEST_LABEL = 10_000
LONGEST_GRACE_SECONDS = 24 * 3600
_SHOWN_TYPES = {StepType.BLOCK: "input"}


def find(tx: Transaction, authority: Authority, name: str, build_uuid: str | None) -> Step:
    """A step by its UUID, or by its key in a build: the job's own, or another of its cluster.

    Raises:
        NotFoundError: there is none.
    """
    build_id = authority.job.build_id
    if build_uuid:
        build_id = authorities.reach_build(tx, authority, build_uuid)
    step = store.find_by_uuid(tx, name.lower())
    if step is None or step.build_id != build_id:
        step = store.find_by_key(tx, build_id, name)
    if step is None:
        msg = "No step found"
        raise NotFoundError(msg)
    return step


def export(tx: Transaction, step: Step, attribute: str | None) -> Any:  # noqa: ANN401 - what JSON can hold
    """What an attribute of a step is; without a name, all of them.

    Raises:
        InvalidInputError: steps have no attribute of that name.
    """
    attributes = _attributes(tx, step)
    if not attribute:
        return attributes
    if attribute not in attributes:
        msg = f"Steps have no attribute {attribute!r}: they have {', '.join(attributes)}"
        raise InvalidInputError(msg)
    return attributes[attribute]


def is_first_time(tx: Transaction, step: Step, uuid: str) -> bool:
    """Whether a change has not been made before; one without a UUID is always new."""
    return not uuid or store.insert_update(tx, step.id, uuid)


def update(
    tx: Transaction,
    authority: Authority,
    step: Step,
    attribute: str,
    value: Any,  # noqa: ANN401 - what JSON can hold
    *,
    appends: bool,
) -> None:
    """Change a step's label, priority or notifications.

    Raises:
        InvalidInputError: the attribute cannot be changed, or not to this.
        PermissionDeniedError: the step is another build's.
    """
    _require_own_build(authority, step)
    definition = decode_step(step.definition)
    match attribute:
        case "label":
            label = f"{step.label or ''}{value}" if appends else str(value)
            if len(label) > LONGEST_LABEL or "\0" in label:
                msg = f"Label can have at most {LONGEST_LABEL:,} characters, and no NUL"
                raise InvalidInputError(msg)
            _relabel(tx, step, msgspec.structs.replace(definition, label=label))
        case "priority" if isinstance(definition, CommandStep):
            _reprioritize(tx, step, definition, _priority(value))
        case "notify" if isinstance(definition, CommandStep):
            before = definition.notify or []
            notify = [*before, value] if appends else [value]
            changed = msgspec.structs.replace(definition, notify=notify)
            store.update(tx, step.id, {"definition": encode_step(changed)})
        case _:
            msg = (
                f"The attribute {attribute!r} can't be changed here: label, notify and priority can"
            )
            raise InvalidInputError(msg)


def cancel(
    tx: Transaction, world: World, authority: Authority, step: Step, force_after: int | None
) -> None:
    """Cancel all jobs of a step; with `force_after`, they are over after so many seconds.

    Raises:
        InvalidInputError: it would take too long.
        PermissionDeniedError: the step is another build's.
    """
    _require_own_build(authority, step)
    force_at = None
    if force_after is not None:
        if not 0 <= force_after <= LONGEST_GRACE_SECONDS:
            msg = f"Force grace period must be between 0 and {LONGEST_GRACE_SECONDS} seconds"
            raise InvalidInputError(msg)
        force_at = tx.now + timedelta(seconds=force_after)
    affected = [step, *store.list_of_group(tx, step.id)]
    with in_motion(tx, world) as motion:
        for each in affected:
            for job in jobs.list_latest_of_step(tx, each.id):
                if job.state not in ENDED and job.state is not JobState.TIMING_OUT:
                    job_moves.cancel(motion, job, None, force_at)


def _attributes(tx: Transaction, step: Step) -> dict[str, Any]:
    definition = decode_step(step.definition)
    attributes: dict[str, Any] = {
        "id": step.uuid,
        "key": step.key,
        "label": step.label,
        "type": _SHOWN_TYPES.get(step.type, step.type.value),
        "state": _state(tx, step),
        "outcome": _shown_outcome(tx, step),
        "if": definition.condition,
        "depends_on": _depends_on(definition),
    }
    if isinstance(definition, CommandStep):
        attributes |= {
            "command": definition.command,
            "env": definition.env,
            "agents": list(definition.agents or ()),
            "concurrency_key": definition.concurrency_group,
            "concurrency_limit": definition.concurrency,
            "parallelism": definition.parallelism,
            "timeout": definition.timeout_in_minutes,
            "notify": definition.notify or [],
        }
    return attributes


def _depends_on(definition: Definition) -> list[dict[str, Any]]:
    return [
        {"step": each.step, "allow_failure": each.allow_failure}
        for each in definition.depends_on or ()
    ]


def _shown_outcome(tx: Transaction, step: Step) -> str:
    if step.outcome is Outcome.CANCELED:
        return Outcome.ERRORED.value
    if step.outcome is Outcome.HARD_FAILED and step.type is not StepType.GROUP:
        latest = jobs.list_latest_of_step(tx, step.id)
        if not any(job.hard_failed for job in latest):
            return Outcome.NEUTRAL.value  # nothing of it ran: what it waited for has failed
    outcome: str = step.outcome.value
    return outcome


def _state(tx: Transaction, step: Step) -> str:
    """A step's state in the words of `step get state`.

    Unverified: how Buildkite draws the lines between them.
    """
    if step.type is StepType.GROUP:
        children = [_state(tx, child) for child in store.list_of_group(tx, step.id)]
        if step.is_finished:
            return "finished"
        return "running" if {"running", "failing", "finished"} & {*children} else "ready"
    latest = jobs.list_latest_of_step(tx, step.id)
    states = {job.state for job in latest}
    if step.is_finished:
        if states <= {JobState.BROKEN, JobState.SKIPPED}:
            return "ignored"
        return "canceled" if step.outcome is Outcome.CANCELED else "finished"
    return _state_of_unfinished(latest, states)


def _state_of_unfinished(latest: list[MovedJob], states: set[JobState]) -> str:
    if any(job.hard_failed for job in latest):
        return "failing"
    if states & (ON_AGENT - {JobState.ASSIGNED}) or states & ENDED:
        return "running"
    if states & {JobState.SCHEDULED, JobState.ASSIGNED, JobState.LIMITED}:
        return "ready"
    is_manual = any(job.type.value == "manual" for job in latest)
    if is_manual and JobState.BLOCKED in states:
        return "waiting_for_input"
    return "waiting_for_dependencies"


def _relabel(tx: Transaction, step: Step, definition: Definition) -> None:
    store.update(tx, step.id, {"label": definition.label, "definition": encode_step(definition)})
    for job in jobs.list_of_step(tx, step.id):
        changes: dict[str, Any] = {"name": definition.label}
        if job.definition is not None:
            own = msgspec.structs.replace(decode_step(job.definition), label=definition.label)
            changes["definition"] = encode_step(own)
        jobs.update(tx, job.id, changes)


def _reprioritize(tx: Transaction, step: Step, definition: CommandStep, priority: int) -> None:
    changed = msgspec.structs.replace(definition, priority=priority)
    store.update(tx, step.id, {"definition": encode_step(changed)})
    for job in jobs.list_latest_of_step(tx, step.id):
        jobs.update(tx, job.id, {"priority": priority})


def _priority(value: object) -> int:
    """A priority, which agents send as text."""
    number = whole_number(value)
    if number is None or abs(number) > HIGHEST_PRIORITY:
        msg = "Priority must be a whole number"
        raise InvalidInputError(msg)
    return number


def _require_own_build(authority: Authority, step: Step) -> None:
    if step.build_id != authority.job.build_id:
        msg = "A job can only change steps of its own build"
        raise PermissionDeniedError(msg)


def as_text(value: Any, *, is_json: bool) -> str:  # noqa: ANN401 - what JSON can hold
    """An attribute's value as `step get` prints it.

    Raises:
        InvalidInputError: it is more than text, and JSON was not asked for.
    """
    if is_json:
        return to_json(value)
    if isinstance(value, dict | list):
        msg = "This attribute has to be asked for with the format json"
        raise InvalidInputError(msg)
    if value is None:
        return ""
    return value if isinstance(value, str) else to_json(value)
