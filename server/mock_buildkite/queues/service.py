"""Making and finding queues, and the queue that an agent's tags put it on."""

from msgspec.structs import replace

from mock_buildkite.access_tokens.model import Caller
from mock_buildkite.agents import dispatch_store as agents
from mock_buildkite.clusters import service as clusters
from mock_buildkite.clusters.model import Cluster
from mock_buildkite.errors import (
    ConflictError,
    InvalidInputError,
    InvalidStateError,
    NotFoundError,
)
from mock_buildkite.ids import Ids
from mock_buildkite.queues import hosted, store
from mock_buildkite.queues.model import (
    DEFAULT_KEY,
    MOST_QUEUES,
    NewQueue,
    Queue,
    checked_affinity,
    checked_key,
    checked_note,
    named_in,
)
from mock_buildkite.storage.database import Transaction
from mock_buildkite.workflow.progress import in_motion
from mock_buildkite.world import World

find = store.find
find_by_key = store.find_by_key
list_by_key = store.list_by_key
list_newest_first = store.list_newest_first


def find_visible(tx: Transaction, caller: Caller, uuid: str) -> Queue | None:
    """A queue of an organization that the caller sees."""
    queue = store.find_by_uuid(tx, uuid)
    if queue is None:
        return None
    cluster = clusters.find(tx, queue.cluster_id)
    return queue if caller.reaches(cluster.organization_id) else None


def require_in(tx: Transaction, cluster: Cluster, uuid: str) -> Queue:
    """A queue of this very cluster.

    Raises:
        NotFoundError: there is none.
    """
    queue = store.find_by_uuid(tx, uuid)
    if queue is None or queue.cluster_id != cluster.id:
        msg = "No cluster queue found"
        raise NotFoundError(msg)
    return queue


def create(tx: Transaction, world: World, caller: Caller, cluster: Cluster, new: NewQueue) -> Queue:
    """Make a queue. Administrators and the cluster's maintainers."""
    clusters.require_maintainer(tx, caller, cluster, "create queues")
    return add(tx, world.ids, cluster, new, caller.user.id)


def add(
    tx: Transaction, ids: Ids, cluster: Cluster, new: NewQueue, created_by: int | None
) -> Queue:
    """Put a queue on record, without asking who wants it.

    Raises:
        ConflictError: the cluster has a queue of that key.
        InvalidInputError: a key or setting that no queue has, or one queue too many.
    """
    checked_key(new.key)
    if store.find_by_key(tx, cluster.id, new.key) is not None:
        msg = "Key has already been taken"
        raise ConflictError(msg)
    if store.count(tx, cluster) >= MOST_QUEUES:
        msg = f"Cluster can have at most {MOST_QUEUES} queues"
        raise InvalidInputError(msg)
    new = replace(
        new,
        retry_agent_affinity=checked_affinity(new.retry_agent_affinity),
        hosted_agents=hosted.completed(new.hosted_agents),
    )
    return store.insert(tx, cluster, ids.uuid(), new, created_by)


def update(
    tx: Transaction, caller: Caller, cluster: Cluster, queue: Queue, wanted: NewQueue
) -> Queue:
    """Change what a queue says of itself; its key stays. Administrators and maintainers.

    Raises:
        InvalidInputError: a setting that no queue has, or that this one cannot get any more.
    """
    clusters.require_maintainer(tx, caller, cluster, "update its queues")
    wanted = replace(
        wanted,
        retry_agent_affinity=checked_affinity(wanted.retry_agent_affinity),
        hosted_agents=hosted.changed(queue.hosted_agents, wanted.hosted_agents),
    )
    return store.update(tx, queue, wanted)


def choose_default(tx: Transaction, caller: Caller, cluster: Cluster, uuid: str | None) -> Cluster:
    """Choose the queue of agents and jobs that name none; None leaves them without any.

    Raises:
        InvalidInputError: the cluster has no such queue.
    """
    clusters.require_maintainer(tx, caller, cluster, "choose its default queue")
    queue = None if uuid is None else store.find_by_uuid(tx, uuid)
    if uuid is not None and (queue is None or queue.cluster_id != cluster.id):
        msg = "Default queue must be a queue of the cluster"
        raise InvalidInputError(msg)
    return clusters.set_default_queue(tx, cluster, None if queue is None else queue.id)


def pause_dispatch(
    tx: Transaction, caller: Caller, cluster: Cluster, queue: Queue, note: str | None
) -> Queue:
    """Have a queue's jobs wait; those that run go on. Administrators and maintainers.

    Raises:
        InvalidStateError: they wait already.

    Source: pages/agent/queues/managing.md of Buildkite's documentation.
    """
    clusters.require_maintainer(tx, caller, cluster, "pause its queues")
    if queue.dispatch_paused_at is not None:
        msg = "Cluster queue is already paused"
        raise InvalidStateError(msg)
    return store.record_dispatch_paused(tx, queue, caller.user.id, checked_note(note))


def resume_dispatch(
    tx: Transaction, world: World, caller: Caller, cluster: Cluster, queue: Queue
) -> Queue:
    """Have a queue's jobs wait no more: idle agents get them. Administrators and maintainers.

    Raises:
        InvalidStateError: they do not wait.
    """
    clusters.require_maintainer(tx, caller, cluster, "resume its queues")
    if queue.dispatch_paused_at is None:
        msg = "Cluster queue is not paused"
        raise InvalidStateError(msg)
    resumed = store.record_dispatch_resumed(tx, queue)
    with in_motion(tx, world) as motion:
        motion.idle_agents |= dict.fromkeys(agents.list_idle_of_queue(tx, queue.id))
    return resumed


def resolve_in_cluster(tx: Transaction, cluster_id: int, tags: list[str]) -> Queue:
    """The one queue that an agent of a cluster works on: the tagged one, else the default.

    Raises:
        InvalidInputError: it is not there, or the tags name several; the message names the
            queues there are.
    """
    keys = named_in(tags)
    if len(keys) > 1:
        msg = f"An agent in a cluster can be in one queue only, not in {', '.join(keys)}"
        raise InvalidInputError(msg)
    if keys:
        queue = store.find_by_key(tx, cluster_id, keys[0])
        problem = f"has no queue {keys[0]!r}"
    else:
        queue = store.find_default(tx, cluster_id)
        problem = "has no default queue; tag the agent with queue=KEY"
    if queue is None:
        name = clusters.find(tx, cluster_id).name
        there_are = ", ".join(each.key for each in store.list_by_key(tx, cluster_id)) or "none"
        msg = f"Cluster {name!r} {problem}. Its queues: {there_are}"
        raise InvalidInputError(msg)
    return queue


def resolve_unclustered(tags: list[str]) -> list[str]:
    """The keys of the unclustered queues that tags put an agent on. They need not exist before."""
    return named_in(tags) or [DEFAULT_KEY]
