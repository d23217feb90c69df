"""The real twine and pip use a registry, with temporary tokens and with those of jobs."""

import asyncio
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.builders import Worker
from tests.jobs import Job
from tests.registries.actors import Registry, RegistryMaker, wheel
from tests.registries.jobs import audience, set_policy, statement
from tests.rest_api.actors import Caller
from tests.server import Served

WITHOUT_MACHINE = {"PIP_CONFIG_FILE": "/dev/null", "PIP_NO_INPUT": "1", "NO_COLOR": "1"}


async def run(*command: str, home: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a Python tool as if nothing were configured on this machine."""
    environment = {"HOME": str(home), "PATH": "", **WITHOUT_MACHINE, **variables}
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", *command],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
async def registry(socket_server: Served) -> Registry:
    caller = Caller(socket_server, socket_server.facts["api_access_token"])
    return await RegistryMaker(caller, "sandbox").make()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A wheel on disk."""
    name, content = wheel()
    path = tmp_path / name
    path.write_bytes(content)
    return path


async def twine(registry: Registry, password: str, file: Path) -> subprocess.CompletedProcess[str]:
    return await run(
        "twine",
        "upload",
        "--non-interactive",
        "--disable-progress-bar",
        "--repository-url",
        f"{registry.server.url}{registry.index}",
        str(file),
        home=file.parent,
        TWINE_USERNAME="buildkite",
        TWINE_PASSWORD=password,
    )


async def pip(registry: Registry, password: str, home: Path) -> subprocess.CompletedProcess[str]:
    place = f"{registry.server.url}{registry.index}/simple".removeprefix("http://")
    return await run(
        "pip",
        "install",
        "--isolated",
        "--no-cache-dir",
        "--disable-pip-version-check",
        "--target",
        str(home / "installed"),
        "--index-url",
        f"http://buildkite:{quote(password, safe='')}@{place}",
        "banana==1.0",
        home=home,
    )


@pytest.mark.slow
async def test_what_twine_uploads_pip_installs(
    registry: Registry, file: Path, tmp_path: Path
) -> None:
    uploaded = await twine(registry, await registry.temporary_token("publish"), file)
    again = await twine(registry, await registry.temporary_token("publish"), file)
    installed = await pip(registry, (await registry.create_token())["token"], tmp_path)

    assert uploaded.returncode == 0, uploaded.stdout + uploaded.stderr
    assert again.returncode == 1
    assert "409" in again.stdout + again.stderr
    assert installed.returncode == 0, installed.stdout + installed.stderr
    assert (tmp_path / "installed" / "banana.py").read_text() == "VERSION = '1.0'\n"


@pytest.mark.slow
async def test_each_temporary_token_is_refused_for_the_other_use(
    registry: Registry, file: Path, tmp_path: Path
) -> None:
    publish, install = [await registry.temporary_token(use) for use in ("publish", "install")]

    refused_upload = await twine(registry, install, file)
    uploaded = await twine(registry, publish, file)
    refused_install = await pip(registry, publish, tmp_path)
    installed = await pip(registry, install, tmp_path)

    assert refused_upload.returncode == 1
    assert "403" in refused_upload.stdout + refused_upload.stderr
    assert uploaded.returncode == 0, uploaded.stdout + uploaded.stderr
    assert refused_install.returncode == 1
    assert installed.returncode == 0, installed.stdout + installed.stderr


@pytest.mark.slow
@pytest.mark.parametrize("own_address", [False, True], ids=["documented", "own address"])
async def test_a_job_uploads_and_installs_with_an_oidc_token(
    registry: Registry, file: Path, tmp_path: Path, *, own_address: bool
) -> None:
    await set_policy(registry, statement())
    job = await Job.on(await Worker(registry.server).start())
    own = f"{registry.server.url}/packages/sandbox/fruits"
    token = await job.oidc_token(audience=own if own_address else audience(registry))
    for_another = await job.oidc_token(audience="https://packages.buildkite.com/sandbox/other")

    refused = await twine(registry, for_another, file)
    uploaded = await twine(registry, token, file)
    installed = await pip(registry, token, tmp_path)

    assert refused.returncode == 1
    assert "401" in refused.stdout + refused.stderr
    assert uploaded.returncode == 0, uploaded.stdout + uploaded.stderr
    assert installed.returncode == 0, installed.stdout + installed.stderr
    assert (tmp_path / "installed" / "banana.py").read_text() == "VERSION = '1.0'\n"


@pytest.mark.slow
async def test_a_job_that_may_only_install_is_told_so_by_twine(
    registry: Registry, file: Path, tmp_path: Path
) -> None:
    await set_policy(registry, statement(scopes=["read_packages"]))
    await registry.upload()
    job = await Job.on(await Worker(registry.server).start())
    token = await job.oidc_token(audience=audience(registry))

    refused = await twine(registry, token, file)
    installed = await pip(registry, token, tmp_path)

    assert refused.returncode == 1
    assert "403" in refused.stdout + refused.stderr
    assert installed.returncode == 0, installed.stdout + installed.stderr
