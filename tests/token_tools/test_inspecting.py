"""What a value is, and, where a server is asked, whose."""

import json
import subprocess
from typing import Any

import pytest

from mock_buildkite.ids import SystemIds
from mock_buildkite.token_forms import kinds
from mock_buildkite.token_tools import samples
from tests.actors import Administrator, Agent
from tests.command_line.processes import MODULE, environment, serve
from tests.server import Served
from tests.working_jobs import working_job

IDS = SystemIds()


def command(value: str, *options: str) -> subprocess.CompletedProcess[str]:
    """`token inspect` with a value on stdin."""
    return subprocess.run(  # noqa: S603 - our own program
        [*MODULE, "token", "inspect", *options],
        input=value,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


async def inspect(server: Served, value: str) -> dict[str, Any]:
    """What the control says of a value."""
    answer = await server.http.post("/_mock/tokens/inspect", json={"value": value})
    assert answer.status_code == 200
    assert value not in answer.text
    told: dict[str, Any] = answer.json()
    return told


@pytest.mark.parametrize("kind", samples.MINTED, ids=lambda kind: kind.name)
def test_the_command_says_what_a_value_is(kind: kinds.Kind) -> None:
    (sample, *_) = samples.draw(IDS, kind, 1)

    ended = command(f"{sample.value}\n", "--json")

    told = json.loads(ended.stdout)
    assert ended.returncode == 0
    assert (told["kind"], told["form"]) == (kind.name, "exact")
    assert told["github_types"] == list(kind.github_types)
    assert sample.value not in ended.stdout


def test_the_command_says_it_to_people_too() -> None:
    ended = command("bk" + "ps_Mw_" + "0a" * 30)

    assert ended.stdout.splitlines() == [
        "kind               portal secret (portal-secret, bkps_)",
        "form               exact",
        "id                 3",
        "secret characters  60",
        "GitHub type        buildkite_portal_secret",
    ]


@pytest.mark.parametrize(
    ("value", "status", "output"),
    [
        ("hello", 1, "kind  none: it has no form of a Buildkite token\n"),
        ("", 2, ""),
        ("\n", 2, ""),
    ],
)
def test_the_command_ends_otherwise_for_what_is_no_token(
    value: str, status: int, output: str
) -> None:
    ended = command(value)

    assert (ended.returncode, ended.stdout) == (status, output)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "file:///etc/passwd", "nonsense"])
def test_a_server_that_cannot_be_asked_is_named_and_the_value_is_not(url: str) -> None:
    ended = command("a-value-of-some-form", "--server", url)

    assert ended.returncode == 2
    assert url in ended.stderr
    assert "a-value-of-some-form" not in ended.stderr


def test_the_command_asks_a_server_whose_a_value_is() -> None:
    with serve() as server:
        ended = command(server.facts["api_access_token"], "--server", server.url)
        unknown = command("some-other-value", "--server", server.url)

    assert ended.returncode == 0
    assert "organizations      sandbox" in ended.stdout.splitlines()
    assert "server             live, as api-access-token" in ended.stdout
    assert (unknown.returncode, unknown.stdout.splitlines()[-1]) == (1, "server  does not know it")


async def test_an_agent_token_is_known_live_and_revoked(admin: Administrator) -> None:
    token = await admin.create_agent_token("Linux", expiresAt="2026-02-01T00:00:00Z")

    live = (await inspect(admin.server, token["value"]))["on_record"]
    await admin.revoke_agent_token(token["id"])
    revoked = (await inspect(admin.server, token["value"]))["on_record"]

    assert live == {
        "kind": "agent-token",
        "uuid": token["uuid"],
        "name": "Linux",
        "organizations": ["sandbox"],
        "owner": None,
        "is_live": True,
        "expires_at": "2026-02-01T00:00:00.000000+00:00",
        "revoked_at": None,
    }
    assert revoked == {
        **live,
        "is_live": False,
        "revoked_at": "2026-01-01T00:00:00.000000+00:00",
    }


async def test_a_session_token_is_known_until_and_after_its_agent_leaves(agent: Agent) -> None:
    await agent.start("runner")

    live = (await inspect(agent.server, agent.session_token))["on_record"]
    await agent.disconnect()
    over = (await inspect(agent.server, agent.session_token))["on_record"]

    assert (live["kind"], live["uuid"], live["name"]) == ("session-token", agent.uuid, "runner")
    assert (live["is_live"], over["is_live"]) == (True, False)


async def test_a_job_token_is_known_by_its_signature_also_when_its_job_is_over(
    server: Served,
) -> None:
    job = await working_job(server)

    live = await inspect(server, job.token)
    await job.end()
    over = await inspect(server, job.token)
    forged = await inspect(server, job.token[:-4] + "AAAA")

    assert live["parts"]["claims"]["sub"] == job.uuid
    assert (live["on_record"]["kind"], live["on_record"]["uuid"]) == ("job-token", job.uuid)
    assert (live["on_record"]["is_live"], over["on_record"]["is_live"]) == (True, False)
    assert forged["on_record"] is None


async def test_values_of_any_form_are_known_once_they_are_on_record(admin: Administrator) -> None:
    value = "chosen-by-somebody"
    token = {"description": "Chosen", "value": value}
    await admin.seed({"users": [{"email": "bo@example.com", "api_access_tokens": [token]}]})

    told = await inspect(admin.server, value)

    assert told["kind"] is None
    assert (told["on_record"]["kind"], told["on_record"]["owner"]) == (
        "api-access-token",
        "bo@example.com",
    )


@pytest.mark.parametrize("value", ["", "x" * 5000, "two words", "ü"])
async def test_what_no_token_can_be_is_not_on_record(server: Served, value: str) -> None:
    answer = await server.http.post("/_mock/tokens/inspect", json={"value": value})

    assert (answer.status_code, answer.json()["on_record"]) == (200, None)


async def test_samples_are_known_to_nobody(server: Served) -> None:
    for kind in samples.MINTED:
        for sample in samples.draw(IDS, kind, 2):
            assert (await inspect(server, sample.value))["on_record"] is None
