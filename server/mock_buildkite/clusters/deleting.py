"""Deleting clusters and queues: only those that no agent is in, and no job waits in.

# Unverified: what Buildkite answers then. Its documentation has a reason in the refusal of both,
# and says that a cluster takes its queues and tokens along. A job would wait for ever, or find
# itself outside clusters.
"""

from mock_buildkite.access_tokens.model import Caller
from mock_buildkite.agents import service as agents
from mock_buildkite.clusters import service as clusters
from mock_buildkite.clusters import store
from mock_buildkite.clusters.model import Cluster
from mock_buildkite.errors import InvalidStateError
from mock_buildkite.jobs import store as jobs
from mock_buildkite.queues import store as queues_store
from mock_buildkite.queues.model import Queue
from mock_buildkite.storage.database import Transaction


def delete_cluster(tx: Transaction, caller: Caller, cluster: Cluster) -> None:
    """Delete a cluster, its queues, its agent tokens, and the agents it had. Maintainers may, too.

    Raises:
        InvalidStateError: agents are connected to it, or jobs are left in it.
    """
    clusters.require_maintainer(tx, caller, cluster, "delete it")
    _require_empty(tx, "Cluster", cluster.id, None)
    agents.give_up_lost_in(tx, cluster)
    store.delete(tx, cluster)


def delete_queue(tx: Transaction, caller: Caller, cluster: Cluster, queue: Queue) -> None:
    """Delete a queue, the default one too. Administrators and the cluster's maintainers.

    Raises:
        InvalidStateError: agents are connected to it, or jobs are left in it.
    """
    clusters.require_maintainer(tx, caller, cluster, "delete its queues")
    _require_empty(tx, "Queue", cluster.id, queue.id)
    queues_store.delete(tx, queue)


def _require_empty(tx: Transaction, what: str, cluster_id: int, queue_id: int | None) -> None:
    if agents.is_anybody_in(tx, cluster_id=cluster_id, queue_id=queue_id):
        msg = f"{what} can't be deleted while agents are connected to it"
        raise InvalidStateError(msg)
    if jobs.is_any_left_in(tx, cluster_id, queue_id):
        msg = f"{what} can't be deleted while it has jobs that have not finished"
        raise InvalidStateError(msg)
