"""Concurrency groups: how many jobs of one key run at once, across an organization.

Source: pages/pipelines/configure/workflows/controlling_concurrency.md of Buildkite's documentation.
"""

from collections.abc import Sequence

from mock_buildkite.jobs.lifecycle import ON_AGENT, JobState
from mock_buildkite.jobs.model import GroupedJob

EAGER = "eager"
HOLDERS = frozenset({JobState.SCHEDULED, *ON_AGENT})
"""The states in which a job takes one of its group's places."""


def admitted(queue: Sequence[GroupedJob]) -> list[GroupedJob]:
    """The limited jobs of a group that may be scheduled now, given all jobs in its queue.

    They are ordered by when they came: an ordered one waits for all before it that have no place,
    so that a job still waiting for its dependencies keeps the later ones out.
    """
    holding = sum(job.state in HOLDERS for job in queue)
    ahead, chosen, eager = 0, [], []
    for job in queue:
        if job.state in HOLDERS:
            continue
        limit = job.concurrency_limit or 1
        if job.state is JobState.LIMITED and job.concurrency_method == EAGER:
            eager.append(job)
        elif job.state is JobState.LIMITED and holding + ahead < limit:
            chosen.append(job)
            holding += 1
            continue
        ahead += 1
    for job in sorted(eager, key=lambda job: -job.priority):
        if holding < (job.concurrency_limit or 1):
            chosen.append(job)
            holding += 1
    return chosen
