"""What the tests of artifacts share: a job that has some."""

import pytest

from tests.artifacts.actors import Uploader
from tests.planted_jobs import working_job
from tests.server import Served


@pytest.fixture
async def uploader(server: Served) -> Uploader:
    """The agent of a job at work in the first organization's cluster."""
    return Uploader(await working_job(server))
