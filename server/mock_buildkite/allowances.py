"""What callers may still spend: points of GraphQL in five minutes, requests of REST in one.

Kept in memory: a server that starts again owes nobody less.

Source: pages/platform/limits.md of Buildkite's documentation.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

FIVE_MINUTES = timedelta(minutes=5)


@dataclass(slots=True)
class Allowance:
    """What an organization or a user has left in the present window of time."""

    limit: int
    window: timedelta
    ends_at: datetime
    used: int = 0

    @property
    def remaining(self) -> int:
        """What is left; below zero when more was spent than there was."""
        return self.limit - self.used

    def renewed(self, now: datetime) -> "Allowance":
        """This one, begun anew if its time is over."""
        if now >= self.ends_at:
            self.ends_at, self.used = now + self.window, 0
        return self

    def seconds_left(self, now: datetime) -> int:
        """The seconds until it is renewed."""
        return max(0, int((self.ends_at - now).total_seconds()))


class Allowances:
    """The allowances of one world's organizations and users."""

    def __init__(self) -> None:
        self._each: dict[str, Allowance] = {}

    def of(
        self, name: str, limit: int, now: datetime, window: timedelta = FIVE_MINUTES
    ) -> Allowance:
        """The allowance of somebody, who begins with a full one."""
        begun = Allowance(limit, window, now + window)
        return self._each.setdefault(name, begun).renewed(now)
