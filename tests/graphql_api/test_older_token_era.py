"""The older era: administrators look up the values of live unclustered agent tokens."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from mock_buildkite.clock import ManualClock
from mock_buildkite.settings import FixedValues, Settings, TokenEra
from tests.actors import Administrator, Agent, GraphQLRefused, Member
from tests.graphql_api.conftest import Company
from tests.secrecy import Watch
from tests.server import Served, serve_in_process

DEFAULT = "Default agent registration token"


@pytest.fixture
def settings() -> Settings:
    return Settings(token_era=TokenEra.OLDER)


@pytest.fixture(autouse=True)
def _looking_up(watch: Watch) -> None:
    """What this era is about: administrators are told these values as often as they ask."""
    watch.let("POST /v1", tell_again="bkar_")


async def listed_values(member: Member) -> dict[str, str]:
    """The `token` of each unclustered token, by description."""
    data = await member.graphql(
        """{ organization(slug: "sandbox") {
            agentTokens { edges { node { description token } } } } }"""
    )
    nodes = [edge["node"] for edge in data["organization"]["agentTokens"]["edges"]]
    return {node["description"]: node["token"] for node in nodes}


async def test_the_default_token_can_be_looked_up(server: Served, admin: Administrator) -> None:
    value = (await listed_values(admin))[DEFAULT]

    assert value == server.facts["unclustered_agent_token"]
    assert (await Agent(server, value).register()).session_token


async def test_a_new_one_shows_its_value_in_the_create_answer_and_afterwards(
    admin: Administrator,
) -> None:
    payload = await admin.mutate(
        "agentTokenCreate",
        "tokenValue agentTokenEdge { node { id uuid token } }",
        organizationID=admin.organization_id,
        description="new",
    )
    node = payload["agentTokenEdge"]["node"]

    data = await admin.graphql(
        """query ($id: ID!, $slug: ID!) { node(id: $id) { ... on AgentToken { token } }
            agentToken(slug: $slug) { token } }""",
        id=node["id"],
        slug=f"sandbox/{node['uuid']}",
    )

    told = {"token": payload["tokenValue"]}
    assert payload["tokenValue"].startswith("bkar_")
    assert node["token"] == payload["tokenValue"]
    assert data == {"node": told, "agentToken": told}
    assert (await listed_values(admin))["new"] == payload["tokenValue"]


async def test_a_revoked_one_is_not_shown_any_more(admin: Administrator) -> None:
    token = await admin.create_unclustered_agent_token("old")

    payload = await admin.mutate(
        "agentTokenRevoke", "agentToken { token }", id=token["id"], reason="rotated"
    )

    assert payload["agentToken"]["token"] == ""
    assert (await listed_values(admin))["old"] == ""


async def test_nobody_but_administrators_sees_a_value(
    admin: Administrator, company: Company
) -> None:
    token = await admin.create_unclustered_agent_token("secret")
    queries = [
        f'{{ node(id: "{token["id"]}") {{ ... on AgentToken {{ token }} }} }}',
        f'{{ agentToken(slug: "sandbox/{token["uuid"]}") {{ token }} }}',
        '{ organization(slug: "sandbox") { agentTokens { edges { node { token } } } } }',
    ]

    for member in (company.member, company.maintainer, company.outsider):
        for query in queries:
            answer = await member.post({"query": query})

            assert "bkar_" not in answer.text
    with pytest.raises(GraphQLRefused):
        await listed_values(company.member)


async def test_cluster_tokens_are_shown_once_in_every_era(admin: Administrator) -> None:
    token = await admin.create_agent_token()

    data = await admin.graphql(
        "query ($id: ID!) { node(id: $id) { ... on ClusterToken { token } } }", id=token["id"]
    )

    assert data == {"node": {"token": ""}}


async def test_a_value_that_somebody_chose_is_never_kept(admin: Administrator) -> None:
    value = "chosen-by-somebody"
    await admin.seed(
        {
            "organizations": [
                {"slug": "sandbox", "agent_tokens": [{"description": "chosen", "value": value}]}
            ]
        }
    )

    assert (await listed_values(admin))["chosen"] == ""


async def test_every_value_is_another(admin: Administrator) -> None:
    for number in range(10):
        await admin.create_unclustered_agent_token(str(number))

    values = await listed_values(admin)

    assert len(set(values.values())) == 11


def contents(directory: Path) -> list[bytes]:
    return [path.read_bytes() for path in directory.rglob("*") if path.is_file()]


class TestAfterARestart:
    """With a data directory; the first server has ended before the second begins."""

    @staticmethod
    @asynccontextmanager
    async def serve(directory: Path, **chosen: Any) -> AsyncIterator[Administrator]:
        settings = Settings(**{"data": directory, "token_era": TokenEra.OLDER, **chosen})
        async with serve_in_process(settings, ManualClock()) as served:
            yield Administrator(served)

    async def test_values_are_shown_again(self, tmp_path: Path) -> None:
        async with self.serve(tmp_path) as admin:
            token = await admin.create_unclustered_agent_token("kept")
            revoked = await admin.create_unclustered_agent_token("revoked")
            await admin.revoke_unclustered_agent_token(revoked["id"])
            before = await listed_values(admin)
            api_access_token = admin.api_access_token

        async with self.serve(tmp_path) as again:
            after = await listed_values(Member(again.server, api_access_token))
            agent = await Agent(again.server, after["kept"]).register()

        assert before == after
        assert after["kept"] == token["value"]
        assert after["revoked"] == ""
        assert after[DEFAULT].startswith("bkar_")
        assert agent.session_token

    async def test_values_are_not_in_the_directory(self, tmp_path: Path) -> None:
        async with self.serve(tmp_path, host="0.0.0.0") as admin:  # noqa: S104 - no socket is opened
            token = await admin.create_unclustered_agent_token("kept")
            default = admin.facts["unclustered_agent_token"]
            files = contents(tmp_path)

        assert files
        for value in (token["value"], default):
            secret = value.partition(".")[2].encode()
            assert not any(secret in content for content in files)

    async def test_the_current_era_shows_nothing_and_the_older_one_again(
        self, tmp_path: Path
    ) -> None:
        async with self.serve(tmp_path) as admin:
            token = await admin.create_unclustered_agent_token("older")
            api_access_token = admin.api_access_token

        async with self.serve(tmp_path, token_era=TokenEra.CURRENT) as current:
            member = Administrator(
                current.server, {**current.facts, "api_access_token": api_access_token}
            )
            hidden = await listed_values(member)
            await member.create_unclustered_agent_token("current")
        async with self.serve(tmp_path) as again:
            shown = await listed_values(Member(again.server, api_access_token))

        assert set(hidden.values()) == {""}
        assert shown["older"] == token["value"]
        assert shown["current"] == ""

    async def test_a_fixed_default_value_is_not_shown(self, tmp_path: Path) -> None:
        value = f"fixed-{tmp_path.name}"
        fixed = FixedValues(unclustered_agent_token=value)

        async with self.serve(tmp_path, fixed_values=fixed) as admin:
            shown = await listed_values(admin)
            agent = await Agent(admin.server, value).register()

        assert shown[DEFAULT] == ""
        assert agent.session_token
