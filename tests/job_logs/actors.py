"""A job whose agent sends what it prints."""

import gzip
from collections.abc import Callable
from typing import TypeVar

import httpx

from mock_buildkite.job_logs import service as job_logs
from mock_buildkite.jobs import store as jobs
from mock_buildkite.storage.database import Transaction
from tests.planted_jobs import WorkingJob

T = TypeVar("T")


class Printing:
    """What an agent does with the output of its job."""

    def __init__(self, job: WorkingJob) -> None:
        self.job = job

    async def send(  # noqa: PLR0913 - every part of a chunk can be wrong
        self,
        content: bytes,
        offset: object = 0,
        *,
        size: object = None,
        sequence: object = 1,
        body: bytes | None = None,
        encoding: str = "gzip",
        uuid: str | None = None,
    ) -> httpx.Response:
        """Send a chunk, as good or bad as the arguments are; None leaves a part out."""
        if body is None:
            body = gzip.compress(content) if encoding == "gzip" else content
        parameters = {
            "sequence": sequence,
            "offset": offset,
            "size": len(content) if size is None else size,
        }
        return await self.job.send(
            "POST",
            f"jobs/{uuid or self.job.uuid}/chunks",
            params={name: value for name, value in parameters.items() if value != ""},
            content=body,
            headers={"Content-Encoding": encoding, "Content-Type": "text/plain"},
        )

    async def print(self, content: bytes, offset: int = 0) -> None:
        response = await self.send(content, offset)
        assert response.status_code == 200, response.text

    async def log(self, from_offset: int = 0) -> bytes:
        """The log so far."""
        return await self.ask(lambda tx, number: job_logs.read(tx, number, from_offset))

    async def log_so_far(self) -> bytes:
        """The log up to the first byte that is missing."""
        return await self.ask(lambda tx, number: job_logs.follow(tx, number, 0))

    async def tail(self, count: int) -> bytes:
        """The end of the log."""
        return await self.ask(lambda tx, number: job_logs.tail(tx, number, count))

    async def size(self) -> int:
        return await self.ask(job_logs.size)

    async def ask(self, question: Callable[[Transaction, int], T]) -> T:
        """The answer of a service about the job."""

        def unit(tx: Transaction) -> T:
            job = jobs.find_by_uuid(tx, self.job.uuid)
            assert job is not None
            return question(tx, job.id)

        return await self.job.server.application.worlds.current.database.read(unit)
