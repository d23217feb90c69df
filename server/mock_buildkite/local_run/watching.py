"""What a run wants to know of its build: read in one unit, each time that something happened."""

from collections.abc import Collection, Mapping

from msgspec import Struct

from mock_buildkite.annotations import service as annotations
from mock_buildkite.annotations.model import Annotation, Scope
from mock_buildkite.builds import service as builds
from mock_buildkite.builds.model import Build
from mock_buildkite.job_logs import service as job_logs
from mock_buildkite.jobs import store as jobs_store
from mock_buildkite.jobs.lifecycle import STARTED
from mock_buildkite.jobs.model import Job, JobType
from mock_buildkite.local_run.names import name_of
from mock_buildkite.pipelines.definition import BlockStep, InputStep
from mock_buildkite.steps import store as steps
from mock_buildkite.storage.database import Transaction
from mock_buildkite.workflow.job_moves import definition_of


class Look(Struct, frozen=True):
    """A build at one moment."""

    build: Build
    jobs: list[Job]
    names: dict[int, str]
    """What each job is called, by its integer key."""
    output: dict[int, bytes]
    """What each job has printed beyond what was known."""


class Question(Struct, frozen=True):
    """A block or input step that waits for a person."""

    job: Job
    name: str
    key: str | None
    definition: BlockStep | InputStep


def look(
    tx: Transaction,
    build_id: int,
    names: Mapping[int, str],
    printed: Mapping[int, int],
    told: Collection[int],
) -> Look:
    """A build, its jobs, and what they have printed since.

    `names` are known already, `printed` counts the bytes that are, and of the jobs in `told`
    everything is.
    """
    jobs = jobs_store.list_of_build(tx, build_id)
    output = {}
    for job in jobs:
        if job.type is not JobType.SCRIPT or job.id in told:
            continue
        offset = printed.get(job.id, 0)
        if job.state in STARTED:
            output[job.id] = job_logs.follow(tx, job.id, offset)
        elif job.is_ended:
            output[job.id] = job_logs.read(tx, job.id, offset)
    return Look(
        build=builds.find(tx, build_id),
        jobs=jobs,
        names={job.id: names.get(job.id) or name_of(job, definition_of(tx, job)) for job in jobs},
        output=output,
    )


def question(tx: Transaction, job_id: int) -> Question:
    """What a block or input step's job asks a person."""
    job = jobs_store.find(tx, job_id)
    definition = definition_of(tx, job)
    assert isinstance(definition, BlockStep | InputStep)  # noqa: S101 - such jobs have such steps
    key = steps.find(tx, job.step_id).key
    return Question(job, name_of(job, definition), key, definition)


def annotations_of(tx: Transaction, build_id: int) -> list[Annotation]:
    """What the build's jobs have written on it and on themselves."""
    return annotations.list_of_build(tx, build_id, frozenset(Scope))
