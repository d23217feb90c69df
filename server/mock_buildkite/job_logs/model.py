"""What a chunk of a log is, and how chunks make up a log.

Source: buildkite/agent agent/log_streamer.go and api/chunks.go.
"""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from mock_buildkite.errors import InvalidInputError

CHUNKS_MAX_SIZE_BYTES = 102_400
CHUNKS_INTERVAL_SECONDS = 1
"""How long an agent gathers output for a chunk."""

LOG_MAX_SIZE_BYTES = 1024 * 1024 * 1024

LARGEST_CHUNK_BODY = CHUNKS_MAX_SIZE_BYTES + 1024
"""How large a chunk may be as it is sent: gzip makes what it cannot compress a little longer."""

_GZIP = 31  # zlib's word for: only gzip, with its header and its checksum
_QUICKLY = 1


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a job's output, and where it belongs."""

    start: int
    """How many bytes of output were before it."""
    size: int
    packed: bytes = field(repr=False)
    """The output in gzip's format, as it is kept."""

    @property
    def end(self) -> int:
        """How many bytes of output there were with it."""
        return self.start + self.size

    @property
    def content(self) -> bytes:
        """The output itself."""
        return zlib.decompress(self.packed, _GZIP)

    def between(self, start: int, end: int) -> bytes:
        """Its output between two offsets, as far as it has any there."""
        return self.content[max(start - self.start, 0) : max(end - self.start, 0)]


def chunk(start: int, content: bytes) -> Chunk:
    """A chunk of plain output."""
    return Chunk(start, len(content), zlib.compress(content, _QUICKLY, _GZIP))


def received(offset: int, size: int, body: bytes, *, is_packed: bool) -> Chunk:
    """A chunk as an agent sends it, inflated no further than to the size that it announces.

    Raises:
        InvalidInputError: it is over a limit, is no whole gzip, or has another size.
    """
    if size > CHUNKS_MAX_SIZE_BYTES:
        msg = f"Chunk is too large (maximum is {CHUNKS_MAX_SIZE_BYTES} bytes)"
        raise InvalidInputError(msg)
    if offset + size > LOG_MAX_SIZE_BYTES:
        msg = f"Log is too large (maximum is {LOG_MAX_SIZE_BYTES} bytes)"
        raise InvalidInputError(msg)
    content = _inflate(body, size) if is_packed else body
    if len(content) != size:
        more = "more than " if len(content) > size and is_packed else ""
        msg = f"Chunk has {more}{size if more else len(content)} bytes, its size says {size}"
        raise InvalidInputError(msg)
    return Chunk(offset, size, body) if is_packed else chunk(offset, content)


def missing(wanted: Chunk, there: Iterable[Chunk]) -> list[Chunk]:
    """The parts of a chunk that a log does not have yet.

    `there` are the log's chunks that overlap it, in order.

    Raises:
        InvalidInputError: the log has something else in the same place.
    """
    parts, position = [], wanted.start
    for each in there:
        start, end = max(each.start, wanted.start), min(each.end, wanted.end)
        if each.between(start, end) != wanted.between(start, end):
            msg = f"Chunk differs from what the log has between the bytes {start} and {end}"
            raise InvalidInputError(msg)
        if position < start:
            parts.append(chunk(position, wanted.between(position, start)))
        position = end
    if position < wanted.end:
        parts.append(chunk(position, wanted.between(position, wanted.end)))
    return parts


def _inflate(body: bytes, size: int) -> bytes:
    """A gzip body inflated to `size` bytes, or to one more if it has more than that."""
    inflating = zlib.decompressobj(_GZIP)
    try:
        content = inflating.decompress(body, size + 1)
    except zlib.error as error:
        msg = f"Chunk is no gzip: {error}"
        raise InvalidInputError(msg) from error
    if len(content) <= size and (not inflating.eof or inflating.unused_data):
        msg = "Chunk is no gzip: something follows its end" if inflating.eof else "Chunk is cut off"
        raise InvalidInputError(msg)
    return content
