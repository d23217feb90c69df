"""What a cluster is."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class NewCluster:
    """What is chosen about a cluster when it is made."""

    name: str
    description: str | None = None
    emoji: str | None = None
    color: str | None = None


@dataclass(frozen=True, slots=True)
class Cluster:
    """A set of queues with agent tokens of its own."""

    id: int
    uuid: str
    organization_id: int
    name: str
    description: str | None
    emoji: str | None
    color: str | None
    default_queue_id: int | None
    created_by: int | None
    created_at: datetime
    hosted_git_mirror_enabled: bool = False
    hosted_container_cache_enabled: bool = False


@dataclass(frozen=True, slots=True)
class Maintainer:
    """That a user manages a cluster."""

    uuid: str
    user_id: int
