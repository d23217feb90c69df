"""The SQL of builds' meta-data."""

from collections.abc import Mapping

from mock_buildkite.storage.database import Transaction


def put(tx: Transaction, build_id: int, pairs: Mapping[str, str]) -> None:
    """Set keys to values; what a key had before is gone."""
    for key, value in pairs.items():
        tx.execute(
            "insert or replace into build_meta_data (build_id, key, value) values (?, ?, ?)",
            (build_id, key, value),
        )


def get(tx: Transaction, build_id: int, key: str) -> str | None:
    """The value of a key."""
    value: str | None = tx.value(
        "select value from build_meta_data where build_id = ? and key = ?", (build_id, key)
    )
    return value


def list_keys(tx: Transaction, build_id: int) -> list[str]:
    """Every key, in order."""
    rows = tx.all("select key from build_meta_data where build_id = ? order by key", (build_id,))
    return [row[0] for row in rows]


def list_all(tx: Transaction, build_id: int) -> dict[str, str]:
    """Every key with its value, in the order of the keys."""
    rows = tx.all(
        "select key, value from build_meta_data where build_id = ? order by key", (build_id,)
    )
    return {row[0]: row[1] for row in rows}
