"""What was uploaded with success is there after `kill -9`, and nothing that was not."""

import asyncio
from pathlib import Path

import httpx

from tests.artifacts.actors import Uploader, uploader_of
from tests.command_line.processes import acted_on, serve

SIZE = 300_000


async def test_no_acknowledged_artifact_is_lost_to_kill_9_under_load(tmp_path: Path) -> None:
    acknowledged: dict[str, bytes] = {}
    enough = asyncio.Event()

    async def work(uploader: Uploader, who: int) -> None:
        number = 0
        while True:
            path = f"{who}/{number}"
            content = path.encode() * (SIZE // len(path))
            try:
                await uploader.upload(path, content)
            except httpx.TransportError:
                return
            acknowledged[path] = content
            number += 1
            if len(acknowledged) >= 10:
                enough.set()

    with serve("--data", tmp_path) as server:
        async with acted_on(server) as served:
            uploader = await uploader_of(served)
            workers = [asyncio.create_task(work(uploader, who)) for who in range(4)]
            await enough.wait()
            server.kill()
            await asyncio.gather(*workers)

    with serve("--data", tmp_path) as server:
        async with acted_on(server) as served:
            uploader.job.worker.server = served
            again = Uploader(uploader.job)
            found = {each["path"]: each["url"] for each in await again.search("*")}
            there = {path: (await served.http.get(url)).content for path, url in found.items()}
    assert {path: there[path] for path in acknowledged} == acknowledged
    assert not broken_off(tmp_path)


def broken_off(data: Path) -> list[Path]:
    """What is left of uploads that did not come to their end."""
    return list((data / "files" / "incoming").iterdir())
