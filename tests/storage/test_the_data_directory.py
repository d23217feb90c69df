"""The data directory: what was answered with success is there on every later start."""

import asyncio
import signal
import stat
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.actors import Administrator, Agent, Refused
from tests.command_line.processes import ServeProcess, acted_on, contents, serve
from tests.server import Served


async def test_everything_is_there_after_kill_9(tmp_path: Path) -> None:
    with serve("--data", tmp_path) as server:
        facts = server.facts
        async with acted_on(server) as served:
            admin, agent = Administrator(served), await Agent(served).start("survivor")
            kept = await admin.create_agent_token("kept")
            revoked = await admin.create_agent_token("revoked")
            unclustered = await admin.create_unclustered_agent_token()
            await admin.revoke_agent_token(revoked["id"])
            await admin.revoke_unclustered_agent_token(unclustered["id"])
            await admin.advance(86_400)
            await agent.pause(note="disk full")
        server.kill()

    with serve("--data", tmp_path) as server:
        async with acted_on(server) as served:
            admin, agent.server = Administrator(served, facts), served
            paused = await agent.ping()
            tomorrow = await admin.control("clock", {"advance_seconds": 0})

            await Agent(served, kept["value"]).register()
            assert await status_of_registering(served, revoked["value"]) == 401
            assert await status_of_registering(served, unclustered["value"]) == 401
            assert await admin.state(agent) == "connected"
    assert paused["action"] == "pause"
    assert "disk full" in paused["message"]
    ahead = datetime.fromisoformat(tomorrow["now"]) - datetime.now().astimezone()  # noqa: TID251 - the machine's own, to compare
    assert 86_000 < ahead.total_seconds() <= 86_400


@pytest.mark.parametrize("alive_for_seconds", [0.05, 0.15, 0.4])
async def test_no_acknowledged_change_is_lost_to_kill_9_under_load(
    tmp_path: Path, alive_for_seconds: float
) -> None:
    acknowledged = Acknowledged()
    with serve("--data", tmp_path) as server:
        facts = server.facts
        async with acted_on(server) as served:
            workers = [
                *(asyncio.create_task(acknowledged.register(served)) for _ in range(4)),
                *(asyncio.create_task(acknowledged.rotate(served)) for _ in range(2)),
            ]
            await acknowledged.first.wait()
            await asyncio.sleep(alive_for_seconds)  # what matters is that it is any moment
            server.kill()
            await asyncio.gather(*workers)

    with serve("--data", tmp_path) as server:
        async with acted_on(server) as served:
            admin = Administrator(served, facts)
            there = {each["uuid"] for each in (await served.http.get("/_mock/agents")).json()}
            values = [*acknowledged.revoked, *acknowledged.created.values()]
            good = {value for value in values if await admits(served, value)}
            await admin.agents()
    assert acknowledged.agents
    assert acknowledged.agents <= there
    assert not good & set(acknowledged.revoked)
    assert good == set(acknowledged.created.values())


class Acknowledged:
    """What a server has answered with success, until it was killed."""

    def __init__(self) -> None:
        self.first = asyncio.Event()
        self.agents: set[str] = set()
        self.created: dict[str, str] = {}
        self.revoked: list[str] = []

    async def register(self, served: Served) -> None:
        """Register agents, one after the other."""
        while True:
            try:
                agent = await Agent(served).register()
            except httpx.TransportError:
                return
            self.agents.add(agent.uuid)
            self.first.set()

    async def rotate(self, served: Served) -> None:
        """Create agent tokens, and revoke every other one."""
        admin = Administrator(served)
        while True:
            try:
                token = await admin.create_agent_token()
                self.created[token["id"]] = token["value"]
                doomed = await admin.create_agent_token()
                # Nobody can say what becomes of it when the answer is lost.
                await admin.revoke_agent_token(doomed["id"])
            except httpx.TransportError:
                return
            self.revoked.append(doomed["value"])


async def test_a_later_start_shows_no_values_and_keeps_what_was_revoked(tmp_path: Path) -> None:
    with serve("--data", tmp_path) as server:
        facts = server.facts
        async with acted_on(server) as served:
            admin = Administrator(served)
            [token] = await listed_agent_tokens(admin)
            await admin.revoke_agent_token(token)
        server.end()

    with serve("--data", tmp_path, "--seed", "sandbox") as server:
        later = server.facts
        async with acted_on(server) as served:
            refused = await status_of_registering(served, facts["agent_token"])
            unclustered = await status_of_registering(served, facts["unclustered_agent_token"])

    nulls = dict.fromkeys(("agent_token", "unclustered_agent_token", "api_access_token"))
    assert {name: later[name] for name in nulls} == nulls
    assert {name: later["organizations"][0][name] for name in nulls} == nulls
    same = ("organization_slug", "organization_id", "cluster_id")
    assert [later[name] for name in same] == [facts[name] for name in same]
    assert not {"BUILDKITE_AGENT_TOKEN", "BUILDKITE_API_TOKEN"} & set(later["env"])
    assert (refused, unclustered) == (401, 200)


@pytest.mark.parametrize("later_options", [(), ("--seed", "two")])
def test_a_later_start_needs_no_seed_and_takes_the_same_one(
    tmp_path: Path, later_options: tuple[str, ...]
) -> None:
    with serve("--data", tmp_path, "--seed", "two") as server:
        facts = server.facts
        server.end()

    with serve("--data", tmp_path, *later_options) as server:
        later = server.facts

    slugs = [each["organization_slug"] for each in later["organizations"]]
    assert slugs == ["acme", "rival"]
    assert later["organization_id"] == facts["organization_id"]


def test_the_clocks_offset_stays_until_a_reset(tmp_path: Path) -> None:
    with serve("--data", tmp_path) as server:
        advance(server, 3600.5)
        advance(server, 0.25)
        server.end()

    with serve("--data", tmp_path) as server:
        ahead = advance(server, 0)
        control(server, "reset")
        after_reset = advance(server, 0)
        server.end()
    with serve("--data", tmp_path) as server:
        later = advance(server, 0)

    assert 3590 < ahead < 3601
    assert abs(after_reset) < 10
    assert abs(later) < 10


def test_a_reset_on_a_later_start_shows_the_first_values_again(tmp_path: Path) -> None:
    elsewhere = ("--host", "0.0.0.0")  # noqa: S104 - for a moment: there they are random
    with serve("--data", tmp_path, "--seed", "two", *elsewhere) as server:
        first = server.facts["organizations"]
        server.end()

    with serve("--data", tmp_path, *elsewhere) as server:
        again = control(server, "reset")["organizations"]
        server.kill()
    with serve("--data", tmp_path, *elsewhere) as server:
        later = server.facts["organizations"]

    assert again == first
    assert [each["agent_token"] for each in later] == [None, None]


def test_a_reset_says_so_when_the_seed_has_changed(tmp_path: Path) -> None:
    data, seed = tmp_path / "data", tmp_path / "seed.yaml"
    seed.write_text("organizations: [{slug: acme}]")
    with serve("--data", data, "--seed", seed) as server:
        server.end()
    seed.write_text("organizations: [{slug: other}]")

    with serve("--data", data) as server:
        refused = httpx.post(f"{server.url}/_mock/reset", trust_env=False)
        healthy = httpx.get(f"{server.url}/healthz", trust_env=False)

    assert refused.status_code == 422
    assert str(seed) in refused.json()["message"]
    assert healthy.status_code == 200


def test_the_keys_are_for_the_owners_eyes_only(tmp_path: Path) -> None:
    data = tmp_path / "made" / "data"

    with serve("--data", data) as server:
        server.end()

    assert stat.S_IMODE((data / "keys.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(data.stat().st_mode) == 0o700


def test_another_server_takes_over_once_the_first_has_ended(tmp_path: Path) -> None:
    with serve("--data", tmp_path) as server:
        server.end(signal.SIGINT)

    with serve("--data", tmp_path) as server:
        assert httpx.get(f"{server.url}/healthz", trust_env=False).status_code == 200


@pytest.mark.parametrize("era", ["current", "older"])
async def test_no_value_lies_in_the_data_directory_or_in_what_is_logged(
    tmp_path: Path, era: str
) -> None:
    with serve("--data", tmp_path, "--token-era", era) as server:
        async with acted_on(server) as served:
            values = await a_days_work(served)
        at_work = contents(tmp_path)
        logged = server.end().stderr
    at_rest = contents(tmp_path)

    secrets = {value.rpartition(".")[2].encode() for value in values}
    assert len(secrets) == len(values) == 13
    for where, text in {**at_work, **{f"{k} at rest": v for k, v in at_rest.items()}}.items():
        assert not [secret for secret in secrets if secret in text], where
    assert logged == ""


async def a_days_work(served: Served) -> set[str]:
    """Every value that came up while all kinds of tokens were made and used, rightly and not."""
    facts = served.facts
    admin, agent = Administrator(served), await Agent(served).start()
    values = {facts["agent_token"], facts["unclustered_agent_token"], facts["api_access_token"]}
    clustered = await admin.create_agent_token()
    unclustered = await admin.create_unclustered_agent_token()
    other = await Agent(served, clustered["value"]).start("other")
    values |= {clustered["value"], unclustered["value"]}
    values |= {agent.session_token, other.session_token}
    planted = await admin.seed({"organizations": [{"slug": "rival"}]})
    [rival] = planted["organizations"]
    values |= {rival["agent_token"], rival["unclustered_agent_token"], rival["api_access_token"]}
    await agent.heartbeat()
    await other.disconnect()
    await admin.revoke_agent_token(clustered["id"])
    await admin.revoke_unclustered_agent_token(unclustered["id"])
    await admin.agents()
    for misplaced in values:
        for scheme in ("Token", "Bearer"):
            for path in ("/v3/ping", "/v3/token", "/v1", "/v2/access-token"):
                await served.http.get(path, headers={"Authorization": f"{scheme} {misplaced}"})
    await admin.control("reset")
    again = await Agent(served).start()
    later = await admin.create_agent_token("later")
    third = await Agent(served, later["value"]).start("third")
    return values | {again.session_token, later["value"], third.session_token}


async def admits(served: Served, agent_token: str) -> bool:
    return await status_of_registering(served, agent_token) == 200


async def status_of_registering(served: Served, agent_token: str) -> int:
    try:
        await Agent(served, agent_token).register("newcomer")
    except Refused as refused:
        return refused.status
    return 200


async def listed_agent_tokens(admin: Administrator) -> Iterable[str]:
    """The GraphQL IDs of the first cluster's agent tokens."""
    data = await admin.graphql(
        "query ($slug: ID!, $id: ID!) { organization(slug: $slug)"
        " { cluster(id: $id) { agentTokens(first: 9) { edges { node { id } } } } } }",
        slug=admin.facts["organization_slug"],
        id=admin.facts["cluster_id"],
    )
    return [edge["node"]["id"] for edge in data["organization"]["cluster"]["agentTokens"]["edges"]]


def control(server: ServeProcess, name: str, body: Any = None) -> Any:
    response = httpx.post(f"{server.url}/_mock/{name}", json=body, trust_env=False)
    return response.raise_for_status().json()


def advance(server: ServeProcess, seconds: float) -> float:
    """How far a server's clock is ahead of the machine's, once it was advanced."""
    now = datetime.fromisoformat(control(server, "clock", {"advance_seconds": seconds})["now"])
    return (now - datetime.now().astimezone()).total_seconds()  # noqa: TID251 - see above
