"""The SQL of what lies around a job: one query for all, of which each alone would cost as much."""

from typing import Any

from mock_buildkite.agents.model import NamedAgent
from mock_buildkite.builds.model import NamedBuild
from mock_buildkite.clusters.model import NamedCluster
from mock_buildkite.jobs.model import GivenJob
from mock_buildkite.jobs.surroundings import Surroundings
from mock_buildkite.meta_data.model import COMMIT_KEY
from mock_buildkite.organizations.model import Organization, User
from mock_buildkite.pipelines.model import NamedPipeline
from mock_buildkite.queues import store as queues
from mock_buildkite.queues.model import Queue
from mock_buildkite.steps.model import NamedStep
from mock_buildkite.storage.columns import Part
from mock_buildkite.storage.database import Row, Transaction

_job = Part(GivenJob, "jobs")
_build = Part(NamedBuild, "builds", after=_job)
_pipeline = Part(NamedPipeline, "pipelines", after=_build)
_organization = Part(Organization, "organizations", after=_pipeline)
_step = Part(NamedStep, "steps", after=_organization)
_group = Part(NamedStep, "groups", after=_step)
_cluster = Part(NamedCluster, "clusters", after=_group)
_agent = Part(NamedAgent, "agents", after=_cluster)
_creator = Part(User, "creators", after=_agent)
_unblocker = Part(User, "unblockers", after=_creator)
_PARTS: tuple[Part[Any], ...] = (
    _job,
    _build,
    _pipeline,
    _organization,
    _step,
    _group,
    _cluster,
    _agent,
    _creator,
    _unblocker,
)
_AROUND = (
    f"select {', '.join(part.columns for part in _PARTS)},"  # noqa: S608 - ours
    " exists (select 1 from build_meta_data"
    f" where build_meta_data.build_id = builds.id and build_meta_data.key = {COMMIT_KEY!r})"
    " from jobs join builds on builds.id = jobs.build_id"
    " join pipelines on pipelines.id = jobs.pipeline_id"
    " join organizations on organizations.id = jobs.organization_id"
    " join steps on steps.id = jobs.step_id"
    " left join steps as groups on groups.id = steps.group_id"
    " left join clusters on clusters.id = jobs.cluster_id"
    " left join agents on agents.id = jobs.agent_id"
    " left join users as creators on creators.id = builds.created_by"
    " left join users as unblockers on unblockers.id = (select unblocked.unblocked_by"
    " from jobs as unblocked where unblocked.build_id = builds.id"
    " and unblocked.unblocked_by is not null"
    " order by unblocked.unblocked_at desc, unblocked.id desc limit 1)"
)


def find(tx: Transaction, number: int) -> Surroundings:
    """What lies around the job with that integer key, which must be there."""
    row = tx.one(f"{_AROUND} where jobs.id = ?", (number,))
    if row is None:
        raise LookupError(number)
    return _surroundings(row)


def find_by_uuid(tx: Transaction, uuid: str) -> Surroundings | None:
    """What lies around the job with that UUID."""
    row = tx.one(f"{_AROUND} where jobs.uuid = ?", (uuid,))
    return None if row is None else _surroundings(row)


def queue_of(tx: Transaction, around: Surroundings) -> Queue | None:
    """The queue that a job is in; None outside clusters."""
    queue_id = around.job.queue_id
    return None if queue_id is None else queues.find(tx, queue_id)


def _surroundings(row: Row) -> Surroundings:
    return Surroundings(
        organization=_organization.read(row),
        pipeline=_pipeline.read(row),
        build=_build.read(row),
        step=_step.read(row),
        group=_group.read_if_there(row),
        job=_job.read(row),
        agent=_agent.read_if_there(row),
        cluster=_cluster.read_if_there(row),
        creator=_creator.read_if_there(row),
        unblocker=_unblocker.read_if_there(row),
        commit_is_resolved=bool(row[_PARTS[-1].end]),
    )
