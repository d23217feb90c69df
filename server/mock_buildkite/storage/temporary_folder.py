"""Folders that go with their server; if it was killed, with the next one that starts."""

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

PREFIX = "mock-buildkite-artifacts-"
"""No other folder has a name like that, in particular none of a server from before the lock."""
_UNHELD_PREFIX = "mock-buildkite-new-"


class TemporaryFolder:
    """A folder that this process holds: a lock says so, which ends with the process in any case."""

    def __init__(self, path: Path, lock: int | None) -> None:
        self.path = path
        self._lock = lock

    @classmethod
    def make(cls) -> "TemporaryFolder":
        """A new folder, which nobody else can read."""
        made = Path(tempfile.mkdtemp(prefix=_UNHELD_PREFIX))
        lock = _held(made)
        if lock is None:
            return cls(made, None)  # such a disk knows no locks: nobody will ever take it for left
        # It gets its name when it is held: found by that name and not held, it is nobody's.
        path = made.rename(made.with_name(made.name.replace(_UNHELD_PREFIX, PREFIX, 1)))
        return cls(path, lock)

    def remove(self) -> None:
        """Remove it with all in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)


def remove_abandoned() -> None:
    """Remove the folders of this user's servers that were killed, and none of a living one."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            facts = path.lstat()
            lock = _held(path) if facts.st_uid == os.geteuid() else None
            if lock is not None:
                # Another may have removed it meanwhile, and a third made one of that name.
                if os.path.samestat(facts, os.fstat(lock)):
                    shutil.rmtree(path, ignore_errors=True)
                os.close(lock)


def _held(folder: Path) -> int | None:
    """The lock on a folder, which ends when it is closed; None if it is not to be had."""
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    return lock
