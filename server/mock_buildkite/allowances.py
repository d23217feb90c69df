"""What callers of the GraphQL API may still spend: points in windows of five minutes.

Kept in memory: a server that starts again owes nobody less.

Source: pages/platform/limits.md of Buildkite's documentation.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=5)


@dataclass(slots=True)
class Allowance:
    """What an organization or a user has left in the present five minutes."""

    limit: int
    ends_at: datetime
    used: int = 0

    @property
    def remaining(self) -> int:
        """The points left; below zero when a query cost more than there were."""
        return self.limit - self.used

    def renewed(self, now: datetime) -> "Allowance":
        """This one, begun anew if its time is over."""
        if now >= self.ends_at:
            self.ends_at, self.used = now + WINDOW, 0
        return self

    def seconds_left(self, now: datetime) -> int:
        """The seconds until it is renewed."""
        return max(0, int((self.ends_at - now).total_seconds()))


class Allowances:
    """The allowances of one world's organizations and users."""

    def __init__(self) -> None:
        self._each: dict[str, Allowance] = {}

    def of(self, name: str, limit: int, now: datetime) -> Allowance:
        """The allowance of somebody, who begins with a full one."""
        return self._each.setdefault(name, Allowance(limit, now + WINDOW)).renewed(now)
