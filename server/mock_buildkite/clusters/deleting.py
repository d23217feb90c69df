"""Deleting clusters and queues: only those in which no agent is at work.

# Unverified: what Buildkite answers while agents are connected. Its documentation has a reason in
# the refusal of both, and says that a cluster goes along with its queues and tokens.
"""

from mock_buildkite.access_tokens.model import Caller
from mock_buildkite.agents import service as agents
from mock_buildkite.clusters import service as clusters
from mock_buildkite.clusters import store
from mock_buildkite.clusters.model import Cluster
from mock_buildkite.errors import InvalidStateError
from mock_buildkite.queues import store as queues_store
from mock_buildkite.queues.model import Queue
from mock_buildkite.storage.database import Transaction


def delete_cluster(tx: Transaction, caller: Caller, cluster: Cluster) -> None:
    """Delete a cluster, its queues, its agent tokens, and the agents it had. Maintainers may, too.

    Raises:
        InvalidStateError: agents are connected to it.
    """
    clusters.require_maintainer(tx, caller, cluster, "delete it")
    if agents.is_anybody_in(tx, cluster_id=cluster.id):
        msg = "Cluster can't be deleted while agents are connected to it"
        raise InvalidStateError(msg)
    agents.give_up_lost_in(tx, cluster)
    store.delete(tx, cluster)


def delete_queue(tx: Transaction, caller: Caller, cluster: Cluster, queue: Queue) -> None:
    """Delete a queue, the default one too. Administrators and the cluster's maintainers.

    Raises:
        InvalidStateError: agents are connected to it.
    """
    clusters.require_maintainer(tx, caller, cluster, "delete its queues")
    if agents.is_anybody_in(tx, cluster_id=cluster.id, queue_id=queue.id):
        msg = "Queue can't be deleted while agents are connected to it"
        raise InvalidStateError(msg)
    queues_store.delete(tx, queue)
