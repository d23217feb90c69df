"""What a queue is, and how an agent's tags name one."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from msgspec import Struct

from mock_buildkite.errors import InvalidInputError

DEFAULT_KEY = "default"
LONGEST_KEY = 100
MOST_QUEUES = 50
LONGEST_NOTE = 10_000
AFFINITIES = ("prefer-warmest", "prefer-different")
_KEY = re.compile(r"[A-Za-z0-9_-]+")
_TAG = "queue="


class NewQueue(Struct, frozen=True):
    """What is chosen about a queue when it is made."""

    key: str
    description: str | None = None
    retry_agent_affinity: str | None = None
    hosted_agents: dict[str, Any] | None = None


class Queue(Struct, frozen=True):
    """One of a cluster's queues; its key never changes."""

    id: int
    uuid: str
    cluster_id: int
    key: str
    description: str | None
    retry_agent_affinity: str
    hosted_agents: dict[str, Any] | None
    dispatch_paused_at: datetime | None
    dispatch_paused_by: int | None
    dispatch_paused_note: str | None
    created_by: int | None
    created_at: datetime


def checked_key(key: str) -> str:
    """A key that a queue can have.

    Raises:
        InvalidInputError: other characters than letters, digits, `-` and `_`, or too many.

    Source: pages/agent/queues/managing.md of Buildkite's documentation.
    """
    if not _KEY.fullmatch(key):
        msg = "Key can only contain letters, numbers, hyphens and underscores"
        raise InvalidInputError(msg)
    if len(key) > LONGEST_KEY:
        msg = f"Key is too long (maximum is {LONGEST_KEY} characters)"
        raise InvalidInputError(msg)
    return key


def checked_affinity(affinity: str | None) -> str:
    """Which agent a retried job prefers.

    Raises:
        InvalidInputError: it is none of the two.
    """
    if not affinity:
        return AFFINITIES[0]
    if affinity not in AFFINITIES:
        msg = f"Retry agent affinity must be one of {', '.join(AFFINITIES)}"
        raise InvalidInputError(msg)
    return affinity


def checked_note(note: str | None) -> str | None:
    """Why a queue is paused; None for no reason.

    Raises:
        InvalidInputError: it is too long, or has a NUL.
    """
    if note is not None and ("\0" in note or len(note) > LONGEST_NOTE):
        msg = f"Note can have at most {LONGEST_NOTE} characters, and no NUL"
        raise InvalidInputError(msg)
    return note or None


def named_in(tags: Iterable[str]) -> list[str]:
    """The queue keys that tags name, each once, in their order."""
    return list(dict.fromkeys(tag.removeprefix(_TAG) for tag in tags if tag.startswith(_TAG)))


def tag_for(key: str) -> str:
    """The tag that names a queue."""
    return _TAG + key
