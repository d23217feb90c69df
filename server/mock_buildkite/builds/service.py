"""Making, finding, canceling and repeating builds."""

from collections.abc import Mapping

from mock_buildkite.access_tokens.model import Caller
from mock_buildkite.builds import store
from mock_buildkite.builds.lifecycle import BuildState
from mock_buildkite.builds.model import Build, NewBuild, Source, require_sound
from mock_buildkite.errors import (
    InapplicableError,
    InvalidInputError,
    InvalidStateError,
    PermissionDeniedError,
)
from mock_buildkite.jobs import authority as authorities
from mock_buildkite.jobs import requests as jobs
from mock_buildkite.jobs import store as jobs_store
from mock_buildkite.jobs.lifecycle import JobState
from mock_buildkite.jobs.model import Authority, Job
from mock_buildkite.meta_data import store as meta_data
from mock_buildkite.organizations import service as organizations
from mock_buildkite.pipelines import branches
from mock_buildkite.pipelines import store as pipelines
from mock_buildkite.pipelines.model import Pipeline
from mock_buildkite.storage.database import Transaction
from mock_buildkite.workflow import build_moves, creation
from mock_buildkite.workflow.motion import Motion
from mock_buildkite.workflow.progress import in_motion
from mock_buildkite.world import World

find = store.find
search = store.search

RETRIED_STATES = ("canceled", "expired", "failed", "soft_failed", "timed_out")


def find_visible(tx: Transaction, caller: Caller, uuid: str) -> Build | None:
    """A build of an organization that the caller sees."""
    build = store.find_by_uuid(tx, uuid)
    return build if build is not None and caller.reaches(build.organization_id) else None


def find_by_number(tx: Transaction, pipeline: Pipeline, number: int) -> Build | None:
    """A pipeline's build of that number."""
    return store.find_by_number(tx, pipeline.id, number)


def create(tx: Transaction, world: World, pipeline: Pipeline, new: NewBuild) -> Build:
    """Make a build of a pipeline, whose first jobs are with their agents when this returns.

    Raises:
        InvalidFieldsError: something about the build cannot be.
        InvalidStateError: the pipeline takes no such build, or its configuration cannot become
            this build's steps.
    """
    require_sound(new)
    if pipeline.is_archived:
        msg = "Pipeline is archived"
        raise InvalidStateError(msg)
    if not new.ignore_pipeline_branch_filters and new.pull_request is None:
        patterns = pipeline.branch_configuration
        if patterns and not branches.matches(patterns, new.branch):
            msg = "Branches have been disabled for this pipeline"
            raise InvalidStateError(msg)
    with in_motion(tx, world) as motion:
        build = _created(motion, pipeline, new)
    return store.find(tx, build.id)


def creator_of(
    tx: Transaction, caller: Caller, pipeline: Pipeline, author: Mapping[str, str] | None
) -> int | None:
    """Whose build it is to be: its author's, if that is a member; nobody's, if not.

    Without an author it is the caller's.

    Source: the body of a creation in pages/apis/rest_api/builds.md of Buildkite's documentation.
    """
    if author is None:
        return caller.user.id
    organization = organizations.find(tx, pipeline.organization_id)
    member = organizations.find_member_by_email(tx, organization, author["email"])
    return None if member is None else member.id


def cancel(tx: Transaction, world: World, caller: Caller, build: Build) -> Build:
    """Cancel a build.

    Raises:
        InvalidStateError: it is at its end.
    """
    if build.is_finished:
        msg = "Build can't be canceled because it's already finished."
        raise InvalidStateError(msg)
    with in_motion(tx, world) as motion:
        build_moves.cancel(motion, build, caller.user.id, None)
    return store.find(tx, build.id)


def cancel_own(tx: Transaction, world: World, authority: Authority, uuid: str) -> Build:
    """Cancel the build of a job that asks for it.

    Raises:
        PermissionDeniedError: it is another build.
        InvalidStateError: it is at its end.
    """
    if authorities.reach_build(tx, authority, uuid) != authority.job.build_id:
        msg = "A job can only cancel its own build"
        raise PermissionDeniedError(msg)
    build = store.find(tx, authority.job.build_id)
    with in_motion(tx, world) as motion:
        build_moves.cancel(motion, build, None, None)
    return store.find(tx, build.id)


def rebuild(tx: Transaction, world: World, caller: Caller, build: Build) -> Build:
    """Make a build of the same commit and with the same data.

    Raises:
        InvalidStateError: the pipeline does not allow it.
    """
    pipeline = pipelines.find(tx, build.pipeline_id)
    if not pipeline.allow_rebuilds:
        msg = "Rebuilds have been disabled for this pipeline"
        raise InvalidStateError(msg)
    new = NewBuild(
        commit=build.commit,
        branch=build.branch,
        message=build.message,
        source=Source.API,
        tag=build.tag,
        env=build.env,
        meta_data=meta_data.list_all(tx, build.id),
        author=build.author,
        pull_request=build.pull_request,
        clean_checkout=build.clean_checkout,
        ignore_pipeline_branch_filters=True,
        created_by=caller.user.id,
        rebuilt_from_build_id=build.id,
    )
    return create(tx, world, pipeline, new)


def retry_failed_jobs(
    tx: Transaction, world: World, caller: Caller, build: Build, states: tuple[str, ...]
) -> int:
    """Try every job of a build again that came out in one of some ways; how many they are.

    Raises:
        InapplicableError: a job does not come out in such a way.
        InvalidStateError: the build was canceled.
    """
    unknown = [state for state in states if state not in RETRIED_STATES]
    if unknown:
        msg = f"Invalid states: {', '.join(unknown)}. Valid states are {', '.join(RETRIED_STATES)}."
        raise InapplicableError(msg)
    if build.state in {BuildState.CANCELED, BuildState.CANCELING}:
        msg = "Jobs from canceled builds cannot be retried"
        raise InvalidStateError(msg)
    wanted = frozenset(states or RETRIED_STATES)
    retried = [
        job
        for job in jobs_store.list_of_build(tx, build.id)
        if not job.is_retried and _came_out(job) in wanted and jobs.may_be_retried(tx, job)
    ]
    jobs.retry_all(tx, world, caller, retried)
    return len(retried)


def _created(motion: Motion, pipeline: Pipeline, new: NewBuild) -> Build:
    try:
        return creation.create(motion, pipeline, new)
    except InvalidInputError as error:  # what is wrong is the pipeline's, not the caller's
        raise InvalidStateError(error.message) from error


def _came_out(job: Job) -> str | None:
    if job.state is JobState.FINISHED:
        if job.soft_failed:
            return "soft_failed"
        return "failed" if job.hard_failed else None
    state: str = job.state.value
    return state
