"""The processes that a run leads to: found however far they have detached themselves, and ended."""

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

LOOKS = 25
LOOK_AGAIN_AFTER_SECONDS = 0.02
IS_LINUX = sys.platform == "linux"
_PR_SET_CHILD_SUBREAPER = 36
_PROC = Path("/proc")


@asynccontextmanager
async def no_descendants_left() -> AsyncIterator[None]:
    """End, after the block, every process that has come of this one in it.

    They are asked to end, then killed. Elsewhere than on Linux those escape that have outlived
    whatever started them.
    """
    if IS_LINUX:
        # Orphans become children of this process, and not of the machine's first one.
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    before = _descendants()
    try:
        yield
    finally:
        await _end(before)


async def _end(spared: set[int]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        told: set[int] = set()
        for _ in range(LOOKS):
            running = _descendants() - spared
            if not running:
                return
            for pid in running - told:
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, number)
            told |= running
            await asyncio.sleep(LOOK_AGAIN_AFTER_SECONDS)


def _descendants() -> set[int]:
    """The processes that have come of this one and have not ended."""
    children: dict[int, list[int]] = {}
    for pid, parent in _parents():
        children.setdefault(parent, []).append(pid)
    found, level = set(), [os.getpid()]
    while level:
        level = [child for pid in level for child in children.get(pid, ())]
        found.update(level)
    return found


def _parents() -> list[tuple[int, int]]:
    """Every process of the machine that has not ended, and its parent."""
    if not IS_LINUX:
        command = ["ps", "-Ao", "pid=,ppid="]
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
        return [(int(pid), int(parent)) for pid, parent in map(str.split, listed.splitlines())]
    found = []
    for process in _PROC.glob("[0-9]*"):
        with suppress(OSError):  # it has ended by now
            _, _, facts = (process / "stat").read_text(errors="replace").rpartition(")")
            state, parent = facts.split()[:2]
            if state not in "ZX":
                found.append((int(process.name), int(parent)))
    return found
