"""The SQL of leaks, and of the outbox."""

from mock_buildkite.clock import to_text
from mock_buildkite.leaks.model import Leak, Notice
from mock_buildkite.storage.columns import reader
from mock_buildkite.storage.database import Transaction
from mock_buildkite.storage.json_text import to_json

_leak = reader(Leak)
_notice = reader(Notice)


def insert(tx: Transaction, leak: Leak) -> None:
    """Add a leak, or note that it was reported again; its `id` and times are ignored."""
    tx.execute(
        "insert into leaks (digest, kind, token_uuid, organizations, reported_type, url, source,"
        " action, first_reported_at, last_reported_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " on conflict do update set times_reported = times_reported + 1,"
        " last_reported_at = excluded.last_reported_at",
        (
            leak.digest,
            leak.kind,
            leak.token_uuid,
            to_json(leak.organizations),
            leak.reported_type,
            leak.url,
            leak.source,
            leak.action.value,
            to_text(leak.first_reported_at),
            to_text(leak.last_reported_at),
        ),
    )


def list_all(tx: Transaction) -> list[Leak]:
    """Every leak, in the order in which they were first reported."""
    return [_leak(row) for row in tx.all("select * from leaks order by id")]


def insert_notice(tx: Transaction, notice: Notice) -> None:
    """Add a notice."""
    tx.insert(
        "outbox",
        {
            "uuid": notice.uuid,
            "audience": notice.audience.value,
            "recipient": notice.recipient,
            "token_uuid": notice.token_uuid,
            "token_description": notice.token_description,
            "url": notice.url,
            "sent_at": to_text(notice.sent_at),
        },
    )


def list_notices(tx: Transaction) -> list[Notice]:
    """Every notice, in the order in which they were sent."""
    return [_notice(row) for row in tx.all("select * from outbox order by id")]
