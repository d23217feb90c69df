"""The SQL of pipeline uploads."""

from mock_buildkite.storage.database import Transaction


def find(tx: Transaction, job_id: int, uuid: str) -> tuple[str, str] | None:
    """The state of a job's upload, and the message with it."""
    row = tx.one(
        "select state, message from pipeline_uploads where job_id = ? and uuid = ?", (job_id, uuid)
    )
    return None if row is None else (row[0], row[1])


def insert_applied(tx: Transaction, job_id: int, uuid: str, *, replaces: bool) -> None:
    """Remember an upload that was applied at once."""
    tx.execute(
        "insert into pipeline_uploads (job_id, uuid, state, replaces, created_at, processed_at)"
        " values (?, ?, 'applied', ?, ?4, ?4)",
        (job_id, uuid, replaces, tx.now_text),
    )


def insert_pending(
    tx: Transaction, job_id: int, uuid: str, pipeline: str, *, replaces: bool
) -> None:
    """Keep an upload that is to be applied, behind those that are already."""
    tx.execute(
        "insert into pipeline_uploads"
        " (job_id, uuid, state, pipeline, replaces, created_at, place_in_line)"
        " values (?, ?, 'pending', ?, ?, ?, (select coalesce(max(place_in_line), 0) + 1"
        " from pipeline_uploads where state = 'pending'))",
        (job_id, uuid, pipeline, replaces, tx.now_text),
    )


def list_pending(tx: Transaction) -> list[tuple[int, str, str, bool]]:
    """The uploads to be applied, as they came: job, UUID, pipeline, whether it replaces."""
    rows = tx.all(
        "select job_id, uuid, pipeline, replaces from pipeline_uploads where state = 'pending'"
        " order by place_in_line, created_at"
    )
    return [(row[0], row[1], row[2], bool(row[3])) for row in rows]


def record(tx: Transaction, job_id: int, uuid: str, state: str, message: str = "") -> None:
    """Note what became of an upload."""
    tx.execute(
        "update pipeline_uploads set state = ?, message = ?, pipeline = null, processed_at = ?"
        " where job_id = ? and uuid = ?",
        (state, message, tx.now_text, job_id, uuid),
    )
