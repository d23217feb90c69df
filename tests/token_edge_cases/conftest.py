"""A server that keeps its data in a directory and logs whatever it can: both are searched."""

import logging
from pathlib import Path

import pytest

from mock_buildkite.settings import Settings
from tests.server import Served
from tests.token_edge_cases.doors import Door, doors_of
from tests.working_jobs import WorkingJob, working_job


@pytest.fixture
def settings(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Settings:
    """With a data directory, and with everything logged that anybody logs."""
    caplog.set_level(logging.DEBUG)
    return Settings(data=tmp_path / "data")


@pytest.fixture
async def job(server: Served) -> WorkingJob:
    """A job at work, with a job token."""
    return await working_job(server)


@pytest.fixture
async def doors(server: Served, job: WorkingJob) -> list[Door]:
    """A door for each kind of credential, and what opens it."""
    return await doors_of(server, job)
