"""What callers may still spend: points of GraphQL in five minutes, requests in one.

Kept in memory: a server that starts again owes nobody less.

Source: pages/platform/limits.md of Buildkite's documentation.
"""

from datetime import datetime, timedelta
from math import ceil

from msgspec import Struct


class Budget(Struct, frozen=True):
    """Something that everybody of a kind has as much of, again and again."""

    scope: str
    """Its name in the headers that tell of it."""
    limit: int
    window: timedelta


GRAPHQL = Budget("graphql", 20_000, timedelta(minutes=5))
GRAPHQL_USER = Budget("graphql_user", 5_000, timedelta(minutes=5))
REST = Budget("rest", 200, timedelta(minutes=1))
REST_USER = Budget("rest_user", 50, timedelta(minutes=1))
PORTAL = Budget("portal", 200, timedelta(minutes=1))


class Allowance(Struct):
    """What an organization or a user has left of a budget in the present window of time."""

    budget: Budget
    ends_at: datetime
    used: int = 0

    @property
    def limit(self) -> int:
        """What there is to spend in all."""
        return self.budget.limit

    @property
    def remaining(self) -> int:
        """What is left; below zero when more was spent than there was."""
        return self.budget.limit - self.used

    def renewed(self, now: datetime) -> "Allowance":
        """This one, begun anew if its time is over."""
        if now >= self.ends_at:
            self.ends_at, self.used = now + self.budget.window, 0
        return self

    def seconds_left(self, now: datetime) -> int:
        """The seconds until it is renewed, rounded up: whoever waits for them finds it renewed."""
        return max(0, ceil((self.ends_at - now).total_seconds()))


class Allowances:
    """The allowances of one world's organizations and users."""

    def __init__(self) -> None:
        self._each: dict[tuple[Budget, int], Allowance] = {}

    def of(self, budget: Budget, number: int, now: datetime) -> Allowance:
        """What an organization or a user, by integer key, has left; everybody begins with all."""
        begun = Allowance(budget, now + budget.window)
        return self._each.setdefault((budget, number), begun).renewed(now)
