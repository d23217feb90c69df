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


async def test_the_files_of_a_killed_server_without_a_data_directory_go_when_the_next_one_starts(
    tmp_path: Path,
) -> None:
    variables = {"TMPDIR": str(tmp_path)}
    with serve(variables=variables) as living, serve(variables=variables) as killed:
        async with acted_on(living) as served:
            uploader = await uploader_of(served)
            await uploader.upload("a.txt", b"kept")
            [of_living] = entries(tmp_path)
            async with acted_on(killed) as other:
                await (await uploader_of(other)).upload("b.txt")
            killed.kill()
            left = entries(tmp_path)

            with serve(variables=variables) as following:
                following.end()

            assert len(left) == 2
            assert entries(tmp_path) == [of_living]
            assert await uploader.download("a.txt") == b"kept"
        living.end()
    assert entries(tmp_path) == []


def entries(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def broken_off(data: Path) -> list[Path]:
    """What is left of uploads that did not come to their end."""
    return list((data / "files" / "incoming").iterdir())
