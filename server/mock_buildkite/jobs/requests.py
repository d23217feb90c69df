"""What people ask of jobs: to retry, unblock, cancel or reprioritize one."""

from collections.abc import Iterable, Mapping

from mock_buildkite.access_tokens.model import Caller
from mock_buildkite.builds import store as builds
from mock_buildkite.builds.lifecycle import BuildState
from mock_buildkite.builds.model import Build
from mock_buildkite.errors import InapplicableError, InvalidInputError, InvalidStateError
from mock_buildkite.events import JobActivated
from mock_buildkite.jobs import store
from mock_buildkite.jobs.lifecycle import ENDED, JobEvent, JobState
from mock_buildkite.jobs.model import HIGHEST_PRIORITY, Job, JobType, RetryType
from mock_buildkite.meta_data import store as meta_data
from mock_buildkite.organizations import service as organizations
from mock_buildkite.organizations.model import Organization, User
from mock_buildkite.pipelines.definition import (
    BlockStep,
    CommandStep,
    InputStep,
    SelectField,
    TextField,
    TriggerStep,
)
from mock_buildkite.pipelines.formats import fits
from mock_buildkite.steps import store as steps
from mock_buildkite.steps.model import Step
from mock_buildkite.storage.database import Transaction
from mock_buildkite.workflow import build_moves, job_moves, retrying, step_moves
from mock_buildkite.workflow.motion import Motion
from mock_buildkite.workflow.progress import in_motion
from mock_buildkite.world import World

find = store.find
search = store.search
definition_of = job_moves.definition_of
find_several = store.find_several
list_keys_of_build = store.list_keys_of_build
count_by_shown_state = store.count_by_shown_state


def find_visible(tx: Transaction, caller: Caller, uuid: str) -> Job | None:
    """A job of an organization that the caller sees."""
    job = store.find_by_uuid(tx, uuid)
    return job if job is not None and caller.reaches(job.organization_id) else None


def step_of(tx: Transaction, job: Job) -> Step:
    """The step that a job is of."""
    return steps.find(tx, job.step_id)


def retry(tx: Transaction, world: World, caller: Caller, job: Job) -> Job:
    """Try a job again; the new job.

    Raises:
        InapplicableError: it has not failed, or was tried again before.
        InvalidStateError: its build was canceled, or the one that triggered it; or its step
            forbids it.

    Source: pages/pipelines/configure/retry.md of Buildkite's documentation.
    """
    if job.is_retried:
        msg = "Jobs can only be retried once"
        raise InapplicableError(msg)
    definition = job_moves.definition_of(tx, job)
    manual = definition.retry.manual if isinstance(definition, CommandStep) else None
    passed_may = manual is not None and manual.permit_on_passed and job.has_passed
    if manual is None or not (_has_failed(job) or passed_may):
        msg = "Only failed, timed out or canceled jobs can be retried"
        raise InapplicableError(msg)
    build = builds.find(tx, job.build_id)
    if build.state in {BuildState.CANCELED, BuildState.CANCELING}:
        msg = "Jobs from canceled builds cannot be retried"
        raise InvalidStateError(msg)
    if _is_awaited_in_vain(tx, build):
        msg = (
            "This job can't be retried because this build was triggered by a synchronous trigger"
            " step in a canceled build"
        )
        raise InvalidStateError(msg)
    if not manual.allowed:
        msg = manual.reason or "Retrying this job is not permitted"
        raise InvalidStateError(msg)
    with in_motion(tx, world) as motion:
        number = _begin_again(motion, job, caller.user)
    return store.find(tx, number)


def retry_all(tx: Transaction, world: World, caller: Caller, jobs: Iterable[Job]) -> None:
    """Try jobs again that all may be."""
    with in_motion(tx, world) as motion:
        for job in jobs:
            _begin_again(motion, job, caller.user)


def may_be_retried(tx: Transaction, job: Job) -> bool:
    """Whether `retry` would take a job whose build was not canceled."""
    definition = job_moves.definition_of(tx, job)
    if job.is_retried or not isinstance(definition, CommandStep):
        return False
    manual = definition.retry.manual
    return manual.allowed and (_has_failed(job) or (manual.permit_on_passed and job.has_passed))


def unblocker(
    tx: Transaction, caller: Caller, organization: Organization, uuid: str | None
) -> User:
    """Who is to have released a step: a member of the organization, or whoever calls.

    Raises:
        InvalidStateError: the organization has no such member.
    """
    if uuid is None:
        return caller.user
    member = organizations.find_member(tx, organization, uuid)
    if member is None:
        msg = "Unblocker is not a valid user id for this organization"
        raise InvalidStateError(msg)
    return member


def unblock(
    tx: Transaction, world: World, by: User, job: Job, fields: Mapping[str, str | list[str]]
) -> Job:
    """Release a block or input step, with what was filled in; that becomes meta-data.

    Raises:
        InapplicableError: it is no such step's.
        InvalidStateError: it is not waiting for this.
        InvalidInputError: a field is missing, unknown, or not of its format.

    Source: pages/pipelines/configure/step_types/block_step.md of Buildkite's documentation.
    """
    definition = job_moves.definition_of(tx, job)
    if not isinstance(definition, BlockStep | InputStep):
        msg = "This job type cannot be unblocked"
        raise InapplicableError(msg)
    build = builds.find(tx, job.build_id)
    if build.state in {BuildState.CANCELED, BuildState.CANCELING}:
        msg = "Jobs from canceled builds cannot be unblocked"
        raise InvalidStateError(msg)
    if job.state is not JobState.BLOCKED:
        msg = f"This job cannot be unblocked: it is {job.state.value}"
        raise InvalidStateError(msg)
    meta_data.put(tx, build.id, filled_in(definition, fields))
    with in_motion(tx, world) as motion:
        changed = {"unblocked_by": by.id, "unblocked_at": tx.now_text}
        job_moves.move(tx, job, JobEvent.UNBLOCK, **changed)
        motion.steps.append(job.step_id)
        motion.builds[build.id] = None
    tx.tell(JobActivated(build.uuid))
    return store.find(tx, job.id)


def filled_in(
    definition: BlockStep | InputStep, fields: Mapping[str, str | list[str]]
) -> dict[str, str]:
    """The meta-data that a block or input step's fields become.

    Raises:
        InvalidInputError: a field is missing, unknown, or not of its format; the message names it.
    """
    known = {field.key: field for field in definition.fields}
    for key in fields:
        if key not in known:
            msg = f"There is no field {key!r}"
            raise InvalidInputError(msg)
    pairs = {}
    for key, field in known.items():
        value = _value(field, fields.get(key))
        if value is not None:
            pairs[key] = value
    return pairs


def cancel(tx: Transaction, world: World, caller: Caller, job: Job) -> Job:
    """Cancel one job.

    Raises:
        InapplicableError: it is no command or trigger job's.
        InvalidStateError: it has ended, or is about to.
    """
    if job.type not in {JobType.SCRIPT, JobType.TRIGGER}:
        msg = "This job type cannot be canceled"
        raise InapplicableError(msg)
    if job.state in ENDED or job.state is JobState.TIMING_OUT:
        msg = f"This job cannot be canceled: it is {job.state.value}"
        raise InvalidStateError(msg)
    with in_motion(tx, world) as motion:
        job_moves.cancel(motion, job, caller.user.id)
    return store.find(tx, job.id)


def reprioritize(tx: Transaction, job: Job, priority: int) -> Job:
    """Let a job go before others, or after them.

    Raises:
        InapplicableError: no job has such a priority.
    """
    if abs(priority) > HIGHEST_PRIORITY:
        msg = "Priority must be an integer"
        raise InapplicableError(msg)
    store.update(tx, job.id, {"priority": priority})
    return store.find(tx, job.id)


def _begin_again(motion: Motion, job: Job, by: User) -> int:
    """Put a new job in the place of one, and let its step and build go on; its integer key."""
    number = retrying.insert_retry(motion.tx, motion.world, job, RetryType.MANUAL, by=by.id)
    step_moves.reopen(motion, steps.find(motion.tx, job.step_id))
    build_moves.start(motion, builds.find(motion.tx, job.build_id))
    return number


def _is_awaited_in_vain(tx: Transaction, build: Build) -> bool:
    """Whether a canceled build had triggered this one, to end as it does."""
    if build.triggered_from_job_id is None:
        return False
    trigger = store.find(tx, build.triggered_from_job_id)
    definition = job_moves.definition_of(tx, trigger)
    if isinstance(definition, TriggerStep) and definition.is_async:
        return False
    return builds.find(tx, trigger.build_id).state in {BuildState.CANCELED, BuildState.CANCELING}


def _has_failed(job: Job) -> bool:
    if job.state is JobState.FINISHED:
        return job.hard_failed or job.soft_failed
    return job.state in {JobState.CANCELED, JobState.TIMED_OUT, JobState.EXPIRED}


def _value(field: TextField | SelectField, given: str | list[str] | None) -> str | None:
    if isinstance(field, TextField):
        return _text(field, given)
    chosen = list(field.default) if given is None else given
    chosen = [chosen] if isinstance(chosen, str) else list(chosen)
    chosen = [each for line in chosen for each in line.split("\n") if each]
    if not chosen:
        return _nothing(field)
    values = {option.value for option in field.options}
    for each in chosen:
        if each not in values:
            msg = f"{field.key} must be one of {', '.join(sorted(values))}"
            raise InvalidInputError(msg)
    if len(chosen) > 1 and not field.multiple:
        msg = f"{field.key} takes one value only"
        raise InvalidInputError(msg)
    return "\n".join(chosen)


def _text(field: TextField, given: str | list[str] | None) -> str | None:
    if isinstance(given, list):
        msg = f"{field.key} must be text"
        raise InvalidInputError(msg)
    text = (field.default or "" if given is None else given).replace("\r\n", "\n")
    if not text:
        return _nothing(field)
    if "\0" in text:
        msg = f"{field.key} can't have NUL characters"
        raise InvalidInputError(msg)
    if field.format is not None and not fits(text, field.format):
        msg = f"{field.key} must match {field.format}"
        raise InvalidInputError(msg)
    return text


def _nothing(field: TextField | SelectField) -> str | None:
    if field.required:
        msg = f"{field.key} is required"
        raise InvalidInputError(msg)
    return None
