"""What falls due: lost agents, sessions that end, pauses that end. Nothing of it moves on a read.

One sweeper sleeps until the world's next due moment. Units tell it of earlier ones
(`tx.falls_due`), and advancing the clock sweeps before it answers.
"""

import asyncio
import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from mock_buildkite.agents import falling_due as agents
from mock_buildkite.agents import store as agents_store
from mock_buildkite.errors import InvalidInputError, UnavailableError
from mock_buildkite.storage import facts
from mock_buildkite.storage.database import Transaction

if TYPE_CHECKING:
    from mock_buildkite.world import World

LONGEST_NAP = timedelta(seconds=5)
OVERSLEPT = timedelta(seconds=10)
LONGEST_ADVANCE_SECONDS = 100 * 365 * 24 * 3600
FURTHEST_AHEAD = timedelta(seconds=LONGEST_ADVANCE_SECONDS)
"""All advances together: dates end with the year 9999."""

_log = logging.getLogger(__name__)


class Sweeper:
    """Sleeps until something falls due, never for long: naps show when the machine slept."""

    def __init__(self) -> None:
        self._due: datetime | None = None
        self._bell = asyncio.Event()
        self._awake_at: datetime | None = None

    def nudge(self, moment: datetime) -> None:
        """Be awake at a moment."""
        if self._due is None or moment < self._due:
            self._due = moment
            self._bell.set()

    def stay_awake(self, now: datetime) -> None:
        """Take a jump of the clock for what it is, not for a nap."""
        self._awake_at = now

    async def run(self, world: "World") -> None:
        """Sweep a world as long as it lasts."""
        self._awake_at = world.clock.now()
        while True:
            await self._nap(world)
            try:
                await self._wake(world)
            except UnavailableError:
                _log.warning("What fell due could not be recorded; it will be tried again")

    async def _nap(self, world: "World") -> None:
        nap = LONGEST_NAP
        if self._due is not None:
            nap = min(nap, max(self._due - world.clock.now(), timedelta(0)))
        try:
            async with asyncio.timeout(nap.total_seconds()):
                await self._bell.wait()
        except TimeoutError:
            pass
        self._bell.clear()

    async def _wake(self, world: "World") -> None:
        now = world.clock.now()
        overslept = self._awake_at is not None and now - self._awake_at > LONGEST_NAP + OVERSLEPT
        self._awake_at = now
        if overslept:
            await world.database.write(hear_everyone)
        if self._due is not None and now >= self._due:
            self._due = None  # what is nudged while the unit runs must not be forgotten
            due = await world.database.write(lambda tx: sweep(tx, world))
            if due is not None:
                self.nudge(due)


def sweep(tx: Transaction, world: "World") -> datetime | None:
    """Do all that has fallen due, each as of its own moment; the next moment, if any."""
    while True:
        agents.end_pauses(tx)
        agents.lose_silent(tx, world)
        agents.end_lost_sessions(tx, world)
        due = agents.next_due(tx, world)
        if due is None or due > tx.now:
            return due


def hear_everyone(tx: Transaction) -> None:
    """Give every session its full time again: nobody could be heard while the server was away."""
    agents_store.hear_all(tx, lost_ones_too=True)


async def advance(world: "World", seconds: float, *, silent: bool) -> datetime:
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
        # Here, on the database's thread, no other unit can be between the two times.
        world.clock.advance(duration)
        tx.if_undone(lambda: world.clock.advance(-duration))
        tx.now = world.clock.now()
        world.sweeper.stay_awake(tx.now)
        offset = world.clock.offset.total_seconds()
        facts.put(tx, facts.CLOCK_OFFSET_SECONDS, repr(offset))
        if not silent:
            agents_store.hear_all(tx, lost_ones_too=False)
        return sweep(tx, world)

    due = await world.database.write(unit)
    if due is not None:
        world.sweeper.nudge(due)
    return world.clock.now()
