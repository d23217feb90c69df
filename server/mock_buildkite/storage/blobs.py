"""Files of a world that are too large for its database, such as those of artifacts.

A file comes in under `incoming/`: written by threads, counted and hashed on the way, never whole in
memory. It moves to `kept/` once the database has it on record; what is on record as a part of
another file stays where it came in. So what a process that was killed has left under `incoming/`
and is not on record is no whole file.
"""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TypeVar

from mock_buildkite.errors import NotFoundError, TooLargeError, UnavailableError
from mock_buildkite.storage.temporary_folder import TemporaryFolder, remove_abandoned

BYTES_AT_ONCE = 1024 * 1024
"""How much is gathered before a thread takes it."""
THREADS = 4

T = TypeVar("T")


class Blobs:
    """The files of one world, by names that are never used again.

    They lie in a folder that stays, or in a temporary one that goes when the world ends. What was
    left of such by servers that were killed is removed meanwhile.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._temporary: TemporaryFolder | None = None
        self._threads = ThreadPoolExecutor(THREADS, "mock-buildkite-blobs")
        self._closed = False
        if folder is None:
            self._threads.submit(remove_abandoned)

    def path(self, name: str) -> Path:
        """Where a kept file lies."""
        return self._kept / name

    def stat(self, name: str) -> os.stat_result:
        """The facts of a kept file.

        Raises:
            NotFoundError: it is gone.
        """
        try:
            return self.path(name).stat()
        except FileNotFoundError as error:
            msg = "This file is gone"
            raise NotFoundError(msg) from error

    @asynccontextmanager
    async def receive(
        self, name: str, size: int, algorithms: Iterable[str]
    ) -> AsyncIterator["Incoming"]:
        """A file to write, of at most `size` bytes. Nothing of it stays unless it is told to.

        Raises:
            UnavailableError: the world has ended, or the disk refuses.
        """
        incoming = Incoming(self, name, size, algorithms)
        try:
            await incoming.open()
            yield incoming
        finally:
            await incoming.end()

    def remove(self, names: Iterable[str]) -> None:
        """Remove files, parts too; those that are not there are passed over."""
        for name in names:
            self.path(name).unlink(missing_ok=True)
            self.incoming(name).unlink(missing_ok=True)

    def settle(self, is_whole: Callable[[str], bool], is_part: Callable[[str], bool]) -> None:
        """Move in place what a killed process had on record, and remove what it had not."""
        if self._folder is None or not self._incoming.is_dir():
            return
        for left in list(self._incoming.iterdir()):
            if is_whole(left.name):
                left.replace(self.path(left.name))
            elif not is_part(left.name):
                left.unlink()

    async def close(self) -> None:
        """Let threads finish. A temporary folder goes; in another, all stays as it is."""
        self._closed = True
        await asyncio.to_thread(self._threads.shutdown)
        if self._temporary is not None:
            await asyncio.to_thread(self._temporary.remove)

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Do something with files away from the event loop.

        Raises:
            UnavailableError: the world has ended, or the disk refuses.
        """
        self.require_open()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except OSError as error:
            msg = f"The disk could not take the file: {error.strerror}"
            raise UnavailableError(msg) from error

    def incoming(self, name: str) -> Path:
        """Where a file lies that comes in."""
        return self._incoming / name

    def make_folders(self) -> None:
        """Make the folders that files lie in.

        Raises:
            UnavailableError: the world has ended.
        """
        self.require_open()
        if self._folder is None:
            self._temporary = TemporaryFolder.make()
            self._folder = self._temporary.path
        for folder in (self._incoming, self._kept):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def require_open(self) -> None:
        """Refuse to go on when the world has ended.

        Raises:
            UnavailableError: it has.
        """
        if self._closed:
            msg = "This world was reset while the request was under way"
            raise UnavailableError(msg)

    @property
    def _incoming(self) -> Path:
        return self._there / "incoming"

    @property
    def _kept(self) -> Path:
        return self._there / "kept"

    @property
    def _there(self) -> Path:
        if self._folder is None:
            msg = "This file is gone"
            raise NotFoundError(msg)
        return self._folder


class Incoming:
    """A file that comes in. Threads write and hash it, one piece after the other."""

    def __init__(self, blobs: Blobs, name: str, most: int, algorithms: Iterable[str]) -> None:
        self.name = name
        self.size = 0
        self._blobs = blobs
        self._most = most
        self._hashes = {each: hashlib.new(each, usedforsecurity=False) for each in algorithms}
        self._stays = False
        self._file: BinaryIO | None = None
        self._gathered: list[bytes] = []
        self._gathered_size = 0
        self._writing: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin."""
        self._blobs.make_folders()
        path = self._blobs.incoming(self.name)
        self._file = await self._blobs.in_thread(lambda: path.open("xb", buffering=0))

    async def write(self, piece: bytes) -> None:
        """Take the next piece. While a thread writes one megabyte, the next is gathered.

        Raises:
            TooLargeError: it would be larger than it may be.
            UnavailableError: the disk refuses.
        """
        self.size += len(piece)
        if self.size > self._most:
            msg = f"The upload is larger than the {self._most} bytes that were announced"
            raise TooLargeError(msg)
        self._gathered.append(piece)
        self._gathered_size += len(piece)
        if self._gathered_size >= BYTES_AT_ONCE:
            await self._settle()
            self._writing = asyncio.create_task(self._blobs.in_thread(self._take_gathered()))

    async def join(self, names: Iterable[str]) -> None:
        """Take the contents of the parts with these names, one after the other.

        Raises:
            UnavailableError: one of them is gone, or the disk refuses.
        """
        paths = [self._blobs.incoming(name) for name in names]

        def work() -> None:
            room = memoryview(bytearray(BYTES_AT_ONCE))
            for path in paths:
                with path.open("rb", buffering=0) as part:
                    while count := part.readinto(room):
                        self._blobs.require_open()  # it may take long, and an end may not
                        self.size += count
                        self._put(room[:count])

        await self._blobs.in_thread(work)

    async def finish(self) -> None:
        """Have everything written."""
        await self._settle()
        await self._blobs.in_thread(self._take_gathered())

    def digest(self, algorithm: str) -> str:
        """The digest of all that was written, in hexadecimal."""
        return self._hashes[algorithm].hexdigest()

    def stay(self) -> None:
        """Stay as a part: the database has it on record."""
        self._stays = True

    async def keep(self) -> None:
        """Move it in place: the database has it on record."""
        source, target = self._blobs.incoming(self.name), self._blobs.path(self.name)
        await self._blobs.in_thread(lambda: source.replace(target))

    async def end(self) -> None:
        """Let go of it."""
        with suppress(UnavailableError):
            await self._settle()
        if self._file is not None:
            self._file.close()
            with suppress(UnavailableError):
                await self._blobs.in_thread(self._leave)

    def _leave(self) -> None:
        if not self._stays:
            self._blobs.incoming(self.name).unlink(missing_ok=True)

    async def _settle(self) -> None:
        if self._writing is not None:
            writing, self._writing = self._writing, None
            await writing

    def _take_gathered(self) -> Callable[[], None]:
        pieces, self._gathered, self._gathered_size = self._gathered, [], 0

        def work() -> None:
            for piece in pieces:
                self._put(piece)

        return work

    def _put(self, piece: bytes | memoryview) -> None:
        assert self._file is not None  # noqa: S101 - opened before anything is written
        left = memoryview(piece)
        while left:
            left = left[self._file.write(left) :]
        for each in self._hashes.values():
            each.update(piece)
