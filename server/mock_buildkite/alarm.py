"""When a world has to look at what falls due."""

import asyncio
from datetime import datetime, timedelta

from mock_buildkite.clock import Clock

LONGEST_NAP = timedelta(seconds=5)
OVERSLEPT = timedelta(seconds=10)


class Alarm:
    """Rings at the next due moment, which units set (`tx.falls_due`).

    Whoever waits for it naps, never for long: a nap that took far longer than it should shows that
    the machine slept, or the process stood still.
    """

    def __init__(self) -> None:
        self._due: datetime | None = None
        self._bell = asyncio.Event()
        self._awake_at: datetime | None = None

    def set_for(self, moment: datetime) -> None:
        """Ring at a moment, if not before."""
        if self._due is None or moment < self._due:
            self._due = moment
            self._bell.set()

    def is_due(self, now: datetime) -> bool:
        """Whether it rings. It then stops, and knows only of moments that are set from here on."""
        if self._due is None or now < self._due:
            return False
        self._due = None
        return True

    def stay_awake(self, now: datetime) -> None:
        """Take a jump of the clock for what it is, not for a nap."""
        self._awake_at = now

    async def nap(self, clock: Clock) -> bool:
        """Wait for the next due moment, or for a while; whether that took far too long."""
        nap = LONGEST_NAP
        if self._due is not None:
            nap = min(nap, max(self._due - clock.now(), timedelta(0)))
        try:
            async with asyncio.timeout(nap.total_seconds()):
                await self._bell.wait()
        except TimeoutError:
            pass
        self._bell.clear()
        now, before = clock.now(), self._awake_at
        self._awake_at = now
        return before is not None and now - before > LONGEST_NAP + OVERSLEPT
