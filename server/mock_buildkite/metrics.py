"""How many agents are idle and busy, and how many jobs wait for them: what scalers go by."""

from collections import Counter
from collections.abc import Iterable

from msgspec import Struct, field

from mock_buildkite.agent_tokens.model import AgentToken
from mock_buildkite.agents import store as agents
from mock_buildkite.agents.model import Presence
from mock_buildkite.clusters import service as clusters
from mock_buildkite.jobs import store as jobs
from mock_buildkite.jobs.lifecycle import ON_AGENT, JobState
from mock_buildkite.jobs.model import UnfinishedJobs
from mock_buildkite.organizations import service as organizations
from mock_buildkite.queues import service as queues
from mock_buildkite.queues.model import DEFAULT_KEY, named_in
from mock_buildkite.storage.database import Transaction

WAITING = frozenset({JobState.PENDING, JobState.WAITING, JobState.LIMITED})
"""Those that wait for others to end. Unverified: jobs behind a block step are not among them."""


class JobCounts(Struct, frozen=True):
    """Command jobs that are not at their end."""

    scheduled: int = 0
    running: int = 0
    """Those that an agent has, if only as an offer: no other is needed for them."""
    waiting: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.scheduled + self.running + self.waiting


class QueueCounts(Struct, frozen=True):
    """The agents and jobs of one queue, or of all."""

    agents: Presence = field(default_factory=Presence)
    jobs: JobCounts = field(default_factory=JobCounts)


class Metrics(Struct, frozen=True):
    """What one agent token can count."""

    organization_slug: str
    cluster_name: str | None
    everywhere: QueueCounts
    queues: dict[str, QueueCounts]
    """By queue key: every queue of a cluster; of the unclustered ones those with agents or jobs."""


def count(tx: Transaction, agent_token: AgentToken) -> Metrics:
    """Count the agents and jobs of a token's cluster, or outside clusters."""
    place = agent_token.organization_id, agent_token.cluster_id
    agents_by_key = agents.count_by_queue_key(tx, *place)
    found = jobs.count_unfinished(tx, *place)
    cluster_name, keys_by_id = None, dict[int, str]()
    if agent_token.cluster_id is not None:
        cluster_name = clusters.find(tx, agent_token.cluster_id).name
        in_cluster = queues.list_by_key(tx, agent_token.cluster_id)
        keys_by_id = {queue.id: queue.key for queue in in_cluster}
    jobs_by_key = _by_key(found, keys_by_id, is_clustered=cluster_name is not None)
    keys = keys_by_id.values() or sorted({*agents_by_key, *jobs_by_key})
    return Metrics(
        organization_slug=organizations.find(tx, agent_token.organization_id).slug,
        cluster_name=cluster_name,
        everywhere=QueueCounts(agents.count_connected(tx, *place), _counted(found)),
        queues={
            key: QueueCounts(agents_by_key.get(key, Presence()), _counted(jobs_by_key.get(key, [])))
            for key in keys
        },
    )


def _by_key(
    found: Iterable[UnfinishedJobs], keys_by_id: dict[int, str], *, is_clustered: bool
) -> dict[str, list[UnfinishedJobs]]:
    """Jobs by the key of their queue: outside clusters, that which their rules name."""
    by_key: dict[str, list[UnfinishedJobs]] = {}
    for each in found:
        if is_clustered:
            key = keys_by_id.get(each.queue_id or 0)
        else:
            key = next(iter(named_in(each.agent_query_rules)), DEFAULT_KEY)
        if key is not None:
            by_key.setdefault(key, []).append(each)
    return by_key


def _counted(found: Iterable[UnfinishedJobs]) -> JobCounts:
    counter: Counter[JobState] = Counter()
    for each in found:
        counter[each.state] += each.number
    return JobCounts(
        scheduled=counter[JobState.SCHEDULED],
        running=sum(counter[state] for state in ON_AGENT),
        waiting=sum(counter[state] for state in WAITING),
    )
