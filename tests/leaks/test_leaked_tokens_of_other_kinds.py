"""Of the other kinds nothing stops working."""

import pytest

from mock_buildkite.clock import ManualClock
from tests.actors import Agent
from tests.everywhere.keyring import KINDS, keyring
from tests.leaks.actors import GitHub, alert
from tests.server import Served
from tests.working_jobs import working_job

UNKNOWN = {
    "an unknown token",
    "a token of the Job API inside an agent",
    "an OIDC token",
    "an OIDC token for a registry",
    "an OIDC token to install from a registry",
}


async def test_every_token_on_record_is_a_token_and_every_other_is_none(
    server: Served, clock: ManualClock, github: GitHub
) -> None:
    held, _portal = await keyring(server, clock)
    kinds = [kind for kind in KINDS if held[kind]]

    labels = await github.labels(*(alert(held[kind]) for kind in kinds))

    unknown = {kind for kind, label in zip(kinds, labels, strict=True) if label[0] == "f"}
    assert unknown == UNKNOWN
    revoked = [each for each in await github.leaks() if each["action"] == "revoked"]
    assert {each["kind"] for each in revoked} == {"api-access-token"}


async def test_agents_go_on_with_a_session_token_that_leaked(
    server: Served, github: GitHub
) -> None:
    agent = await Agent(server).start("builder")

    labels = await github.labels(alert(agent.session_token))

    assert labels == ["true_positive"]
    await agent.heartbeat()
    assert [(each["kind"], each["action"]) for each in await github.leaks()] == [
        ("session-token", "recorded")
    ]
    assert await github.outbox() == []


async def test_jobs_go_on_with_a_job_token_that_leaked(server: Served, github: GitHub) -> None:
    job = await working_job(server)

    labels = await github.labels(alert(job.token))

    assert labels == ["true_positive"]
    await job.end()
    (leak,) = await github.leaks()
    assert (leak["kind"], leak["uuid"], leak["action"]) == ("job-token", job.uuid, "recorded")


@pytest.mark.parametrize("fact", ["agent_token", "unclustered_agent_token"])
async def test_agents_register_with_an_agent_token_that_leaked(
    server: Served, github: GitHub, fact: str
) -> None:
    labels = await github.labels(alert(server.facts[fact]))

    assert labels == ["true_positive"]
    await Agent(server, server.facts[fact]).start("builder")


async def test_what_is_on_no_record_leaves_none(github: GitHub) -> None:
    labels = await github.labels(alert("bkua_" + "0" * 40), alert("hunter2"), alert("é \x00"))

    assert labels == ["false_positive"] * 3
    assert await github.leaks() == []
    assert await github.outbox() == []
