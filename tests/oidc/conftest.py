"""A server with the machine's own time, since whoever verifies a token has no other."""

import pytest

from mock_buildkite.clock import Clock
from tests.builders import Worker
from tests.jobs import Job
from tests.server import Served


@pytest.fixture
def clock() -> Clock:
    """The machine's time, until a test advances it."""
    return Clock()


@pytest.fixture
async def worker(server: Served) -> Worker:
    """An agent in the first cluster, connected and idle."""
    return await Worker(server).start(meta_data=["queue=default", "os=linux", "os=other"])


@pytest.fixture
async def job(worker: Worker) -> Job:
    """A running job in the first cluster."""
    return await Job.on(worker)
