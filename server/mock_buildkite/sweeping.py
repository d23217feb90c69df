"""What falls due: lost agents, ends of sessions and pauses, old artifacts. No read moves it.

One task sweeps when the world's alarm says so, and advancing the clock sweeps before it answers.
"""

import logging
from datetime import datetime, timedelta

from mock_buildkite.agents import falling_due as agents
from mock_buildkite.agents import store as agents_store
from mock_buildkite.artifacts import falling_due as artifacts
from mock_buildkite.errors import InvalidInputError, UnavailableError
from mock_buildkite.jobs import falling_due as jobs
from mock_buildkite.pipelines import uploads
from mock_buildkite.storage import facts
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import World

AGAIN_AFTER = timedelta(seconds=5)
LONGEST_ADVANCE_SECONDS = 100 * 365 * 24 * 3600
FURTHEST_AHEAD = timedelta(seconds=LONGEST_ADVANCE_SECONDS)
"""All advances together: dates end with the year 9999."""

_log = logging.getLogger(__name__)


async def keep_sweeping(world: World) -> None:
    """Do what falls due in a world as long as it lasts."""
    world.alarm.stay_awake(world.clock.now())
    while True:
        overslept = await world.alarm.nap(world.clock)
        try:
            if overslept:
                await world.database.write(hear_everyone)
            if world.alarm.is_due(world.clock.now()):
                due = await world.database.write(lambda tx: sweep(tx, world))
                if due is not None:
                    world.alarm.set_for(due)
        except UnavailableError:
            _log.warning("What fell due could not be recorded; it will be tried again")
            world.alarm.set_for(world.clock.now() + AGAIN_AFTER)


def sweep(tx: Transaction, world: World) -> datetime | None:
    """Do all that has fallen due, each as of its own moment; the next moment, if any."""
    while True:
        agents.end_pauses(tx, world)
        agents.lose_silent(tx, world)
        agents.end_lost_sessions(tx, world)
        jobs.move_due(tx, world)
        uploads.apply_pending(tx, world)
        artifacts.expire(tx)
        artifacts.remove_abandoned_files(tx, world)
        moments = (agents.next_due(tx, world), jobs.next_due(tx), artifacts.next_due(tx))
        due = min((moment for moment in moments if moment is not None), default=None)
        if due is None or due > tx.now:
            return due


def hear_everyone(tx: Transaction) -> None:
    """Give every session its full time again: nobody could be heard while the server was away."""
    agents_store.hear_all(tx, lost_ones_too=True)


async def advance(world: World, seconds: float, *, silent: bool) -> datetime:
    """Move a world's clock and do what falls due; the new time.

    The agents connected now are carried along, as if they had been heard of all the while;
    with `silent` the time passes without their heartbeats.

    Raises:
        InvalidInputError: the time would run backwards, or out of all bounds.
    """
    if not 0 <= seconds <= LONGEST_ADVANCE_SECONDS:
        msg = f"advance_seconds must be between 0 and {LONGEST_ADVANCE_SECONDS}"
        raise InvalidInputError(msg)
    duration = timedelta(seconds=seconds)

    def unit(tx: Transaction) -> datetime | None:
        if world.clock.offset + duration > FURTHEST_AHEAD:
            msg = f"The clock cannot be more than {FURTHEST_AHEAD.days} days ahead"
            raise InvalidInputError(msg)
        # Here, in a unit, no other one can be between the two times.
        world.clock.advance(duration)
        tx.if_undone(lambda: world.clock.advance(-duration))
        tx.move_to(world.clock.now())
        world.alarm.stay_awake(tx.now)
        offset = world.clock.offset.total_seconds()
        facts.put(tx, facts.CLOCK_OFFSET_SECONDS, repr(offset))
        if not silent:
            agents_store.hear_all(tx, lost_ones_too=False)
            jobs.carry_along(tx, duration)
        return sweep(tx, world)

    due = await world.database.write(unit)
    if due is not None:
        world.alarm.set_for(due)
    return world.clock.now()
