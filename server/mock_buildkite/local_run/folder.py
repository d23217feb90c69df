"""The one folder in which a run leaves anything, and the processes that came of it."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

PREFIX = "mock-buildkite-"
LONGEST_PARENT = 48
"""How many bytes of a path leave room for a socket of the agent's, whose path has 103 at most."""

SHORT_PARENT = Path("/tmp")  # noqa: S108 - what is made in it has a name that nobody can guess
LOOKS = 100
LOOK_AGAIN_AFTER_SECONDS = 0.02
_PROC = Path("/proc")


@asynccontextmanager
async def temporary_folder() -> AsyncIterator[Path]:
    """A folder that is gone afterwards, with every process that it has led to."""
    folder = _make()
    try:
        yield folder
    finally:
        await end_processes(folder)
        _remove(folder)


def _make() -> Path:
    """A new folder, under the name that the system has for it, and no longer than it may be."""
    usual = Path(tempfile.gettempdir()).resolve()
    parent = usual if len(os.fsencode(usual)) <= LONGEST_PARENT else SHORT_PARENT
    return Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent)).resolve()


async def end_processes(folder: Path) -> None:
    """End what jobs have left running, however far they have detached it.

    They are known by the folder, which is in their environment or their working directory.
    """
    for look in range(LOOKS):
        running = list(_processes_of(folder))
        if not running:
            return
        for pid in running:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGTERM if look == 0 else signal.SIGKILL)
        await asyncio.sleep(LOOK_AGAIN_AFTER_SECONDS)


def _processes_of(folder: Path) -> Iterator[int]:
    if not _PROC.is_dir():
        yield from _processes_by_ps(folder)
        return
    mark = os.fsencode(folder)
    for process in _PROC.glob("[0-9]*"):
        with suppress(OSError):  # it has ended by now, or is not ours
            is_within = os.fsencode((process / "cwd").readlink()).startswith(mark)
            if is_within or mark in (process / "environ").read_bytes():
                yield int(process.name)


def _processes_by_ps(folder: Path) -> Iterator[int]:
    """The same where there is no `/proc`: on macOS, for one.

    Unverified: that `ps` shows the environment of all that jobs start there.
    """
    listed = subprocess.run(
        ["ps", "-AEww", "-o", "pid=,command="],  # noqa: S607 - the system's
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    for line in listed.stdout.splitlines():
        if str(folder) in line:
            yield int(line.split(maxsplit=1)[0])


def _remove(folder: Path) -> None:
    """Remove a folder with all in it; tools may have protected what they have put there."""
    with suppress(OSError):
        shutil.rmtree(folder)
        return
    for path, _, _ in os.walk(folder):
        with suppress(OSError):
            Path(path).chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        sys.stderr.write(f"mock-buildkite: {folder} could not be removed\n")
