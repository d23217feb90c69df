"""What releases of the agent know of, where that decides what one is told.

Source: the tags of buildkite/agent.
"""

import re
from functools import lru_cache

FIRST_WITH_JOB_TOKENS = (3, 39)
FIRST_WITH_TIMEOUTS = (3, 127)
"""Older ones take no notice of a job that is `timing_out`."""
_VERSION = re.compile(r"(\d{1,9})\.(\d{1,9})")


def knows_job_tokens(version: str) -> bool:
    """Whether an agent of that version makes use of the job token that it is given."""
    return _is_at_least(version, FIRST_WITH_JOB_TOKENS)


def knows_timeouts(version: str) -> bool:
    """Whether an agent of that version ends a job that is `timing_out`."""
    return _is_at_least(version, FIRST_WITH_TIMEOUTS)


@lru_cache
def _is_at_least(version: str, first: tuple[int, int]) -> bool:
    """A version that cannot be read is taken for a new one."""
    found = _VERSION.match(version)
    return found is None or (int(found[1]), int(found[2])) >= first
