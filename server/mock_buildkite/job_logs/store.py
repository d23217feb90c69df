"""The SQL of logs."""

from collections.abc import Mapping

from mock_buildkite.job_logs.model import Chunk
from mock_buildkite.storage.database import Row, Transaction

_FROM = (
    "select start, size, content from job_log_chunks where job_id = ?1 and start >= coalesce("
    "(select max(start) from job_log_chunks where job_id = ?1 and start <= ?2), 0)"
    " and start + size > ?2"
)
"""The chunks that reach beyond an offset. Since they never overlap, the first of them is the last
that starts before it."""


def insert(tx: Transaction, job_id: int, chunk: Chunk) -> bool:
    """Add a chunk where the log has nothing yet; False, and nothing is done, where it has.

    Whether it has is to be seen on the last chunk that starts before this one's end.
    """
    cursor = tx.execute(
        "insert into job_log_chunks (job_id, start, size, content) select ?1, ?2, ?3, ?4"
        " where coalesce((select start + size from job_log_chunks"
        " where job_id = ?1 and start < ?2 + ?3 order by start desc limit 1), 0) <= ?2",
        (job_id, chunk.start, chunk.size, chunk.packed),
    )
    return cursor.rowcount == 1


def list_overlapping(tx: Transaction, job_id: int, chunk: Chunk) -> list[Chunk]:
    """The chunks of a log that lie where another one does, in order."""
    rows = tx.all(f"{_FROM} and start < ?3 order by start", (job_id, chunk.start, chunk.end))
    return [_chunk(row) for row in rows]


def list_from(tx: Transaction, job_id: int, offset: int, most: int) -> list[Chunk]:
    """At most `most` chunks of a log that reach beyond an offset, in order; -1: all of them."""
    rows = tx.all(f"{_FROM} order by start limit ?3", (job_id, offset, most))
    return [_chunk(row) for row in rows]


def list_last(tx: Transaction, job_id: int, count: int) -> list[Chunk]:
    """The chunks that hold the last `count` bytes of a log, in order."""
    rows = tx.all(
        "select start, size, content from job_log_chunks where job_id = ? and start >="
        " (select min(start) from"
        " (select start, sum(size) over (order by start desc) - size as after"
        " from job_log_chunks where job_id = ?) where after < ?)"
        " order by start",
        (job_id, job_id, count),
    )
    return [_chunk(row) for row in rows]


def size(tx: Transaction, job_id: int) -> int:
    """How many bytes of a log there are, gaps not counted."""
    count: int = tx.value(
        "select coalesce(sum(size), 0) from job_log_chunks where job_id = ?", (job_id,)
    )
    return count


def delete(tx: Transaction, job_id: int) -> None:
    """Forget a log."""
    tx.execute("delete from job_log_chunks where job_id = ?", (job_id,))
    tx.execute("delete from job_log_header_times where job_id = ?", (job_id,))


def put_header_times(tx: Transaction, job_id: int, times: Mapping[int, int]) -> None:
    """Note when headers were printed, in Unix nanoseconds by their number."""
    for number, printed_at in times.items():
        tx.execute(
            "insert or replace into job_log_header_times (job_id, number, printed_at)"
            " values (?, ?, ?)",
            (job_id, number, printed_at),
        )


def list_header_times(tx: Transaction, job_id: int) -> list[int]:
    """When headers were printed, in Unix nanoseconds, by their number."""
    rows = tx.all(
        "select printed_at from job_log_header_times where job_id = ? order by number", (job_id,)
    )
    return [row[0] for row in rows]


def _chunk(row: Row) -> Chunk:
    return Chunk(row["start"], row["size"], row["content"])
