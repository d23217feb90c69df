"""GraphQL documents: parsed and validated outside any unit, and remembered by their text.

Who has none is spared the import of GraphQL.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from mock_buildkite.graphql_api.document import Document

REMEMBERED_CHARACTERS = 1024 * 1024

T = TypeVar("T")


class UnreadError(Exception):
    """A document that has to be read before a unit can go on."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class Documents:
    """The documents read before. They never change, so all worlds of a process may share them.

    Those worlds may be served by several threads: what is shared is a dictionary, read and written
    in single steps, and one thread that reads new documents for all.
    """

    def __init__(self) -> None:
        self._read: dict[str, Document] = {}
        self._characters = 0
        self._reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="documents")

    def remembered(self, text: str) -> "Document | None":
        """A document that was read before."""
        return self._read.get(text)

    def at_hand(self, text: str) -> "Document":
        """A document that a unit needs. `serve` stands around that unit.

        Raises:
            UnreadError: it is to be read first, outside the unit.
        """
        document = self._read.get(text)
        if document is None:
            raise UnreadError(text)
        return document

    async def serve(self, run: Callable[[], Awaitable[T]]) -> T:
        """What running a unit gives. It is run again once a document that it lacks was read."""
        while True:
            try:
                return await run()
            except UnreadError as unread:
                await self.read(unread.text)

    async def read(self, text: str) -> "Document":
        """A document, in a thread of its own the first time: others go on meanwhile."""
        document = self._read.get(text)
        if document is not None:
            return document
        document = await asyncio.get_running_loop().run_in_executor(self._reader, _read, text)
        if self._characters + len(text) > REMEMBERED_CHARACTERS:
            self._read.clear()
            self._characters = 0
        self._read[text] = document
        self._characters += len(text)
        return document


documents = Documents()
"""Those of this process."""


def _read(text: str) -> "Document":
    from mock_buildkite.graphql_api.document import read  # noqa: PLC0415 - see above

    return read(text)
