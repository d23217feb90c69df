"""The SQL of queues."""

from collections.abc import Iterable

from mock_buildkite.clock import from_text
from mock_buildkite.clusters.model import Cluster
from mock_buildkite.queues.model import NewQueue, Queue
from mock_buildkite.storage import several
from mock_buildkite.storage.database import Row, Transaction
from mock_buildkite.storage.json_text import from_json, to_json


def insert(
    tx: Transaction, cluster: Cluster, uuid: str, new: NewQueue, created_by: int | None
) -> Queue:
    """Add a queue, created now."""
    number = tx.insert(
        "queues",
        {
            "uuid": uuid,
            "cluster_id": cluster.id,
            "key": new.key,
            "description": new.description,
            "retry_agent_affinity": new.retry_agent_affinity,
            "hosted_agents": None if new.hosted_agents is None else to_json(new.hosted_agents),
            "created_by": created_by,
            "created_at": tx.now_text,
        },
    )
    return find(tx, number)


def update(tx: Transaction, queue: Queue, wanted: NewQueue) -> Queue:
    """Change what can be changed of a queue."""
    hosted_agents = wanted.hosted_agents
    tx.update(
        "queues",
        queue.id,
        {
            "description": wanted.description,
            "retry_agent_affinity": wanted.retry_agent_affinity,
            "hosted_agents": None if hosted_agents is None else to_json(hosted_agents),
        },
    )
    return find(tx, queue.id)


def delete(tx: Transaction, queue: Queue) -> None:
    """Take a queue off record."""
    tx.execute("delete from queues where id = ?", (queue.id,))


def record_dispatch_paused(tx: Transaction, queue: Queue, by: int, note: str | None) -> Queue:
    """Note that a queue's jobs wait from now on."""
    tx.update(
        "queues",
        queue.id,
        {
            "dispatch_paused_at": tx.now_text,
            "dispatch_paused_by": by,
            "dispatch_paused_note": note,
        },
    )
    return find(tx, queue.id)


def record_dispatch_resumed(tx: Transaction, queue: Queue) -> Queue:
    """Note that a queue's jobs wait no more."""
    columns = ("dispatch_paused_at", "dispatch_paused_by", "dispatch_paused_note")
    tx.update("queues", queue.id, dict.fromkeys(columns))
    return find(tx, queue.id)


def find(tx: Transaction, number: int) -> Queue:
    """The queue with that integer key, which must be there."""
    row = tx.one("select * from queues where id = ?", (number,))
    if row is None:
        raise LookupError(number)
    return _queue(row)


def find_several(tx: Transaction, numbers: Iterable[int | None]) -> dict[int, Queue]:
    """The queues with those integer keys, by key."""
    return several.find_several(tx, "queues", _queue, numbers)


def find_by_uuid(tx: Transaction, uuid: str) -> Queue | None:
    """The queue with that UUID."""
    row = tx.one("select * from queues where uuid = ?", (uuid,))
    return None if row is None else _queue(row)


def find_by_key(tx: Transaction, cluster_id: int, key: str) -> Queue | None:
    """A cluster's queue with that key."""
    row = tx.one("select * from queues where cluster_id = ? and key = ?", (cluster_id, key))
    return None if row is None else _queue(row)


def find_default(tx: Transaction, cluster_id: int) -> Queue | None:
    """The queue of a cluster's agents that name none, if there is one."""
    row = tx.one(
        "select queues.* from clusters join queues on queues.id = default_queue_id"
        " where clusters.id = ?",
        (cluster_id,),
    )
    return None if row is None else _queue(row)


def count(tx: Transaction, cluster: Cluster) -> int:
    """How many queues a cluster has."""
    number: int = tx.value("select count(*) from queues where cluster_id = ?", (cluster.id,))
    return number


def list_by_key(tx: Transaction, cluster_id: int) -> list[Queue]:
    """A cluster's queues in the order of their keys."""
    rows = tx.all("select * from queues where cluster_id = ? order by key", (cluster_id,))
    return [_queue(row) for row in rows]


def list_newest_first(tx: Transaction, cluster_id: int) -> list[Queue]:
    """A cluster's queues, the newest first."""
    rows = tx.all(
        "select * from queues where cluster_id = ? order by created_at desc, uuid", (cluster_id,)
    )
    return [_queue(row) for row in rows]


def _queue(row: Row) -> Queue:
    paused_at = row["dispatch_paused_at"]
    hosted_agents = row["hosted_agents"]
    return Queue(
        id=row["id"],
        uuid=row["uuid"],
        cluster_id=row["cluster_id"],
        key=row["key"],
        description=row["description"],
        retry_agent_affinity=row["retry_agent_affinity"],
        hosted_agents=None if hosted_agents is None else from_json(hosted_agents),
        dispatch_paused_at=None if paused_at is None else from_text(paused_at),
        dispatch_paused_by=row["dispatch_paused_by"],
        dispatch_paused_note=row["dispatch_paused_note"],
        created_by=row["created_by"],
        created_at=from_text(row["created_at"]),
    )
