"""`buildkite-agent artifact`, as a job's commands run it."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.artifacts.actors import Uploader, uploader_of
from tests.builders import TakenJob
from tests.clients.agents import Release
from tests.clients.job_commands import JobCommands, Ran
from tests.server import Served

pytestmark = pytest.mark.real_agent

MEBIBYTE = 1024 * 1024
ODD_NAMES = [
    "with space.txt",
    "ünïcödé 文件.txt",
    "#hash%41&=+.txt",
    "'single' \"double\".txt",
    "q??.[x]{a,b}.txt",
    "new\nline.txt",
    "empty.txt",
]


class Shell:
    """A folder in which a job's commands run."""

    def __init__(self, release: Release, job: TakenJob, folder: Path) -> None:
        self.folder = folder
        self._commands = JobCommands(release, job, folder)

    def write(self, files: Mapping[str, bytes]) -> None:
        """Put files into the folder."""
        for name, content in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def files(self) -> dict[str, str]:
        """What is in the folder: paths and digests."""
        return {
            str(path.relative_to(self.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in self.folder.rglob("*")
            if path.is_file()
        }

    async def artifact(self, *arguments: str) -> Ran:
        """Run `buildkite-agent artifact`."""
        return await self._commands.run("artifact", *arguments)

    async def succeed(self, *arguments: str) -> str:
        """The same, of a command that must succeed; what it printed."""
        return await self._commands.succeed("artifact", *arguments)


@pytest.fixture
async def uploader(server: Served) -> Uploader:
    """The agent of a job; its commands are the real ones."""
    return await uploader_of(server)


@pytest.fixture
def uploading(release: Release, uploader: Uploader, tmp_path: Path) -> Shell:
    """Where files are made."""
    return Shell(release, uploader.job, tmp_path / "uploading")


@pytest.fixture
async def downloading(release: Release, uploader: Uploader, tmp_path: Path) -> Shell:
    """Where another job of the build looks for them."""
    return Shell(release, (await uploader.neighbor()).job, tmp_path / "downloading")


@pytest.mark.parametrize("mebibytes", [100, 130])
async def test_a_large_file(uploading: Shell, downloading: Shell, mebibytes: int) -> None:
    block = bytes(range(256)) * 4096
    content = b"".join(block[number:] + block[:number] for number in range(mebibytes))
    uploading.write({"dist/large.bin": content})

    await uploading.succeed("upload", "dist/*")
    await downloading.succeed("download", "dist/large.bin", ".")

    assert downloading.files() == uploading.files()


async def test_many_small_files(uploading: Shell, downloading: Shell) -> None:
    uploading.write({f"out/{number % 7}/{number}.txt": b"%d" % number for number in range(500)})

    await uploading.succeed("upload", "out/**/*")
    await downloading.succeed("download", "out/*", ".")

    assert downloading.files() == uploading.files()


async def test_odd_names(uploading: Shell, downloading: Shell) -> None:
    files = {f"odd {name[:3]}/{name}": name.encode() for name in ODD_NAMES}
    uploading.write({**files, "odd/empty.txt": b""})

    await uploading.succeed("upload", "odd*/**/*")
    await downloading.succeed("download", "*", ".")

    assert downloading.files() == uploading.files()


async def test_what_a_search_and_a_shasum_tell(uploading: Shell, downloading: Shell) -> None:
    uploading.write({"out/a.txt": b"a", "out/b.txt": b"b"})
    await uploading.succeed("upload", "out/*.txt")

    listed = await downloading.succeed("search", "out/*", "--format", "%p %s %S;")
    sha1sum = await downloading.succeed("shasum", "out/a.txt")
    sha256sum = await downloading.succeed("shasum", "--sha256", "out/a.txt")

    digest = hashlib.sha1(b"a", usedforsecurity=False).hexdigest()
    assert f"out/a.txt 1 {digest}" in listed.split(";")
    assert sha1sum.strip() == digest
    assert sha256sum.strip() == hashlib.sha256(b"a").hexdigest()


async def test_a_step_tells_files_of_the_same_name_apart(
    uploading: Shell, downloading: Shell, uploader: Uploader
) -> None:
    uploading.write({"a.txt": b"one"})
    await uploading.succeed("upload", "a.txt")
    downloading.write({"a.txt": b"other"})
    await downloading.succeed("upload", "a.txt")

    await downloading.succeed("download", "a.txt", ".", "--step", uploader.job.uuid)

    assert downloading.files() == uploading.files()


async def test_nothing_found_is_a_failure(downloading: Shell) -> None:
    download = await downloading.artifact("download", "*.txt", ".")
    search = await downloading.artifact("search", "*.txt")
    allowed = await downloading.artifact("search", "*.txt", "--allow-empty-results")

    assert (download.status, search.status, allowed.status) == (1, 1, 0)


async def test_a_path_that_goes_up_is_refused_at_once(
    release: Release, uploading: Shell, tmp_path: Path
) -> None:
    if not release.gives_up_when_refused:
        pytest.skip("it tries for half a minute, whatever the refusal")
    (tmp_path / "outside.txt").write_bytes(b"a")

    ran = await uploading.artifact("upload", "../outside.txt")

    assert ran.status == 1
    assert "Artifact path can't go up with '..'" in ran.stderr
