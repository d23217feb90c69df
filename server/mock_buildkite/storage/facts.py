"""A few facts about a world as a whole, by name."""

from mock_buildkite.storage.database import Transaction

SEED_DIGEST = "seed_digest"
SEED_SOURCE = "seed_source"
CLOCK_OFFSET_SECONDS = "clock_offset_seconds"


def get(tx: Transaction, key: str) -> str | None:
    """What was recorded under a name."""
    value: str | None = tx.value("select value from world where key = ?", (key,))
    return value


def put(tx: Transaction, key: str, value: str) -> None:
    """Record something under a name, in place of what was there."""
    tx.execute("insert or replace into world (key, value) values (?, ?)", (key, value))
