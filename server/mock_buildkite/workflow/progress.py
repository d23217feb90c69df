"""Bringing to rest what a unit has set in motion.

A use case opens `in_motion`, moves what it is about, and leaves: steps whose dependencies are over
go on, builds move, and at last jobs and agents find each other.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from mock_buildkite.jobs import dispatch_store as queued
from mock_buildkite.jobs import store as jobs
from mock_buildkite.storage.database import Transaction
from mock_buildkite.workflow import build_moves, concurrency, dispatch, job_moves, step_moves
from mock_buildkite.workflow.motion import Motion
from mock_buildkite.workflow.triggering import trigger
from mock_buildkite.world import World


@contextmanager
def in_motion(tx: Transaction, world: World) -> Iterator[Motion]:
    """Something to note down what moves in; all of it is at rest when the block is left."""
    motion = Motion(tx, world)
    yield motion
    settle(motion)


def settle(motion: Motion) -> None:
    """Move on whatever may, until nothing is left."""
    while not motion.is_at_rest:
        if motion.steps:
            step_moves.advance(motion, motion.steps.popleft())
        elif motion.groups:
            organization_id, group = next(iter(motion.groups))
            del motion.groups[organization_id, group]
            _admit(motion, organization_id, group)
        elif motion.triggers:
            trigger(motion, motion.triggers.popleft())
        else:
            build_id = next(iter(motion.builds))
            del motion.builds[build_id]
            build_moves.conclude(motion, build_id)
    _dispatch(motion)


def _admit(motion: Motion, organization_id: int, group: str) -> None:
    """Schedule the jobs of a concurrency group that have a place now."""
    queue = jobs.list_in_group(motion.tx, organization_id, group)
    admitted = concurrency.admitted(queue)
    for job in admitted:
        job_moves.schedule(motion, job)
    if not admitted and not any(job.state in concurrency.HOLDERS for job in queue):
        motion.builds |= dict.fromkeys(job.build_id for job in queue)


def _dispatch(motion: Motion) -> None:
    """Let jobs and agents find each other: the first in line first, on both sides."""
    tx, world = motion.tx, motion.world
    for job_id, other_than in motion.runnable_jobs.items():
        if other_than is not None:
            for job in queued.list_among(tx, [job_id]):
                dispatch.give_agent(tx, world, job, other_than=other_than)
    for agent_id in motion.idle_agents:
        dispatch.give_job(tx, world, agent_id)
    if motion.runnable_jobs:
        dispatch.give_agents(tx, world, motion.runnable_jobs)
