"""The folder that keeps a server's data, and the lock that keeps a second server out."""

import fcntl
import os
import shutil
from pathlib import Path

from mock_buildkite.errors import StartupError


class DataDirectory:
    """A folder held by this process: the database, its keys and files lie in it."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock = lock

    @classmethod
    def hold(cls, path: Path) -> "DataDirectory":
        """Take a folder, making it if need be.

        Raises:
            StartupError: it cannot be made, or another server holds it.
        """
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            msg = f"the data directory {path} cannot be used: {error.strerror}"
            raise StartupError(msg) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(lock)
            msg = f"the data directory {path} is held by another server"
            raise StartupError(msg) from error
        return cls(path, lock)

    @property
    def database(self) -> Path:
        """Where the database is."""
        return self.path / "mock-buildkite.sqlite3"

    @property
    def files(self) -> Path:
        """Where the files are that are too large for the database."""
        return self.path / "files"

    def remove_data(self) -> None:
        """Forget all data, as a reset does. The database and the files must be closed."""
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.database}{suffix}").unlink(missing_ok=True)
        shutil.rmtree(self.files, ignore_errors=True)

    def release(self) -> None:
        """Let another server have it."""
        os.close(self._lock)
