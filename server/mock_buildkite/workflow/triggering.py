"""Trigger steps: a build of another pipeline, and a job that stands for it.

Source: pages/pipelines/configure/step_types/trigger_step.md of Buildkite's documentation.
"""

from mock_buildkite.builds import store as builds
from mock_buildkite.builds.model import DEFAULT_COMMIT, Build, NewBuild, Source
from mock_buildkite.errors import BuildkiteError, InvalidInputError
from mock_buildkite.jobs import store as jobs
from mock_buildkite.jobs.lifecycle import JobEvent, JobState
from mock_buildkite.jobs.model import Job
from mock_buildkite.pipelines import store as pipelines
from mock_buildkite.pipelines.definition import TriggerStep
from mock_buildkite.pipelines.model import Pipeline
from mock_buildkite.storage.database import Transaction
from mock_buildkite.workflow import creation
from mock_buildkite.workflow.build_moves import start
from mock_buildkite.workflow.endings import Ending
from mock_buildkite.workflow.job_moves import definition_of, end, move
from mock_buildkite.workflow.motion import Motion

DEEPEST_TRIGGERS = 10


def trigger(motion: Motion, job_id: int) -> None:
    """Create the build that a trigger job asks for; the job fails where that cannot be."""
    tx = motion.tx
    job = jobs.find(tx, job_id)
    if job.state is not JobState.SCHEDULED:
        return  # it was canceled in the same breath
    definition = definition_of(tx, job)
    assert isinstance(definition, TriggerStep)  # noqa: S101 - trigger jobs have such steps
    parent = builds.find(tx, job.build_id)
    start(motion, parent)
    try:
        with tx.savepoint():
            pipeline = _target(tx, job, parent, definition)
            child = creation.create(motion, pipeline, _asked_for(job, parent, pipeline, definition))
    except BuildkiteError as error:
        builds.update(tx, parent.id, {"failure_reason": error.message})
        end(motion, job, JobEvent.FINISH, Ending(has_failed=True))
        return
    changed = {"triggered_build_id": child.id, "started_at": tx.now_text}
    move(tx, job, JobEvent.START, **changed)
    if definition.is_async:
        end(motion, jobs.find_moved(tx, job.id), JobEvent.FINISH)


def _target(tx: Transaction, job: Job, parent: Build, definition: TriggerStep) -> Pipeline:
    pipeline = pipelines.find_by_slug(tx, job.organization_id, definition.trigger)
    if pipeline is None or pipeline.cluster_id != job.cluster_id or pipeline.is_archived:
        msg = f"The cluster has no pipeline {definition.trigger!r} that can be triggered"
        raise InvalidInputError(msg)
    if parent.trigger_depth >= DEEPEST_TRIGGERS:
        msg = f"Builds can trigger one another at most {DEEPEST_TRIGGERS} deep"
        raise InvalidInputError(msg)
    return pipeline


def _asked_for(job: Job, parent: Build, pipeline: Pipeline, definition: TriggerStep) -> NewBuild:
    parallel = {}
    if job.parallel_group_total is not None:
        parallel = {
            "BUILDKITE_PARALLEL_JOB": str(job.parallel_group_index),
            "BUILDKITE_PARALLEL_JOB_COUNT": str(job.parallel_group_total),
        }
    return NewBuild(
        commit=definition.commit or DEFAULT_COMMIT,
        branch=definition.branch or pipeline.default_branch,
        message=definition.message or definition.label,
        source=Source.TRIGGER_JOB,
        env={**definition.env, **parallel},
        meta_data=definition.meta_data,
        author=parent.author,
        created_by=parent.created_by,
        triggered_from_job_id=job.id,
        trigger_depth=parent.trigger_depth + 1,
    )
