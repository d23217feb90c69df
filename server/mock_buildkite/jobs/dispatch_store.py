"""The SQL of jobs that wait for an agent, or have been offered to one."""

from collections.abc import Iterable

from mock_buildkite.jobs.lifecycle import JobState
from mock_buildkite.jobs.model import AssignedJob, QueuedJob
from mock_buildkite.storage import several
from mock_buildkite.storage.columns import Part
from mock_buildkite.storage.database import Transaction
from mock_buildkite.storage.json_text import to_json

_queued_job = Part(QueuedJob, "jobs")

_NEXT_QUEUED = (
    f"select {_queued_job.columns}, agent_query_rules from jobs"  # noqa: S608 - ours
    " where state = 'scheduled' and type = 'script'"
    " and organization_id = ? and cluster_id is ? and queue_id is ? and agent_query_rules > ?"
    " order by agent_query_rules, priority desc, scheduled_at, id limit 1"
)


def list_first(
    tx: Transaction, organization_id: int, cluster_id: int | None, queue_id: int | None
) -> list[QueuedJob]:
    """The first of the jobs that wait for an agent of a queue, for each list of agent query rules.

    However many jobs there are, the index is entered once for each list, and once more.
    """
    found, rules = list[QueuedJob](), ""
    while True:
        row = tx.one(_NEXT_QUEUED, (organization_id, cluster_id, queue_id, rules))
        if row is None:
            return found
        found.append(_queued_job.read(row))
        rules = row[_queued_job.end]


_QUEUED_AMONG = (
    f"select {_queued_job.columns} from jobs where id in {several.AMONG}"  # noqa: S608 - ours
    " and state = 'scheduled' and type = 'script' and (cluster_id is null or queue_id is not null)"
    " and (select dispatch_paused_at from queues where queues.id = queue_id) is null"
)


def list_among(tx: Transaction, numbers: Iterable[int]) -> list[QueuedJob]:
    """Those of some jobs that wait for an agent and may be given one, in no order.

    None of a queue that is paused, or of a cluster that does not have the queue.
    """
    return [_queued_job.read(row) for row in tx.all(_QUEUED_AMONG, (to_json(list(numbers)),))]


def find_assigned(tx: Transaction, number: int) -> AssignedJob:
    """The job with that integer key, which an agent has."""
    row = tx.one(
        "select uuid, state, coalesce(assigned_at, accepted_at) from jobs where id = ?", (number,)
    )
    if row is None:
        raise LookupError(number)
    return AssignedJob(row[0], JobState(row[1]), row[2])
