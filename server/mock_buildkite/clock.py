"""The world's time. Nothing else in the package reads a clock."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache


def _system_time() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the one place


class Clock:
    """The time of a world: some source's time, plus what tests have advanced it by.

    Units read it as `tx.now`, so that one unit has one time, as have those of the same batch.
    """

    def __init__(
        self, source: Callable[[], datetime] = _system_time, offset: timedelta = timedelta(0)
    ) -> None:
        self._source = source
        self.offset = offset

    def now(self) -> datetime:
        """The present moment of the world, aware, in UTC."""
        return self._source() + self.offset

    def advance(self, duration: timedelta) -> None:
        """Let `duration` pass at once. `sweeping.advance` moves a world's."""
        self.offset += duration

    def present(self) -> "Clock":
        """A clock on the same source with nothing advanced."""
        return Clock(self._source)


class ManualClock(Clock):
    """A clock that stands still until it is advanced, for tests."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        super().__init__(lambda: start)


@lru_cache
def to_text(moment: datetime) -> str:
    """The stored form of a moment, which is in UTC: ISO 8601 with microseconds, sorts as text."""
    return moment.isoformat(timespec="microseconds")


def from_text(text: str) -> datetime:
    """The inverse of `to_text`."""
    return datetime.fromisoformat(text)
