"""Real agents, and a server in a process of its own, for each test with each agent found."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.clients import agents
from tests.clients.agents import Fleet, Release
from tests.clients.operators import Operator
from tests.command_line.processes import ServeProcess, acted_on, serve
from tests.server import Served

SHORT_INTERVALS = ("--ping-interval", "1", "--heartbeat-interval", "1")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what needs a release with every one that is found."""
    if "release" in metafunc.fixturenames:
        found: list[Release | None] = [*agents.find()]
        ids = [release.version for release in found if release]
        metafunc.parametrize("release", found or [None], ids=ids or ["none"], indirect=True)


@pytest.fixture
def release(request: pytest.FixtureRequest) -> Release:
    """A `buildkite-agent` executable."""
    found: Release | None = request.param
    if found is None:
        complain = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        complain(f"no buildkite-agent: neither built, nor on PATH, nor in {agents.MORE_AGENTS}")
    return found


@pytest.fixture
def fleet(release: Release, tmp_path: Path) -> Iterator[Fleet]:
    """Starts agents, which end with the test."""
    fleet = Fleet(release, tmp_path)
    try:
        yield fleet
    finally:
        fleet.end()


@pytest.fixture(scope="session")
def process() -> Iterator[ServeProcess]:
    """One server for most tests, as it takes longer to start than to reset."""
    with serve(*SHORT_INTERVALS) as process:
        yield process
        process.end()  # by itself, so that it takes the files of artifacts with it


@pytest.fixture
async def server(process: ServeProcess) -> AsyncIterator[Served]:
    """A server as it is at first."""
    async with acted_on(process) as served:
        await Operator(served).control("reset")
        yield served


@pytest.fixture
def admin(server: Served) -> Operator:
    """The sandbox's administrator."""
    return Operator(server)
