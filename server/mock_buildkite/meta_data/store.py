"""The SQL of builds' meta-data."""

from collections.abc import Iterable, Mapping

from mock_buildkite.storage import several
from mock_buildkite.storage.database import Transaction
from mock_buildkite.storage.json_text import to_json


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


def list_of_builds(tx: Transaction, build_ids: Iterable[int]) -> dict[int, dict[str, str]]:
    """The keys and values of several builds that have any, by build."""
    rows = tx.all(
        f"select build_id, key, value from build_meta_data where build_id in {several.AMONG}"  # noqa: S608 - ours
        " order by build_id, key",
        (to_json(list(build_ids)),),
    )
    found: dict[int, dict[str, str]] = {}
    for row in rows:
        found.setdefault(row[0], {})[row[1]] = row[2]
    return found
