"""Failed attempts to authenticate: how many each address may have in a minute.

Only what has failed is counted here, when it has failed. So a good credential always works, also
from an address that has used up its failures: nobody locks out the owner of a token, not even one
behind the same network address translation. It also means that this keeps nobody from guessing,
which the length of tokens does; it is what a client that repeats a bad one has to live with.

Kept in memory, and not much of it: a server that starts again has forgotten all.

Unverified: whether Buildkite limits failures, how many it takes, and what it then answers.
"""

import ipaddress
from collections import OrderedDict
from datetime import datetime, timedelta

from mock_buildkite.allowances import Allowance, Budget
from mock_buildkite.errors import TooManyFailuresError

SCOPE = "failed_authentication"
MOST_ADDRESSES = 10_000
"""How many are remembered at a time. What is forgotten for want of room is forgiven."""

_IPV6_HOST_BITS = 64
_NO_ADDRESS = "none"
"""For all that a trusted proxy names as the address of a caller and that is none."""


class FailedAuthentications:
    """The failures in one world, by the address they came from: by nothing that a caller chooses.

    An IPv6 address counts with its /64, all of which is one host's to choose from.
    """

    def __init__(self, limit: int | None) -> None:
        self._budget = None if limit is None else Budget(SCOPE, limit, timedelta(minutes=1))
        self._each: OrderedDict[str, Allowance] = OrderedDict()
        """In the order in which their minutes end."""

    def __len__(self) -> int:
        """How many addresses are remembered."""
        return len(self._each)

    def count(self, address: str, now: datetime) -> TooManyFailuresError | None:
        """Count a failure. Over the limit, what it is refused with in place of its own reason."""
        if self._budget is None:
            return None
        allowance = self._of(_source(address), self._budget, now)
        allowance.used += 1
        if allowance.remaining >= 0:
            return None
        return TooManyFailuresError(allowance.limit, allowance.seconds_left(now))

    def _of(self, source: str, budget: Budget, now: datetime) -> Allowance:
        allowance = self._each.get(source)
        if allowance is None or now >= allowance.ends_at:
            self._each.pop(source, None)
            self._make_room(now)
            allowance = self._each[source] = Allowance(budget, now + budget.window)
        return allowance

    def _make_room(self, now: datetime) -> None:
        while self._each:
            first = next(iter(self._each.values()))
            if now < first.ends_at and len(self._each) < MOST_ADDRESSES:
                break
            self._each.popitem(last=False)


def _source(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return _NO_ADDRESS
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    # A socket of both families has IPv4 clients under mapped addresses.
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(parsed), _IPV6_HOST_BITS), strict=False))
