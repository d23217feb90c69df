"""What the tests of annotations share: a job that annotates."""

import pytest

from tests.planted_jobs import WorkingJob, working_job
from tests.server import Served


@pytest.fixture
async def job(server: Served) -> WorkingJob:
    """A job at work in the first organization's cluster."""
    return await working_job(server)
