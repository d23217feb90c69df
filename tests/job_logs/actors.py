"""A job whose agent sends what it prints."""

import gzip

import httpx

from tests.working_jobs import WorkingJob


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

    async def log(self) -> bytes:
        """The log so far, without its gaps."""
        return (await self._read("GET", ".txt")).content

    async def tail(self, count: int) -> bytes:
        """The end of the log."""
        return (await self._read("GET", ".txt", Range=f"bytes=-{count}")).content

    async def size(self) -> int:
        return int((await self._read("HEAD")).headers["Content-Length"])

    async def header_times(self) -> list[int]:
        times: list[int] = (await self._read("GET")).json()["header_times"]
        return times

    async def _read(self, method: str, suffix: str = "", **headers: str) -> httpx.Response:
        path = f"{self.job.path}/log{suffix}"
        answer = await self.job.builder.caller.send(method, path, headers=headers)
        assert answer.is_success, answer.text
        return answer
