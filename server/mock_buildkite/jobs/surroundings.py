"""What lies around a job: all that can be said of it to somebody else."""

from dataclasses import dataclass

from mock_buildkite.agents import store as agents
from mock_buildkite.agents.model import NamedAgent
from mock_buildkite.builds import store as builds
from mock_buildkite.builds.model import Build
from mock_buildkite.clusters import store as clusters
from mock_buildkite.clusters.model import Cluster
from mock_buildkite.jobs import store as jobs
from mock_buildkite.jobs.model import Authority, Job
from mock_buildkite.organizations import store as organizations
from mock_buildkite.organizations.model import Organization
from mock_buildkite.pipelines import store as pipelines
from mock_buildkite.pipelines.model import NamedPipeline
from mock_buildkite.queues import store as queues
from mock_buildkite.queues.model import Queue
from mock_buildkite.steps import store as steps
from mock_buildkite.steps.model import Step
from mock_buildkite.storage.database import Transaction


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A job, what it is a part of, and where it runs."""

    organization: Organization
    pipeline: NamedPipeline
    build: Build
    step: Step
    job: Job
    agent: NamedAgent | None
    """None: no agent has it yet."""
    cluster: Cluster | None
    """None outside clusters."""


def of(tx: Transaction, authority: Authority) -> Surroundings:
    """What lies around the job in whose name a call comes."""
    return of_job(tx, jobs.find(tx, authority.job_id), agents.find_named(tx, authority.agent_id))


def of_job(tx: Transaction, job: Job, agent: NamedAgent | None) -> Surroundings:
    """What lies around a job, on an agent or on none yet."""
    return Surroundings(
        organization=organizations.find(tx, job.organization_id),
        pipeline=pipelines.find_named(tx, job.pipeline_id),
        build=builds.find(tx, job.build_id),
        step=steps.find(tx, job.step_id),
        job=job,
        agent=agent,
        cluster=None if job.cluster_id is None else clusters.find(tx, job.cluster_id),
    )


def queue_of(tx: Transaction, around: Surroundings) -> Queue | None:
    """The queue that a job is in; None outside clusters."""
    queue_id = around.job.queue_id
    return None if queue_id is None else queues.find(tx, queue_id)
