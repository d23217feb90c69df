"""Who acts on secrets: an administrator over REST, and a job."""

import pytest

from tests.builders import Worker
from tests.cluster_secrets.places import secrets_of
from tests.jobs import Job
from tests.rest_api.actors import Caller
from tests.server import Served


@pytest.fixture
def caller(server: Served) -> Caller:
    """The administrator of the first organization, over REST."""
    return Caller(server, server.facts["api_access_token"])


@pytest.fixture
def secrets(server: Served) -> str:
    """The path of the first cluster's secrets."""
    return secrets_of(server)


@pytest.fixture
async def worker(server: Served) -> Worker:
    """An agent in the first cluster, connected and idle."""
    return await Worker(server).start()


@pytest.fixture
async def job(worker: Worker) -> Job:
    """A running job in the first cluster."""
    return await Job.on(worker)
