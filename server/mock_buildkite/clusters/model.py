"""What a cluster is."""

from datetime import datetime

from msgspec import Struct


class NewCluster(Struct, frozen=True):
    """What is chosen about a cluster when it is made."""

    name: str
    description: str | None = None
    emoji: str | None = None
    color: str | None = None


class NamedCluster(Struct, frozen=True):
    """As much of a cluster as its jobs are told of it."""

    id: int
    uuid: str
    name: str


class Cluster(NamedCluster, frozen=True):
    """A set of queues with agent tokens of its own."""

    organization_id: int
    description: str | None
    emoji: str | None
    color: str | None
    default_queue_id: int | None
    created_by: int | None
    created_at: datetime
    hosted_git_mirror_enabled: bool = False
    hosted_container_cache_enabled: bool = False


class Maintainer(Struct, frozen=True):
    """That a user manages a cluster."""

    uuid: str
    user_id: int
