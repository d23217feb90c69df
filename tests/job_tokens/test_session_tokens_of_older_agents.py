"""Where there are no job tokens, the session token stands for the job that its agent works on."""

import pytest

from mock_buildkite.settings import Settings, TokenEra
from tests.actors import Agent, Refused
from tests.builders import Builder, TakenJob, Worker
from tests.server import Served

TWO = "steps: [{command: a}, {command: b}]"


class TestInTheOlderEra:
    """The server knows of no job tokens."""

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(token_era=TokenEra.OLDER)

    async def test_no_agent_is_given_a_job_token(self, builder: Builder, worker: Worker) -> None:
        await builder.build_of(TWO)

        job = await worker.take()

        assert "token" not in job.accepted
        assert job.token == worker.session_token
        assert job.token.startswith("bkaa_")

    async def test_the_session_token_does_all_of_a_jobs_work(
        self, builder: Builder, worker: Worker
    ) -> None:
        build = await builder.build_of("steps: [{command: a}]")
        job = await (await worker.take()).start()

        await job.write("hello\n")
        await job.call("POST", f"jobs/{job.uuid}/data/set", {"key": "k", "value": "v"})
        await job.upload([{"command": "b"}], "1")
        await job.finish()
        await worker.run()

        assert await builder.state(build) == "passed"


@pytest.mark.parametrize(
    ("version", "has_token"),
    [("3.38.0", False), ("3.39.0", True), ("3.9.1", False), ("4.0.0-beta.15", True)],
)
async def test_agents_are_given_job_tokens_from_a_version_on(
    version: str, builder: Builder, server: Served, *, has_token: bool
) -> None:
    await builder.build_of(TWO)
    worker = await Worker(server).start(version=version)

    job = await worker.take()

    assert ("token" in job.accepted) is has_token


@pytest.fixture
async def older(builder: Builder, server: Served) -> list[TakenJob]:
    """Two jobs of a build, on two agents that are too old for job tokens."""
    await builder.build_of(TWO)
    workers = [await Worker(server).start(name, version="3.38.0") for name in ("one", "other")]
    return [await (await worker.take()).start() for worker in workers]


async def test_a_session_token_opens_no_other_agents_job(older: list[TakenJob]) -> None:
    one, other = older

    for path in ("", "/data/set", "/finish"):
        method = {"": "GET", "/data/set": "POST", "/finish": "PUT"}[path]
        said = {"key": "k", "value": "v", "exit_status": "0"}
        answer = await one.send(method, f"jobs/{other.uuid}{path}", json=said)
        assert answer.status_code == 403
    assert await other.state() == "running"


async def test_the_session_token_of_a_disconnected_agent_opens_nothing(
    older: list[TakenJob],
) -> None:
    job = older[0]

    await job.worker.disconnect()

    with pytest.raises(Refused) as refused:
        await job.call("GET", f"jobs/{job.uuid}")
    assert refused.value.status == 401


async def test_the_session_token_of_an_idle_agent_stands_for_no_job(
    older: list[TakenJob],
) -> None:
    job = older[0]
    await job.finish()

    with pytest.raises(Refused) as refused:
        await job.finish()

    assert refused.value.status == 422


async def test_an_agent_token_opens_no_job(builder: Builder, worker: Worker) -> None:
    await builder.build_of(TWO)
    job = await (await worker.take()).start()
    agent = Agent(builder.server)

    with pytest.raises(Refused) as refused:
        await agent.call("GET", f"jobs/{job.uuid}", token=agent.agent_token)

    assert refused.value.status == 401
