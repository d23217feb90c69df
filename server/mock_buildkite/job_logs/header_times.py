"""When the headers of a log were printed.

An agent stamps lines with `ESC _bk;t=<Unix milliseconds> BEL`; one that does not posts the times.

Source: buildkite/agent agent/header_times_streamer.go of 3.x, internal/process/timestamper.go.
"""

import re

_HEADER = re.compile(
    rb"^(?:\x1b_bk;t=(\d{1,15})\x07|\x1b\[[\d;]*[mK])*(?:---|\+\+\+|~~~)\s", re.MULTILINE
)
_NANOSECONDS_PER_MILLISECOND = 1_000_000


def stamped(log: bytes) -> list[int]:
    """The stamps of the lines that open groups, in Unix nanoseconds.

    A header line without a stamp is passed over.
    """
    stamps = _HEADER.findall(log)
    return [int(stamp) * _NANOSECONDS_PER_MILLISECOND for stamp in stamps if stamp]
