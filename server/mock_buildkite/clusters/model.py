"""What a cluster is."""

from datetime import datetime

from msgspec import Struct


class NewCluster(Struct, frozen=True):
    """What is chosen about a cluster when it is made."""

    name: str
    description: str | None = None
    emoji: str | None = None
    color: str | None = None


class Cluster(Struct, frozen=True):
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


class Maintainer(Struct, frozen=True):
    """That a user manages a cluster."""

    uuid: str
    user_id: int
