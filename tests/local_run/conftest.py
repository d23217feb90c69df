"""Repositories to run, and the command that runs them, with each real agent found."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.clients.agents import Release
from tests.clients.conftest import pytest_generate_tests, release
from tests.local_run.runs import Project, Runner

__all__ = ["pytest_generate_tests", "release"]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A git repository with nothing in it."""
    return Project.made_in(tmp_path / "project")


@pytest.fixture
def temporary() -> Iterator[Path]:
    """The folder for temporary files. pytest's own ones are too long for an agent's sockets."""
    with TemporaryDirectory(prefix="run-") as folder:
        yield Path(folder)


@pytest.fixture
def runner(release: Release, project: Project, tmp_path: Path, temporary: Path) -> Runner:
    """Runs the project on the real agent."""
    return Runner(project, tmp_path / "home", temporary, release.path)


@pytest.fixture
def agentless(project: Project, tmp_path: Path, temporary: Path) -> Runner:
    """Runs the project where no agent is."""
    return Runner(project, tmp_path / "home", temporary, None)
