"""Which agent gets which job.

A job is given to an agent in the unit that makes the job runnable, or the agent idle.

Source: pages/agent/self_hosted/prioritization.md and
pages/pipelines/configure/workflows/job_priority.md of Buildkite's documentation.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from mock_buildkite.agents import dispatch_store as agents
from mock_buildkite.agents.model import IdleAgent
from mock_buildkite.clock import to_text
from mock_buildkite.events import JobAssigned
from mock_buildkite.jobs import dispatch_store as queued
from mock_buildkite.jobs import store as jobs
from mock_buildkite.jobs.lifecycle import JobEvent, JobState, next_state
from mock_buildkite.jobs.model import QueuedJob
from mock_buildkite.queues import store as queues
from mock_buildkite.queues.model import DEFAULT_KEY, named_in, tag_for
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import World

PREFER_DIFFERENT = "prefer-different"


def satisfies(tags: Sequence[str], rules: Sequence[str]) -> bool:
    """Whether an agent with such tags may run a job with such agent query rules.

    A value of `*`, or none, is met by any value; a tag without `=` meets no rule with a value.
    """
    return all(_meets(tags, rule) for rule in rules)


def give_job(tx: Transaction, world: World, agent_id: int) -> None:
    """Let an agent have the first job that it could be given, if it is idle and there is one.

    The job goes to the best agent for it: another that is idle may go before this one.
    """
    taker = None
    while taker != agent_id:
        agent = agents.find_idle(tx, agent_id)
        job = None if agent is None else _first_job_for(tx, agent)
        taker = None if job is None else give_agent(tx, world, job)
        if taker is None:
            return


def give_agents(tx: Transaction, world: World, job_ids: Iterable[int]) -> None:
    """Give jobs the agents that are best for them, as far as any are idle: the first in line first.

    Where none is left for one job, none is left for those like it, of which there may be thousands.
    """
    in_vain = set()
    for job in sorted(queued.list_among(tx, job_ids), key=lambda job: job.place_in_line):
        kind = (job.organization_id, job.cluster_id, job.queue_id, job.agent_query_rules)
        if kind not in in_vain and give_agent(tx, world, job) is None:
            in_vain.add(kind)


def give_agent(
    tx: Transaction, world: World, job: QueuedJob, *, other_than: int | None = None
) -> int | None:
    """Give a job the agent that is best for it, if one is idle; the agent's integer key.

    One that did not take it before (`other_than`) gets it only when there is no other.
    """
    rules = _complete(job.agent_query_rules, is_unclustered=job.cluster_id is None)
    idle = agents.iterate_idle(tx, job.organization_id, job.cluster_id, job.queue_id)
    fitting: Iterable[IdleAgent] = (agent for agent in idle if satisfies(agent.tags, rules))
    if other_than is not None:
        fitting = sorted(fitting, key=lambda agent: agent.id == other_than)
    agent = (
        next(iter(fitting), None)
        if job.retry_source_job_id is None
        else _for_retry(tx, job, job.retry_source_job_id, fitting)
    )
    if agent is None:
        return None
    _assign(tx, world, job.id, agent)
    return agent.id


def _first_job_for(tx: Transaction, agent: IdleAgent) -> QueuedJob | None:
    is_unclustered = agent.cluster_id is None
    if not is_unclustered and agent.queue_id is None:
        return None  # its queue is not there
    first = queued.list_first(tx, agent.organization_id, agent.cluster_id, agent.queue_id)
    fitting = (
        job
        for job in first
        if satisfies(agent.tags, _complete(job.agent_query_rules, is_unclustered=is_unclustered))
    )
    return min(fitting, key=lambda job: job.place_in_line, default=None)


def _assign(tx: Transaction, world: World, job_id: int, agent: IdleAgent) -> None:
    due_at = tx.now + timedelta(seconds=world.settings.assignment_ends_after_seconds)
    changes = {
        "state": next_state(JobState.SCHEDULED, JobEvent.ASSIGN).value,
        "agent_id": agent.id,
        "assigned_at": tx.now_text,
        "due_at": to_text(due_at),
    }
    jobs.update(tx, job_id, changes)
    agents.record_job(tx, agent.id, job_id)
    tx.falls_due(due_at)
    tx.tell(JobAssigned(agent.uuid))


def _for_retry(
    tx: Transaction, job: QueuedJob, source_job_id: int, fitting: Iterable[IdleAgent]
) -> IdleAgent | None:
    """For a job that is tried again: the agent that its queue prefers for such."""
    candidates = list(fitting)
    affinity = None if job.queue_id is None else queues.find(tx, job.queue_id).retry_agent_affinity
    if affinity == PREFER_DIFFERENT:
        before = jobs.find_moved(tx, source_job_id).agent_id
        candidates = [agent for agent in candidates if agent.id != before] or candidates
    return max(candidates, key=lambda agent: agent.last_job_finished_at or "", default=None)


def _complete(rules: Sequence[str], *, is_unclustered: bool) -> Sequence[str]:
    """Rules with the queue that is meant where they name none: in a cluster its job knows it."""
    if is_unclustered and not named_in(rules):
        return [*rules, tag_for(DEFAULT_KEY)]
    return rules


def _meets(tags: Sequence[str], rule: str) -> bool:
    if rule == "*":
        return True
    key, separator, value = rule.partition("=")
    if not separator:
        return rule in tags
    if value in ("", "*"):
        return key in tags or any(tag.startswith(f"{key}=") for tag in tags)
    return rule in tags
