"""The SQL of notices."""

from collections.abc import Iterable

from mock_buildkite.notices.model import NewNotice, Notice
from mock_buildkite.storage.columns import reader
from mock_buildkite.storage.database import Transaction

_COLUMNS = (
    "reason",
    "audience",
    "recipient",
    "token_uuid",
    "organization",
    "url",
    "sent_at",
)

_notice = reader(Notice)


def insert_all(tx: Transaction, notices: Iterable[NewNotice]) -> None:
    """Add notices that are sent now, in their order."""
    now = tx.now_text
    rows = [
        (
            each.reason.value,
            each.audience.value,
            each.recipient,
            each.token_uuid,
            each.organization,
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
