"""The SQL of leaks."""

from collections.abc import Iterable

from mock_buildkite.leaks.model import Alert, Leak, Leaked
from mock_buildkite.storage.columns import reader
from mock_buildkite.storage.database import Transaction
from mock_buildkite.storage.json_text import to_json

_COLUMNS = (
    "digest",
    "kind",
    "token_uuid",
    "organizations",
    "reported_type",
    "url",
    "source",
    "action",
    "first_reported_at",
    "last_reported_at",
)

_leak = reader(Leak)


def note(tx: Transaction, found: Iterable[tuple[Leaked, Alert]]) -> None:
    """Add tokens in places; of those that are there already, that they were reported again."""
    now = tx.now_text
    rows = [
        (
            leaked.digest,
            leaked.kind,
            leaked.token_uuid,
            to_json(leaked.organizations),
            alert.type,
            alert.url,
            alert.source,
            leaked.action.value,
            now,
            now,
        )
        for leaked, alert in found
    ]
    tx.insert_all(
        "leaks",
        _COLUMNS,
        rows,
        "on conflict do update set times_reported = times_reported + 1,"
        " last_reported_at = excluded.last_reported_at",
    )


def list_all(tx: Transaction) -> list[Leak]:
    """Every leak, in the order in which they were first reported."""
    return [_leak(row) for row in tx.all("select * from leaks order by id")]
