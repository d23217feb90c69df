"""The key pair with which a test plays GitHub: made when it is first asked for."""

import asyncio
from pathlib import Path

from mock_buildkite.errors import UnavailableError
from mock_buildkite.keys import write_private
from mock_buildkite.leaks.signatures import KeyPair, draw_key_pair, read_key_pair

FILE_NAME = "github_key.pem"


class OwnKey:
    """A world's own key pair; in a data directory it is kept (mode 600)."""

    def __init__(self, directory: Path | None = None) -> None:
        self._path = None if directory is None else directory / FILE_NAME
        self._making = asyncio.Lock()
        self._pair: KeyPair | None = None

    async def pair(self) -> KeyPair:
        """Both halves.

        Raises:
            UnavailableError: the key's file cannot be read or written.
        """
        async with self._making:
            if self._pair is None:
                self._pair = await asyncio.to_thread(self._read_or_draw)
            return self._pair

    def _read_or_draw(self) -> KeyPair:
        try:
            if self._path is not None and self._path.exists():
                return read_key_pair(self._path.read_bytes())
            pair = draw_key_pair()
            if self._path is not None:
                write_private(self._path, pair.to_pem())
        except (OSError, ValueError) as error:
            msg = f"{self._path} cannot be read or written: {type(error).__name__}"
            raise UnavailableError(msg) from error
        return pair
