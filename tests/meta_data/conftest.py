"""What the tests of meta-data share: a job that sets and gets it."""

import pytest

from tests.server import Served
from tests.working_jobs import WorkingJob, working_job


@pytest.fixture
async def job(server: Served) -> WorkingJob:
    """A job at work in the first organization's cluster."""
    return await working_job(server)
