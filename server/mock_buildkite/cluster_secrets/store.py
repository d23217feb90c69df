"""The SQL of cluster secrets. Values come and go encrypted."""

from mock_buildkite.cluster_secrets.model import ClusterSecret, NewClusterSecret
from mock_buildkite.clusters.model import Cluster
from mock_buildkite.storage.columns import reader
from mock_buildkite.storage.database import Transaction

_cluster_secret = reader(ClusterSecret)


def insert(
    tx: Transaction,
    uuid: str,
    cluster: Cluster,
    new: NewClusterSecret,
    *,
    sealed_value: bytes,
    created_by: int | None,
) -> ClusterSecret:
    """Add a secret, created now."""
    number = tx.insert(
        "cluster_secrets",
        {
            "uuid": uuid,
            "cluster_id": cluster.id,
            "key": new.key,
            "value": sealed_value,
            "description": new.description,
            "policy": new.policy,
            "created_by": created_by,
            "created_at": tx.now_text,
            "updated_at": tx.now_text,
        },
    )
    return find(tx, number)


def find(tx: Transaction, number: int) -> ClusterSecret:
    """The secret with that integer key, which must be there."""
    row = tx.one("select * from cluster_secrets where id = ?", (number,))
    if row is None:
        raise LookupError(number)
    return _cluster_secret(row)


def find_by_uuid(tx: Transaction, cluster_id: int, uuid: str) -> ClusterSecret | None:
    """A cluster's secret with that UUID."""
    row = tx.one(
        "select * from cluster_secrets where cluster_id = ? and uuid = ?", (cluster_id, uuid)
    )
    return None if row is None else _cluster_secret(row)


def find_by_key(tx: Transaction, cluster_id: int | None, key: str) -> ClusterSecret | None:
    """A cluster's secret with that key, in whatever case."""
    row = tx.one(
        "select * from cluster_secrets where cluster_id = ? and key = ?", (cluster_id, key)
    )
    return None if row is None else _cluster_secret(row)


def sealed_value_of(tx: Transaction, number: int) -> bytes:
    """The encrypted value of a secret."""
    value: bytes = tx.value("select value from cluster_secrets where id = ?", (number,))
    return value


def list_by_key(tx: Transaction, cluster: Cluster) -> list[ClusterSecret]:
    """A cluster's secrets in the order of their keys."""
    rows = tx.all("select * from cluster_secrets where cluster_id = ? order by key", (cluster.id,))
    return [_cluster_secret(row) for row in rows]


def update(
    tx: Transaction, number: int, changes: dict[str, str | bytes | None], updated_by: int
) -> ClusterSecret:
    """Change columns of a secret, by somebody; the secret as it is then."""
    stamp = {"updated_by": updated_by, "updated_at": tx.now_text}
    tx.update("cluster_secrets", number, {**changes, **stamp})
    return find(tx, number)


def record_read(tx: Transaction, number: int) -> None:
    """Note that a job was told a secret's value now."""
    tx.update("cluster_secrets", number, {"last_read_at": tx.now_text})


def delete(tx: Transaction, number: int) -> None:
    """Forget a secret."""
    tx.execute("delete from cluster_secrets where id = ?", (number,))
