"""What a seed mints: the same each time on loopback, random elsewhere, or chosen beforehand."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.actors import Administrator, Agent
from tests.command_line.processes import ServeProcess, acted_on, serve

TOKENS = ("agent_token", "unclustered_agent_token", "api_access_token")
EVERYWHERE = ("--host", "0.0.0.0")  # noqa: S104 - for a moment, to see what differs


def minted(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What a seed drew: the values and the ids."""
    return {name: facts[name] for name in (*TOKENS, "organization_id", "cluster_id")}


def reset(server: ServeProcess, host: str | None = None) -> dict[str, Any]:
    """What a reset answers; asked for under another name if need be."""
    headers = {} if host is None else {"Host": host}
    response = httpx.post(f"{server.url}/_mock/reset", headers=headers, trust_env=False)
    answer: dict[str, Any] = response.raise_for_status().json()
    return answer


def test_on_a_loopback_address_the_same_is_minted_at_each_start() -> None:
    with serve() as one, serve("--host", "localhost") as other:
        assert minted(one.facts) == minted(other.facts)
        assert minted(reset(one)) == minted(one.facts)


def test_another_seed_mints_something_else() -> None:
    with serve() as sandbox, serve("--seed", "two") as two:
        ours = {*minted(sandbox.facts).values()}
        theirs = {*minted(two.facts).values()}

    assert not ours & theirs


def test_on_another_address_it_is_random_but_stays_over_a_reset() -> None:
    with serve(*EVERYWHERE, "--allowed-host", "mock.test") as one, serve(*EVERYWHERE) as other:
        ours, theirs = minted(one.facts), minted(other.facts)
        again = minted(reset(one, "mock.test"))
    with serve() as loopback:
        well_known = minted(loopback.facts)

    assert not set(ours.values()) & set(theirs.values())
    assert not set(ours.values()) & set(well_known.values())
    assert again == ours


async def test_session_tokens_and_later_tokens_are_random_everywhere() -> None:
    drawn = set()
    for _ in range(2):
        with serve() as server:
            async with acted_on(server) as served:
                agent = await Agent(served).register("runner")
                created = await Administrator(served).create_agent_token()
                drawn |= {agent.session_token, agent.uuid, created["value"], created["uuid"]}

    assert len(drawn) == 8


def legacy() -> str:
    return os.urandom(20).hex()


def odd() -> str:
    return f"~our-own/{os.urandom(8).hex()}:form!"


@pytest.mark.parametrize("options", [(), EVERYWHERE], ids=["loopback", "elsewhere"])
@pytest.mark.parametrize("make", [legacy, odd])
async def test_values_of_any_form_can_be_chosen_on_any_address(
    options: tuple[str, ...], make: Any
) -> None:
    chosen = {name: make() for name in TOKENS}
    variables = {f"MOCK_BUILDKITE_{name.upper()}": value for name, value in chosen.items()}

    with serve(*options, variables=variables) as server:
        assert {name: server.facts[name] for name in TOKENS} == chosen
        assert {name: reset(server)[name] for name in TOKENS} == chosen
        async with acted_on(server) as served:
            await Agent(served, chosen["agent_token"]).start()
            await Agent(served, chosen["unclustered_agent_token"]).start()
            assert len(await Administrator(served).agents()) == 2


async def test_chosen_values_can_lie_in_files(tmp_path: Path) -> None:
    chosen = {name: legacy() for name in TOKENS}
    variables = {}
    for name, value in chosen.items():
        (tmp_path / name).write_text(f"{value}\n")
        variables[f"MOCK_BUILDKITE_{name.upper()}_FILE"] = str(tmp_path / name)

    with serve(variables=variables) as server:
        assert {name: server.facts[name] for name in TOKENS} == chosen


async def test_chosen_values_are_shown_on_a_later_start_while_they_are_good(
    tmp_path: Path,
) -> None:
    chosen = {name: legacy() for name in TOKENS}
    variables = {f"MOCK_BUILDKITE_{name.upper()}": value for name, value in chosen.items()}
    with serve("--data", tmp_path, variables=variables) as server:
        server.end()

    with serve("--data", tmp_path, variables=variables) as server:
        shown = {name: server.facts[name] for name in TOKENS}
        async with acted_on(server) as served:
            admin = Administrator(served)
            await admin.revoke_agent_token(await initial_agent_token(admin))
        server.end()
    with serve("--data", tmp_path, variables=variables) as server:
        shown_later = {name: server.facts[name] for name in TOKENS}
        server.end()
    with serve("--data", tmp_path) as server:
        shown_unasked = {name: server.facts[name] for name in TOKENS}

    assert shown == chosen
    assert shown_later == {**chosen, "agent_token": None}
    assert shown_unasked == dict.fromkeys(TOKENS)


async def initial_agent_token(admin: Administrator) -> str:
    """The GraphQL ID of the first cluster's only agent token."""
    data = await admin.graphql(
        "query ($slug: ID!, $id: ID!) { organization(slug: $slug)"
        " { cluster(id: $id) { agentTokens(first: 9) { edges { node { id } } } } } }",
        slug=admin.facts["organization_slug"],
        id=admin.facts["cluster_id"],
    )
    [edge] = data["organization"]["cluster"]["agentTokens"]["edges"]
    node_id: str = edge["node"]["id"]
    return node_id
