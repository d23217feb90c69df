"""The SQL of notices."""

from collections.abc import Iterable

from mock_buildkite.notices.model import NewNotice, Notice
from mock_buildkite.storage.columns import reader
from mock_buildkite.storage.database import Transaction
from mock_buildkite.storage.json_text import to_json

_COLUMNS = ("reason", "owner", "token_uuid", "organizations", "url", "sent_at")

_notice = reader(Notice)


def insert_all(tx: Transaction, notices: Iterable[NewNotice]) -> None:
    """Add notices that are sent now, in their order."""
    now = tx.now_text
    rows = [
        (
            each.reason.value,
            each.owner,
            each.token_uuid,
            to_json(each.organizations),
            each.url,
            now,
        )
        for each in notices
    ]
    if rows:
        tx.insert_all("notices", _COLUMNS, rows)


def list_all(tx: Transaction) -> list[Notice]:
    """Every notice, in the order in which they were sent."""
    return [_notice(row) for row in tx.all("select * from notices order by id")]
