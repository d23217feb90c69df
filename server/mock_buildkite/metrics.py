"""How many agents are idle and busy, for those who scale them."""

from dataclasses import dataclass

from mock_buildkite.agent_tokens.model import AgentToken
from mock_buildkite.agents import store as agents
from mock_buildkite.clusters import service as clusters
from mock_buildkite.organizations import service as organizations
from mock_buildkite.queues import service as queues
from mock_buildkite.storage.database import Transaction


@dataclass(frozen=True, slots=True)
class AgentCounts:
    """Connected agents. None is busy so far: no job is dispatched."""

    total: int
    busy: int = 0

    @property
    def idle(self) -> int:
        """Those without a job, paused ones among them, as Buildkite's scaler expects."""
        return self.total - self.busy


@dataclass(frozen=True, slots=True)
class Metrics:
    """What one agent token can count."""

    organization_slug: str
    cluster_name: str | None
    agents: AgentCounts
    queues: dict[str, AgentCounts]
    """By queue key: every queue of a cluster; of the unclustered ones those with agents."""


def count(tx: Transaction, agent_token: AgentToken) -> Metrics:
    """Count the agents of a token's cluster, or outside clusters."""
    organization_id, cluster_id = agent_token.organization_id, agent_token.cluster_id
    by_key = agents.count_by_queue_key(tx, organization_id, cluster_id)
    cluster_name = None
    if cluster_id is not None:
        cluster_name = clusters.find(tx, cluster_id).name
        keys = [queue.key for queue in queues.list_by_key(tx, cluster_id)]
        by_key = {key: by_key.get(key, 0) for key in keys}
    return Metrics(
        organization_slug=organizations.find(tx, organization_id).slug,
        cluster_name=cluster_name,
        agents=AgentCounts(agents.count_connected(tx, organization_id, cluster_id)),
        queues={key: AgentCounts(number) for key, number in by_key.items()},
    )
