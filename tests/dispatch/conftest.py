"""Who makes builds, and who works on them."""

import pytest

from tests.builders import Builder, Worker
from tests.server import Served


@pytest.fixture
def builder(server: Served) -> Builder:
    """Somebody who makes builds in the first organization."""
    return Builder(server)


@pytest.fixture
async def worker(server: Served) -> Worker:
    """An agent that is connected."""
    return await Worker(server).start()
