"""The keys whose signatures a world believes, kept for a while."""

import asyncio
import logging
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from mock_buildkite.clock import Clock
from mock_buildkite.errors import UnavailableError
from mock_buildkite.leaks.key_sources import Source, UnreadableError
from mock_buildkite.leaks.signatures import PublicKey

KEPT_FOR = timedelta(hours=1)
READ_EVERY = timedelta(minutes=1)
"""Not more often, whatever is asked for: identifiers come from whoever sends them."""

_IDENTIFIER = re.compile(r"[0-9a-f]{64}")
_log = logging.getLogger(__name__)


class TrustedKeys:
    """The keys of a source, by identifier.

    They are read when they are first needed, when they are old, and when one is asked for that is
    not among them; one reading at a time. Those there are stay while they cannot be read again.
    """

    def __init__(self, clock: Clock, source: Source | None) -> None:
        self._clock = clock
        self._source = source
        self._keys: Mapping[str, PublicKey] = {}
        self._tried_at: datetime | None = None
        self._read_at: datetime | None = None
        self._reading = asyncio.Lock()

    async def find(self, identifier: str) -> PublicKey | None:
        """The key that a report names.

        Raises:
            UnavailableError: nobody is believed, or there have been no keys to read so far.
        """
        if self._source is None:
            msg = "No public keys of GitHub's: give some with --github-keys-url"
            raise UnavailableError(msg)
        if self._is_to_be_read(identifier):
            async with self._reading:
                if self._is_to_be_read(identifier):  # unless it was while we waited
                    await self._read(self._source)
        if self._read_at is None:
            msg = "GitHub's public keys cannot be had at the moment"
            raise UnavailableError(msg)
        return self._keys.get(identifier)

    def _is_to_be_read(self, identifier: str) -> bool:
        now = self._clock.now()
        if self._tried_at is not None and now - self._tried_at < READ_EVERY:
            # Whoever comes during the first reading waits for it.
            return self._read_at is None and self._reading.locked()
        if self._read_at is None or now - self._read_at >= KEPT_FOR:
            return True
        return identifier not in self._keys and _IDENTIFIER.fullmatch(identifier) is not None

    async def _read(self, source: Source) -> None:
        self._tried_at = self._clock.now()
        try:
            self._keys = await source.read()
        except UnreadableError as error:
            _log.warning("GitHub's public keys could not be read: %s", error)
        else:
            self._read_at = self._tried_at
