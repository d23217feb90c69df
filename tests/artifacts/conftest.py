"""What the tests of artifacts share: a job that has some."""

import pytest

from tests.artifacts.actors import Uploader, uploader_of
from tests.server import Served


@pytest.fixture
async def uploader(server: Served) -> Uploader:
    """The agent of a job at work in the first organization's cluster."""
    return await uploader_of(server)
