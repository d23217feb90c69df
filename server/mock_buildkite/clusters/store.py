"""The SQL of clusters and their maintainers."""

from mock_buildkite.clock import from_text
from mock_buildkite.clusters.model import Cluster, NewCluster
from mock_buildkite.organizations.model import Organization, User
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


def find_by_uuid(tx: Transaction, uuid: str) -> Cluster | None:
    """The cluster with that UUID."""
    row = tx.one("select * from clusters where uuid = ?", (uuid,))
    return None if row is None else _cluster(row)


def find_by_name(tx: Transaction, organization: Organization, name: str) -> Cluster | None:
    """The cluster of an organization with that name."""
    row = tx.one(
        "select * from clusters where organization_id = ? and name = ?", (organization.id, name)
    )
    return None if row is None else _cluster(row)


def list_by_name(tx: Transaction, organization: Organization) -> list[Cluster]:
    """An organization's clusters in the order of their names."""
    return _list(tx, organization, "name, uuid")


def list_newest_first(tx: Transaction, organization: Organization) -> list[Cluster]:
    """An organization's clusters, the newest first."""
    return _list(tx, organization, "created_at desc, uuid")


def set_default_queue(tx: Transaction, cluster: Cluster, queue_id: int) -> Cluster:
    """Choose the queue of agents that name none."""
    tx.update("clusters", cluster.id, {"default_queue_id": queue_id})
    return find(tx, cluster.id)


def insert_maintainer(tx: Transaction, cluster: Cluster, uuid: str, user: User) -> None:
    """Let a user manage a cluster, under that UUID unless the user does already."""
    tx.execute(
        "insert or ignore into cluster_maintainers (uuid, cluster_id, user_id) values (?, ?, ?)",
        (uuid, cluster.id, user.id),
    )


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
    )
