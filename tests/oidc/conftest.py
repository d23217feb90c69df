"""A server with the machine's own time, since whoever verifies a token has no other."""

import pytest

from mock_buildkite.clock import Clock
from tests.actors import Agent
from tests.jobs import Job


@pytest.fixture
def clock() -> Clock:
    """The machine's time, until a test advances it."""
    return Clock()


@pytest.fixture
async def job(agent: Agent) -> Job:
    """A running job in the first cluster."""
    return await Job.on(await agent.start(meta_data=["queue=default", "os=linux", "os=other"]))
