"""Pipelines with all that the APIs tell of them, found for many at once."""

from collections.abc import Iterable

from msgspec import Struct

from mock_buildkite.clusters import store as clusters
from mock_buildkite.clusters.model import Cluster
from mock_buildkite.organizations import store as organizations
from mock_buildkite.organizations.model import User
from mock_buildkite.pipelines import store
from mock_buildkite.pipelines.model import Pipeline
from mock_buildkite.storage.database import Transaction

# Unverified: which states count as scheduled, running and waiting.
_RUNNING_BUILDS = ("running", "failing", "canceling")
_RUNNING_JOBS = ("assigned", "accepted", "running", "canceling", "timing_out")
_WAITING_JOBS = ("pending", "waiting", "blocked", "limited")


class Counts(Struct, frozen=True):
    """How many builds and command jobs of a pipeline are under way."""

    scheduled_builds: int
    running_builds: int
    scheduled_jobs: int
    running_jobs: int
    waiting_jobs: int


class DescribedPipeline(Struct, frozen=True):
    """A pipeline, where its jobs run, who made it, and what is under way."""

    pipeline: Pipeline
    cluster: Cluster | None
    created_by: User | None
    counts: Counts


def describe(tx: Transaction, pipelines: Iterable[Pipeline]) -> list[DescribedPipeline]:
    """Describe pipelines, in their order."""
    pipelines = list(pipelines)
    numbers = {pipeline.id for pipeline in pipelines}
    builds = store.count_unfinished_builds(tx, numbers)
    jobs = store.count_unfinished_jobs(tx, numbers)
    clusters_by_id = clusters.find_several(tx, (pipeline.cluster_id for pipeline in pipelines))
    users = organizations.find_several_users(tx, (pipeline.created_by for pipeline in pipelines))
    return [
        DescribedPipeline(
            pipeline,
            clusters_by_id.get(pipeline.cluster_id or 0),
            users.get(pipeline.created_by or 0),
            _counts(builds.get(pipeline.id, {}), jobs.get(pipeline.id, {})),
        )
        for pipeline in pipelines
    ]


def _counts(builds: dict[str, int], jobs: dict[str, int]) -> Counts:
    return Counts(
        scheduled_builds=builds.get("scheduled", 0),
        running_builds=sum(builds.get(state, 0) for state in _RUNNING_BUILDS),
        scheduled_jobs=jobs.get("scheduled", 0),
        running_jobs=sum(jobs.get(state, 0) for state in _RUNNING_JOBS),
        waiting_jobs=sum(jobs.get(state, 0) for state in _WAITING_JOBS),
    )
