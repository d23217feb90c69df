"""Unclustered agent tokens: made, revoked for a reason, listed for ever."""

from typing import Any

import pytest

from tests.actors import Administrator, Agent, GraphQLRefused, Refused
from tests.server import Served

MADE = "tokenValue agentTokenEdge { cursor node { id uuid description public token } }"


async def listed(admin: Administrator, arguments: str = "") -> list[dict[str, Any]]:
    """The organization's unclustered tokens."""
    data = await admin.graphql(
        f"""{{ organization(slug: "sandbox") {{ agentTokens{arguments} {{ edges {{ node {{
            id description revokedAt revokedReason revokedBy {{ name }} }} }} }} }} }}"""
    )
    return [edge["node"] for edge in data["organization"]["agentTokens"]["edges"]]


async def test_a_new_token_admits_unclustered_agents(server: Served, admin: Administrator) -> None:
    payload = await admin.mutate(
        "agentTokenCreate",
        f"clientMutationId organization {{ id }} {MADE}",
        clientMutationId="mine",
        organizationID=admin.organization_id,
        description="A description",
    )

    agent = await Agent(server, payload["tokenValue"]).register(meta_data=["queue=any-at-all"])

    told = await admin.agent(agent, "clusterQueue { id } metaData")
    assert told == {"clusterQueue": None, "metaData": ["queue=any-at-all"]}
    assert payload["clientMutationId"] == "mine"
    assert payload["organization"]["id"] == admin.organization_id
    assert payload["tokenValue"].startswith("bkar_")
    assert payload["agentTokenEdge"]["cursor"]
    assert payload["agentTokenEdge"]["node"]["token"] == ""


@pytest.mark.parametrize("given", [{}, {"description": None}, {"description": ""}])
async def test_it_needs_no_description(admin: Administrator, given: dict[str, str | None]) -> None:
    payload = await admin.mutate(
        "agentTokenCreate", MADE, organizationID=admin.organization_id, public=None, **given
    )

    node = payload["agentTokenEdge"]["node"]
    assert node["description"] == given.get("description")
    assert node["public"] is False


async def test_its_value_is_in_no_other_answer(admin: Administrator) -> None:
    token = await admin.create_unclustered_agent_token()
    query = """query ($id: ID!, $slug: ID!) {
        node(id: $id) { ... on AgentToken { token } }
        agentToken(slug: $slug) { token }
        organization(slug: "sandbox") { agentTokens { edges { node { token } } } } }"""

    answer = await admin.post(
        {"query": query, "variables": {"id": token["id"], "slug": f"sandbox/{token['uuid']}"}}
    )

    assert answer.json()["data"]["node"] == {"token": ""}
    assert token["value"] not in answer.text
    assert answer.headers["cache-control"] == "no-store"


async def test_a_revoked_one_stays_listed_with_who_when_and_why(admin: Administrator) -> None:
    token = await admin.create_unclustered_agent_token("old")
    await admin.advance(60)

    payload = await admin.mutate(
        "agentTokenRevoke",
        "agentToken { description revokedAt revokedReason }",
        id=token["id"],
        reason="Revoked by Terraform",
    )

    revoked = {"revokedAt": "2026-01-01T00:01:00Z", "revokedReason": "Revoked by Terraform"}
    assert payload["agentToken"] == {"description": "old", **revoked}
    assert {
        "id": token["id"],
        "description": "old",
        "revokedBy": {"name": "Sandbox Admin"},
        **revoked,
    } in await listed(admin)


async def test_the_list_can_be_of_the_revoked_or_of_the_others(admin: Administrator) -> None:
    first = await admin.create_unclustered_agent_token("first")
    await admin.advance(1)
    await admin.create_unclustered_agent_token("second")
    await admin.revoke_unclustered_agent_token(first["id"])

    descriptions = {
        arguments: [token["description"] for token in await listed(admin, arguments)]
        for arguments in ("", "(revoked: null)", "(revoked: true)", "(revoked: false)")
    }

    default = "Default agent registration token"
    assert descriptions[""] == descriptions["(revoked: null)"]
    assert descriptions[""][0] == "second"
    assert sorted(descriptions[""]) == sorted([default, "first", "second"])
    assert descriptions["(revoked: true)"] == ["first"]
    assert descriptions["(revoked: false)"] == ["second", default]


async def test_it_can_be_read_by_its_slug_revoked_or_not(admin: Administrator) -> None:
    token = await admin.create_unclustered_agent_token("mine")
    query = "query ($slug: ID!) { agentToken(slug: $slug) { id description revokedReason } }"
    slug = f"sandbox/{token['uuid']}"
    before = await admin.graphql(query, slug=slug)

    await admin.revoke_unclustered_agent_token(token["id"], "rotated")

    after = await admin.graphql(query, slug=slug)
    told = {"id": token["id"], "description": "mine"}
    assert before == {"agentToken": {**told, "revokedReason": None}}
    assert after == {"agentToken": {**told, "revokedReason": "rotated"}}


async def test_a_cluster_token_is_not_found_by_slug(admin: Administrator) -> None:
    token = await admin.create_agent_token()

    data = await admin.graphql(
        "query ($slug: ID!) { agentToken(slug: $slug) { id } }", slug=f"sandbox/{token['uuid']}"
    )

    assert data == {"agentToken": None}


async def test_revoking_twice_is_refused_and_changes_nothing(admin: Administrator) -> None:
    token = await admin.create_unclustered_agent_token()
    await admin.revoke_unclustered_agent_token(token["id"], "first reason")
    before = await listed(admin)
    await admin.advance(60)

    with pytest.raises(GraphQLRefused) as refused:
        await admin.revoke_unclustered_agent_token(token["id"], "second reason")

    assert "already been revoked" in refused.value.message
    assert await listed(admin) == before


async def test_a_reason_is_required_and_may_be_anything(admin: Administrator) -> None:
    token = await admin.create_unclustered_agent_token()

    with pytest.raises(GraphQLRefused) as refused:
        await admin.mutate("agentTokenRevoke", "clientMutationId", id=token["id"])
    await admin.revoke_unclustered_agent_token(token["id"], "")

    assert "reason" in refused.value.message
    assert [each["revokedReason"] for each in await listed(admin, "(revoked: true)")] == [""]


async def test_the_revoked_default_token_admits_nobody(
    server: Served, admin: Administrator
) -> None:
    (default,) = await listed(admin)

    await admin.revoke_unclustered_agent_token(default["id"])

    with pytest.raises(Refused) as refused:
        await Agent(server, server.facts["unclustered_agent_token"]).register()
    assert refused.value.status == 401
