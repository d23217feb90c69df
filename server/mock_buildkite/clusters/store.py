"""The SQL of clusters and their maintainers."""

from collections.abc import Iterable

from mock_buildkite.clock import from_text
from mock_buildkite.clusters.model import Cluster, Maintainer, NewCluster
from mock_buildkite.organizations.model import Organization, User
from mock_buildkite.storage import several
from mock_buildkite.storage.database import Row, Transaction


def insert(
    tx: Transaction, organization: Organization, uuid: str, new: NewCluster, created_by: int | None
) -> Cluster:
    """Add a cluster, created now, without queues."""
    number = tx.insert(
        "clusters",
        {
            "uuid": uuid,
            "organization_id": organization.id,
            "name": new.name,
            "description": new.description,
            "emoji": new.emoji,
            "color": new.color,
            "created_by": created_by,
            "created_at": tx.now_text,
        },
    )
    return find(tx, number)


def find(tx: Transaction, number: int) -> Cluster:
    """The cluster with that integer key, which must be there."""
    row = tx.one("select * from clusters where id = ?", (number,))
    if row is None:
        raise LookupError(number)
    return _cluster(row)


def find_several(tx: Transaction, numbers: Iterable[int | None]) -> dict[int, Cluster]:
    """The clusters with those integer keys, by key."""
    return several.find_several(tx, "clusters", _cluster, numbers)


def find_by_uuid(tx: Transaction, uuid: str) -> Cluster | None:
    """The cluster with that UUID."""
    row = tx.one("select * from clusters where uuid = ?", (uuid,))
    return None if row is None else _cluster(row)


def find_by_name(tx: Transaction, organization_id: int, name: str) -> Cluster | None:
    """The cluster of an organization with that name."""
    row = tx.one(
        "select * from clusters where organization_id = ? and name = ?", (organization_id, name)
    )
    return None if row is None else _cluster(row)


def list_by_name(tx: Transaction, organization: Organization) -> list[Cluster]:
    """An organization's clusters in the order of their names."""
    return _list(tx, organization, "name, uuid")


def list_newest_first(tx: Transaction, organization: Organization) -> list[Cluster]:
    """An organization's clusters, the newest first."""
    return _list(tx, organization, "created_at desc, uuid")


def update(tx: Transaction, wanted: Cluster) -> Cluster:
    """Change what can be changed of a cluster, but for its default queue."""
    tx.update(
        "clusters",
        wanted.id,
        {
            "name": wanted.name,
            "description": wanted.description,
            "emoji": wanted.emoji,
            "color": wanted.color,
            "hosted_git_mirror_enabled": wanted.hosted_git_mirror_enabled,
            "hosted_container_cache_enabled": wanted.hosted_container_cache_enabled,
        },
    )
    return find(tx, wanted.id)


def delete(tx: Transaction, cluster: Cluster) -> None:
    """Take a cluster off record, with its queues, agent tokens and agents."""
    tx.execute("delete from clusters where id = ?", (cluster.id,))


def has_hosted_queue(tx: Transaction, cluster: Cluster) -> bool:
    """Whether Buildkite would host agents of a cluster."""
    sql = "select 1 from queues where cluster_id = ? and hosted_agents is not null"
    return tx.value(sql, (cluster.id,)) is not None


def set_default_queue(tx: Transaction, cluster: Cluster, queue_id: int | None) -> Cluster:
    """Choose the queue of agents that name none; None leaves them without any."""
    tx.update("clusters", cluster.id, {"default_queue_id": queue_id})
    return find(tx, cluster.id)


def insert_maintainer(tx: Transaction, cluster: Cluster, uuid: str, user: User) -> None:
    """Let a user manage a cluster, under that UUID unless the user does already."""
    tx.execute(
        "insert or ignore into cluster_maintainers (uuid, cluster_id, user_id) values (?, ?, ?)",
        (uuid, cluster.id, user.id),
    )


def delete_maintainer(tx: Transaction, maintainer: Maintainer) -> None:
    """Let a user manage a cluster no more."""
    tx.execute("delete from cluster_maintainers where uuid = ?", (maintainer.uuid,))


def list_maintainers(tx: Transaction, cluster: Cluster) -> list[Maintainer]:
    """The users who were made maintainers of a cluster, the first of them first."""
    rows = tx.all(
        "select uuid, user_id from cluster_maintainers where cluster_id = ? order by id",
        (cluster.id,),
    )
    return [Maintainer(row[0], row[1]) for row in rows]


def is_maintainer(tx: Transaction, cluster: Cluster, user: User) -> bool:
    """Whether a user was made a maintainer of a cluster."""
    return (
        tx.value(
            "select 1 from cluster_maintainers where cluster_id = ? and user_id = ?",
            (cluster.id, user.id),
        )
        is not None
    )


def _list(tx: Transaction, organization: Organization, order: str) -> list[Cluster]:
    sql = f"select * from clusters where organization_id = ? order by {order}"  # noqa: S608 - ours
    return [_cluster(row) for row in tx.all(sql, (organization.id,))]


def _cluster(row: Row) -> Cluster:
    return Cluster(
        id=row["id"],
        uuid=row["uuid"],
        organization_id=row["organization_id"],
        name=row["name"],
        description=row["description"],
        emoji=row["emoji"],
        color=row["color"],
        default_queue_id=row["default_queue_id"],
        created_by=row["created_by"],
        created_at=from_text(row["created_at"]),
        hosted_git_mirror_enabled=bool(row["hosted_git_mirror_enabled"]),
        hosted_container_cache_enabled=bool(row["hosted_container_cache_enabled"]),
    )
