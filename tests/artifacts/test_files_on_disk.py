"""Where the files of artifacts are, and that none is left over."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from mock_buildkite.artifacts.model import RETENTION
from mock_buildkite.clock import ManualClock
from mock_buildkite.settings import Settings
from tests.actors import Administrator
from tests.artifacts.actors import Uploader, announced, uploader_of
from tests.builders import Builder
from tests.server import Served, serve_in_process

FORM = {"Content-Type": "multipart/form-data; boundary=b"}


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for everything temporary."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have files cut from 2,000 bytes on, into parts of 1,000."""
    monkeypatch.setattr("mock_buildkite.artifacts.model.LARGEST_PART", 1000)
    monkeypatch.setattr("mock_buildkite.artifacts.model.SMALLEST_IN_PARTS", 2000)


@asynccontextmanager
async def served(data: Path | None, clock: ManualClock) -> AsyncIterator[Served]:
    async with serve_in_process(Settings(data=data), clock) as server:
        yield server


def files(folder: Path) -> list[Path]:
    """Every file in a folder and below."""
    return [path for path in folder.rglob("*") if path.is_file()]


def entries(folder: Path) -> list[Path]:
    """Everything in a folder, other folders too."""
    return list(folder.iterdir())


async def test_without_a_data_directory_nothing_is_left_at_the_end(
    temporary: Path, clock: ManualClock
) -> None:
    async with served(None, clock) as server:
        await (await uploader_of(server)).upload("a.txt")
        during = files(temporary)

    assert len(during) == 1
    assert entries(temporary) == []


async def test_a_server_that_has_no_artifacts_makes_no_folder(
    temporary: Path, clock: ManualClock
) -> None:
    async with served(None, clock):
        assert entries(temporary) == []


@pytest.mark.parametrize("where", ["data", "temporary"])
async def test_a_reset_removes_every_file(
    temporary: Path, tmp_path: Path, clock: ManualClock, where: str
) -> None:
    data = tmp_path / "data" if where == "data" else None
    async with served(data, clock) as server:
        await (await uploader_of(server)).upload("a.txt")

        await Administrator(server).control("reset")

        left = files(tmp_path / "data" / "files") + entries(temporary)
        again = await uploader_of(server)
        await again.upload("b.txt", b"again")
        content = await again.download("b.txt")
    assert left == []
    assert content == b"again"


async def test_with_a_data_directory_files_are_there_on_the_next_start(
    tmp_path: Path, clock: ManualClock
) -> None:
    async with served(tmp_path, clock) as server:
        uploader = await uploader_of(server)
        await uploader.upload("a.txt", b"kept")

    async with served(tmp_path, clock) as server:
        assert await at(server, uploader).download("a.txt") == b"kept"


async def test_what_a_killed_server_had_not_moved_yet_is_moved(
    tmp_path: Path, clock: ManualClock
) -> None:
    async with served(tmp_path, clock) as server:
        uploader = await uploader_of(server)
        await uploader.upload("a.txt", b"kept")
    [kept] = files(tmp_path / "files")
    kept.rename(tmp_path / "files" / "incoming" / kept.name)
    (tmp_path / "files" / "incoming" / "broken").write_bytes(b"half of it")

    async with served(tmp_path, clock) as server:
        assert await at(server, uploader).download("a.txt") == b"kept"
        assert files(tmp_path / "files") == [kept]


@pytest.mark.parametrize("sent", [b"else", b"other", b"too long"])
async def test_a_refused_upload_leaves_nothing(
    temporary: Path, clock: ManualClock, sent: bytes
) -> None:
    async with served(None, clock) as server:
        uploader = await uploader_of(server)
        created = await uploader.create(announced("a.txt", b"right"))

        refused = await uploader.send_form(created, "a.txt", sent)

        assert refused.is_client_error
        assert files(temporary) == []


async def test_an_upload_that_breaks_off_leaves_nothing(
    temporary: Path, clock: ManualClock
) -> None:
    async with served(None, clock) as server:
        uploader = await uploader_of(server)
        created = await uploader.create(announced("a.txt", b"a" * 3_000_000))
        during: list[Path] = []

        async def half() -> AsyncIterator[bytes]:
            yield b'--b\r\nContent-Disposition: form-data; name="path"\r\n\r\na.txt\r\n--b\r\n'
            yield b'Content-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
            yield b"a" * 2_000_000
            during.extend(files(temporary))

        url = created["upload_instructions"]["action"]["url"]
        refused = await uploader.http.post(url, content=half(), headers=FORM)

        assert refused.status_code == 400
        assert len(during) == 1
        assert files(temporary) == []


@pytest.mark.parametrize("where", ["data", "temporary"])
async def test_an_upload_that_meets_a_reset_is_refused_and_leaves_nothing(
    temporary: Path, tmp_path: Path, clock: ManualClock, where: str
) -> None:
    data = tmp_path / "data" if where == "data" else None
    async with served(data, clock) as server:
        uploader = await uploader_of(server)
        created = await uploader.create(announced("a.txt", b"a" * 4_000_000))

        async def interrupted() -> AsyncIterator[bytes]:
            yield b'--b\r\nContent-Disposition: form-data; name="path"\r\n\r\na.txt\r\n--b\r\n'
            yield b'Content-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
            yield b"a" * 2_000_000
            await Administrator(server).control("reset")
            yield b"a" * 2_000_000
            yield b"\r\n--b--\r\n"

        url = created["upload_instructions"]["action"]["url"]
        refused = await uploader.http.post(url, content=interrupted(), headers=FORM)

        assert refused.status_code == 503
        assert files(tmp_path / "data" / "files") + files(temporary) == []


async def test_a_file_that_comes_twice_is_kept_once(temporary: Path, clock: ManualClock) -> None:
    async with served(None, clock) as server:
        uploader = await uploader_of(server)
        created = await uploader.create(announced("a.txt", b"a"))

        await uploader.send_form(created, "a.txt", b"a")
        await uploader.send_form(created, "a.txt", b"a")

        assert len(files(temporary)) == 1


async def test_an_artifact_expires_with_its_file(temporary: Path, clock: ManualClock) -> None:
    async with served(None, clock) as server:
        uploader, admin = await uploader_of(server), Administrator(server)
        await uploader.upload("a.txt")
        elsewhere = announced("b.txt", url="https://bucket/b.txt")
        created = await uploader.create(elsewhere, upload_destination="s3://bucket")
        await uploader.report(*created["artifact_ids"])

        await admin.advance(RETENTION.total_seconds() - 1)
        before = await states(uploader)
        await admin.advance(1)

        assert before == {"a.txt": "finished", "b.txt": "finished"}
        assert await states(uploader) == {"a.txt": "expired", "b.txt": "finished"}
        assert files(temporary) == []


async def test_the_files_of_a_build_go_with_it(temporary: Path, clock: ManualClock) -> None:
    async with served(None, clock) as server:
        uploader, admin = await uploader_of(server), Administrator(server)
        await uploader.upload("a.txt")

        await server.application.worlds.current.database.write(
            lambda tx: tx.execute("delete from pipelines")
        )
        await admin.advance(1)

        assert files(temporary) == []


@pytest.mark.usefixtures("small_parts")
async def test_parts_that_came_before_a_start_count(tmp_path: Path, clock: ManualClock) -> None:
    async with served(tmp_path, clock) as server:
        uploader = await uploader_of(server)
        created = await uploader.create(announced("a", bytes(3000)), multipart_supported=True)
        [uuid] = created["artifact_ids"]
        first, *others = created["per_artifact_instructions"][uuid]["actions"]
        answers = [await uploader.send_part(first, bytes(1000))]

    async with served(tmp_path, clock) as server:
        uploader = at(server, uploader)
        answers += [await uploader.send_part(action, bytes(1000)) for action in others]
        etags = [
            {"part_number": number, "etag": answer.headers["ETag"]}
            for number, answer in enumerate(answers, start=1)
        ]
        await uploader.report(uuid, multipart_etags=etags)
        assert await uploader.download("a") == bytes(3000)


@pytest.mark.usefixtures("small_parts")
async def test_the_parts_of_a_file_that_failed_go(temporary: Path, clock: ManualClock) -> None:
    async with served(None, clock) as server:
        uploader, admin = await uploader_of(server), Administrator(server)
        created = await uploader.create(announced("a", bytes(3000)), multipart_supported=True)
        [uuid] = created["artifact_ids"]
        action = created["per_artifact_instructions"][uuid]["actions"][0]
        await uploader.send_part(action, bytes(1000))

        await uploader.report(uuid, state="error")
        await admin.advance(0)

        assert files(temporary) == []


@pytest.mark.usefixtures("small_parts")
async def test_the_parts_of_a_whole_file_go(temporary: Path, clock: ManualClock) -> None:
    async with served(None, clock) as server:
        uploader, admin = await uploader_of(server), Administrator(server)
        created = await uploader.create(announced("a", bytes(3000)), multipart_supported=True)
        [given] = created["per_artifact_instructions"].values()

        for action in given["actions"]:
            await uploader.send_part(action, bytes(1000))
        await admin.advance(0)

        assert [path.stat().st_size for path in files(temporary)] == [3000]


async def states(uploader: Uploader) -> dict[str, str]:
    """The states of a job's artifacts, by their paths."""
    builder = Builder(uploader.server)
    listed = await builder.caller.get(builder.path("jobs", uploader.job.uuid, "artifacts"))
    return {each["path"]: each["state"] for each in listed}


def at(server: Served, uploader: Uploader) -> Uploader:
    """The same job, at a server that was started again."""
    uploader.job.worker.server = server
    return Uploader(uploader.job)
