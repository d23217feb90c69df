"""In the older token era a job's commands have the session token of its agent."""

import pytest

from mock_buildkite.settings import Settings, TokenEra
from tests.actors import status_of
from tests.builders import Worker
from tests.jobs import Job
from tests.rest_api.actors import Caller
from tests.server import Served


@pytest.fixture
def settings() -> Settings:
    return Settings(token_era=TokenEra.OLDER)


async def test_it_does_for_the_agents_own_job_what_a_job_token_does(
    server: Served, caller: Caller, secrets: str
) -> None:
    await caller.post(secrets, {"key": "A", "value": "v"})
    worker = await Worker(server).start()
    job = await Job.on(worker)
    other = await Job.on(await Worker(server).start("other"))

    assert job.taken.token == worker.session_token
    assert (await job.read_secret("A"))["value"] == "v"
    assert (await job.oidc_token()).count(".") == 2
    assert await status_of(job.repository_token("https://git.test/app")) == 404
    assert await status_of(job.read_secret("A", of=other.uuid)) == 403
    assert await status_of(job.oidc_token(of=other.uuid)) == 403
    assert await status_of(job.repository_token("https://git.test/app", of=other.uuid)) == 403


async def test_it_opens_nothing_once_the_agent_has_left(
    server: Served, caller: Caller, secrets: str
) -> None:
    await caller.post(secrets, {"key": "A", "value": "v"})
    worker = await Worker(server).start()
    job = await Job.on(worker)

    await worker.disconnect()

    assert await status_of(job.read_secret("A")) == 401
    assert await status_of(job.oidc_token()) == 401
