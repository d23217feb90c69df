"""The SQL of agents that could take a job, and of the one that each has."""

from collections.abc import Iterator

from mock_buildkite.agents.model import IdleAgent
from mock_buildkite.storage.database import Row, Transaction
from mock_buildkite.storage.json_text import from_json

_IDLE = (
    "select id, uuid, organization_id, cluster_id, queue_id, tags, last_job_finished_at"
    " from agents where connection_state = 'connected' and job_id is null and paused_at is null"
    " and ignore_in_dispatches = 0"
)
_BEST_FIRST = "order by priority desc, last_job_passed_at desc, connected_at, id"


def find_idle(tx: Transaction, number: int) -> IdleAgent | None:
    """An agent, if it can be given a job: it is idle, and its queue is not paused."""
    row = tx.one(
        f"{_IDLE} and id = ?"  # noqa: S608 - ours
        " and (select dispatch_paused_at from queues where queues.id = queue_id) is null",
        (number,),
    )
    return None if row is None else _idle_agent(row)


def iterate_idle(
    tx: Transaction, organization_id: int, cluster_id: int | None, queue_id: int | None
) -> Iterator[IdleAgent]:
    """The agents of a queue, or of an organization outside clusters, that can be given a job.

    The one that is to get it first comes first.
    """
    rows = tx.iterate(
        f"{_IDLE} and organization_id = ? and cluster_id is ? and queue_id is ? {_BEST_FIRST}",
        (organization_id, cluster_id, queue_id),
    )
    return (_idle_agent(row) for row in rows)


def list_idle_of_queue(tx: Transaction, queue_id: int) -> list[int]:
    """The integer keys of a queue's agents that can be given a job, the best first."""
    return [row[0] for row in tx.all(f"{_IDLE} and queue_id = ? {_BEST_FIRST}", (queue_id,))]


def job_of(tx: Transaction, number: int) -> int | None:
    """The integer key of the job that an agent has."""
    job_id: int | None = tx.value("select job_id from agents where id = ?", (number,))
    return job_id


def record_job(tx: Transaction, number: int, job_id: int) -> None:
    """Note that an agent is given a job."""
    tx.execute("update agents set job_id = ? where id = ?", (job_id, number))


def record_job_ended(tx: Transaction, number: int, *, has_passed: bool, was_finished: bool) -> None:
    """Note that an agent is without a job again: after it finished one, or the job was taken."""
    tx.execute(
        "update agents set job_id = null,"
        " last_job_finished_at = case when ?1 then ?3 else last_job_finished_at end,"
        " last_job_passed_at = case when ?2 then ?3 else last_job_passed_at end where id = ?4",
        (was_finished, has_passed, tx.now_text, number),
    )


def record_ignored_in_dispatches(tx: Transaction, number: int) -> None:
    """Note that an agent takes no more jobs."""
    tx.execute("update agents set ignore_in_dispatches = 1 where id = ?", (number,))


def _idle_agent(row: Row) -> IdleAgent:
    tags = tuple(from_json(row["tags"]))
    return IdleAgent(row[0], row[1], row[2], row[3], row[4], tags, row["last_job_finished_at"])
