"""Jobs with all that the APIs tell of them, found for many at once."""

from collections.abc import Iterable

from msgspec import Struct

from mock_buildkite.agents import store as agents
from mock_buildkite.agents.model import Agent
from mock_buildkite.builds import store as builds
from mock_buildkite.builds.model import Build
from mock_buildkite.clusters import store as clusters
from mock_buildkite.clusters.model import Cluster
from mock_buildkite.jobs import store
from mock_buildkite.jobs.model import Job
from mock_buildkite.organizations import store as organizations
from mock_buildkite.organizations.model import User
from mock_buildkite.pipelines import store as pipelines
from mock_buildkite.pipelines.definition import Step as Definition
from mock_buildkite.pipelines.definition import decode_step
from mock_buildkite.pipelines.model import Pipeline
from mock_buildkite.queues import store as queues
from mock_buildkite.queues.model import Queue
from mock_buildkite.steps import store as steps
from mock_buildkite.steps.model import Step
from mock_buildkite.storage.database import Transaction


class DescribedJob(Struct, frozen=True):
    """A job, what it is a part of, where it ran, and what came of it."""

    job: Job
    step: Step
    definition: Definition
    """Its step, with the values of its matrix filled in."""
    group: Step | None
    build: Build
    pipeline: Pipeline
    agent: Agent | None
    agent_place: tuple[Cluster, Queue] | None
    """The cluster of its agent, and the queue; None outside clusters."""
    cluster: Cluster | None
    queue: Queue | None
    retried_in: Job | None
    retry_source: Job | None
    retried_by: User | None
    unblocked_by: User | None
    triggered: tuple[Build, Pipeline] | None
    """The build that it created, and the pipeline of that."""


def describe(tx: Transaction, jobs: Iterable[Job]) -> list[DescribedJob]:
    """Describe jobs, in their order."""
    jobs = list(jobs)
    steps_by_id = steps.find_several(tx, (job.step_id for job in jobs))
    groups = steps.find_several(tx, (step.group_id for step in steps_by_id.values()))
    related = store.find_several(
        tx, (number for job in jobs for number in (job.retried_in_job_id, job.retry_source_job_id))
    )
    users = organizations.find_several_users(
        tx, (number for job in jobs for number in (job.retried_by, job.unblocked_by))
    )
    builds_by_id = builds.find_several(
        tx, (number for job in jobs for number in (job.build_id, job.triggered_build_id))
    )
    pipelines_by_id = pipelines.find_several(
        tx, (build.pipeline_id for build in builds_by_id.values())
    )
    agents_by_id = agents.find_several(tx, (job.agent_id for job in jobs))
    placed: list[Job | Agent] = [*jobs, *agents_by_id.values()]
    clusters_by_id = clusters.find_several(tx, (each.cluster_id for each in placed))
    queues_by_id = queues.find_several(tx, (each.queue_id for each in placed))

    def place(agent: Agent | None) -> tuple[Cluster, Queue] | None:
        if agent is None or agent.cluster_id is None or agent.queue_id is None:
            return None
        return clusters_by_id[agent.cluster_id], queues_by_id[agent.queue_id]

    def described(job: Job) -> DescribedJob:
        agent = agents_by_id.get(job.agent_id or 0)
        step, build = steps_by_id[job.step_id], builds_by_id[job.build_id]
        triggered = builds_by_id.get(job.triggered_build_id or 0)
        return DescribedJob(
            job=job,
            step=step,
            definition=decode_step(job.definition or step.definition),
            group=groups.get(step.group_id or 0),
            build=build,
            pipeline=pipelines_by_id[build.pipeline_id],
            agent=agent,
            agent_place=place(agent),
            cluster=clusters_by_id.get(job.cluster_id or 0),
            queue=queues_by_id.get(job.queue_id or 0),
            retried_in=related.get(job.retried_in_job_id or 0),
            retry_source=related.get(job.retry_source_job_id or 0),
            retried_by=users.get(job.retried_by or 0),
            unblocked_by=users.get(job.unblocked_by or 0),
            triggered=(
                None if triggered is None else (triggered, pipelines_by_id[triggered.pipeline_id])
            ),
        )

    return [described(job) for job in jobs]
