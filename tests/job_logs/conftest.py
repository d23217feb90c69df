"""What the tests of logs share: a job that prints."""

import pytest

from tests.job_logs.actors import Printing
from tests.server import Served
from tests.working_jobs import working_job


@pytest.fixture
async def job(server: Served) -> Printing:
    """A job at work in the first organization's cluster."""
    return Printing(await working_job(server))
