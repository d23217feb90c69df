"""What is done with a log: an agent adds to it, others read it while it grows or afterwards.

Nothing is taken out of a log: an agent removes the secrets that it knows before it sends a chunk.
"""

from collections.abc import Mapping

from mock_buildkite.events import JobLogged
from mock_buildkite.job_logs import store
from mock_buildkite.job_logs.model import Chunk, missing
from mock_buildkite.jobs.model import Authority
from mock_buildkite.storage.database import Transaction

ALL = -1


def append(tx: Transaction, authority: Authority, chunk: Chunk) -> None:
    """Add a chunk of output to the log of the job in whose name it comes.

    Chunks come in any order, some more than once; the offset says all that counts.

    Raises:
        InvalidInputError: the log has something else in the same place.
    """
    if chunk.size == 0:
        return
    if not store.insert(tx, authority.job.id, chunk):
        there = store.list_overlapping(tx, authority.job.id, chunk)
        for part in missing(chunk, there):
            store.insert(tx, authority.job.id, part)
    tx.tell(JobLogged(authority.job.uuid))


def read(tx: Transaction, job_id: int, from_offset: int = 0) -> bytes:
    """A log from an offset to its end. Where output is missing, what follows comes at once."""
    return b"".join(
        chunk.between(from_offset, chunk.end) for chunk in list_chunks(tx, job_id, from_offset)
    )


def follow(tx: Transaction, job_id: int, from_offset: int) -> bytes:
    """What a log has from an offset on, up to the first byte that is missing.

    For those who show it while it grows: chunks come in any order. The next offset is that much
    further; once the job is finished, `read` gives what lies behind a gap.
    """
    parts = []
    for chunk in list_chunks(tx, job_id, from_offset):
        if chunk.start > from_offset:
            break
        parts.append(chunk.between(from_offset, chunk.end))
        from_offset = chunk.end
    return b"".join(parts)


def tail(tx: Transaction, job_id: int, count: int) -> bytes:
    """The last `count` bytes of a log, which are at least one, or as many as there are."""
    chunks = store.list_last(tx, job_id, count)
    return b"".join(chunk.content for chunk in chunks)[-count:]


def list_chunks(tx: Transaction, job_id: int, from_offset: int = 0, most: int = ALL) -> list[Chunk]:
    """The chunks of a log that reach beyond an offset, in order; at most so many.

    For those who send a long log on: inflate them outside the unit.
    """
    return store.list_from(tx, job_id, from_offset, most)


def size(tx: Transaction, job_id: int) -> int:
    """How many bytes a log has, gaps not counted."""
    return store.size(tx, job_id)


def delete(tx: Transaction, job_id: int) -> None:
    """Forget a log. What its job prints from then on is kept.

    Unverified: that Buildkite goes on to take the output of a job whose log was deleted.
    """
    store.delete(tx, job_id)


def record_header_times(tx: Transaction, job_id: int, times: Mapping[int, int]) -> None:
    """Note when headers were printed: Unix nanoseconds by the number of the header."""
    store.put_header_times(tx, job_id, times)


def list_header_times(tx: Transaction, job_id: int) -> list[int]:
    """When the headers of a log were printed, as its agent posted it, in Unix nanoseconds.

    Empty for an agent that stamps the lines: then `header_times.stamped` finds the times.
    """
    return store.list_header_times(tx, job_id)
