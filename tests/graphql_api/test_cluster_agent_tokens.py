"""Agent tokens of clusters: made, changed, revoked, listed; their values seen once."""

from typing import Any

import pytest

from tests.actors import Administrator, Agent, GraphQLRefused, Refused
from tests.server import Served

MADE = "tokenValue clusterAgentToken { id uuid description allowedIpAddresses expiresAt token }"
KEPT = "clusterAgentToken { id description allowedIpAddresses }"
TWENTY_FOUR = " ".join(f"10.{number}.0.0/16" for number in range(24))


async def create(admin: Administrator, **given: Any) -> Any:
    """The payload of making one, with what every one needs unless it is given."""
    needed = {
        "organizationId": admin.organization_id,
        "clusterId": await admin.cluster_id(),
        "description": "fleet",
    }
    return await admin.mutate("clusterAgentTokenCreate", MADE, **{**needed, **given})


async def listed(admin: Administrator) -> list[dict[str, Any]]:
    """The tokens of the first cluster, newest first."""
    data = await admin.graphql(
        """query ($id: ID!) { node(id: $id) { ... on Cluster {
            agentTokens { edges { node { id description allowedIpAddresses expiresAt } } } } } }""",
        id=await admin.cluster_id(),
    )
    return [edge["node"] for edge in data["node"]["agentTokens"]["edges"]]


async def message_of_refusal(admin: Administrator, **given: Any) -> str:
    before = await listed(admin)
    with pytest.raises(GraphQLRefused) as refused:
        await create(admin, **given)
    assert refused.value.status == 200
    assert await listed(admin) == before
    return refused.value.message


async def test_a_new_token_admits_agents_to_its_cluster(
    server: Served, admin: Administrator
) -> None:
    payload = await create(admin)

    agent = await Agent(server, payload["tokenValue"]).register()

    told = await admin.agent(agent, "clusterQueue { cluster { id } }")
    assert told["clusterQueue"]["cluster"]["id"] == await admin.cluster_id()
    assert payload["tokenValue"].startswith("bkct_")
    assert payload["clusterAgentToken"]["allowedIpAddresses"] == "0.0.0.0/0"
    assert payload["clusterAgentToken"]["expiresAt"] is None


async def test_the_value_is_in_the_answer_that_made_it_and_in_no_other(
    admin: Administrator,
) -> None:
    made = await create(admin, description="once")
    value = made["tokenValue"]
    token_id = made["clusterAgentToken"]["id"]

    answers = [
        await admin.post({"query": query, "variables": {"id": node_id}})
        for node_id, query in (
            (token_id, "query ($id: ID!) { node(id: $id) { ... on ClusterToken { token } } }"),
            (
                await admin.cluster_id(),
                """query ($id: ID!) { node(id: $id) { ... on Cluster {
                    agentTokens { edges { node { token description } } } } } }""",
            ),
        )
    ]

    assert made["clusterAgentToken"]["token"] == ""
    for answer in answers:
        assert '"token":""' in answer.text
        assert value not in answer.text


async def test_no_answer_may_be_stored(admin: Administrator) -> None:
    given = {
        "organizationId": admin.organization_id,
        "clusterId": await admin.cluster_id(),
        "description": "d",
    }

    answer = await admin.post(
        {
            "query": "mutation ($input: ClusterAgentTokenCreateInput!) {"
            " clusterAgentTokenCreate(input: $input) { tokenValue } }",
            "variables": {"input": given},
        }
    )

    assert "tokenValue" in answer.text
    assert answer.headers["cache-control"] == "no-store"


async def test_every_value_is_another(admin: Administrator) -> None:
    values = {(await create(admin))["tokenValue"] for _ in range(20)}

    assert len(values) == 20


async def test_go_clients_zero_values_are_nothing_given(admin: Administrator) -> None:
    payload = await admin.mutate(
        "clusterAgentTokenCreate",
        f"clientMutationId {MADE}",
        clientMutationId="",
        organizationId=admin.organization_id,
        clusterId=await admin.cluster_id(),
        description="fleet",
        expiresAt=None,
        allowedIpAddresses="",
    )

    assert payload["clientMutationId"] == ""
    assert payload["clusterAgentToken"]["allowedIpAddresses"] == "0.0.0.0/0"
    assert payload["clusterAgentToken"]["expiresAt"] is None


@pytest.mark.parametrize("description", ["", " ", "\n\t"])
async def test_a_description_is_required(admin: Administrator, description: str) -> None:
    message = await message_of_refusal(admin, description=description)

    assert message == "Description can't be blank"


@pytest.mark.parametrize(
    "expires_at",
    [
        "2026-01-01T00:10:00Z",
        "2026-01-01T00:10:00.000Z",
        "2026-01-01t00:10:00z",
        "2026-01-01T00:10Z",
        "2026-01-01T00:10:00",
        "2026-01-01 00:10:00",
        "2026-01-01T02:10:00+02:00",
        "2026-01-01T00:10:00.000000001Z",
        "20260101T001000Z",
    ],
)
async def test_expiry_may_be_ten_minutes_ahead_in_many_spellings(
    admin: Administrator, expires_at: str
) -> None:
    payload = await create(admin, expiresAt=expires_at)

    assert payload["clusterAgentToken"]["expiresAt"] == "2026-01-01T00:10:00Z"


async def test_a_date_alone_is_its_midnight_in_utc(admin: Administrator) -> None:
    payload = await create(admin, expiresAt="2030-06-01")

    assert payload["clusterAgentToken"]["expiresAt"] == "2030-06-01T00:00:00Z"


@pytest.mark.parametrize(
    "expires_at", ["2026-01-01T00:09:59Z", "2026-01-01T00:09:59.999Z", "2025-01-01", "0001-01-01"]
)
async def test_expiry_may_not_be_earlier(admin: Administrator, expires_at: str) -> None:
    message = await message_of_refusal(admin, expiresAt=expires_at)

    assert message == "Expires at must be at least 10 minutes in the future"


@pytest.mark.parametrize(
    "expires_at", ["tomorrow", "2026-13-01", "9999-12-31T23:59:59-12:00", 1767225600, True, {}, []]
)
async def test_an_unreadable_expiry_is_refused(admin: Administrator, expires_at: object) -> None:
    message = await message_of_refusal(admin, expiresAt=expires_at)

    assert "DateTime" in message


async def test_the_ten_minutes_are_counted_in_the_worlds_time(admin: Administrator) -> None:
    await create(admin, expiresAt="2026-01-01T00:30:00Z")

    await admin.advance(1201)

    message = await message_of_refusal(admin, expiresAt="2026-01-01T00:30:00Z")
    assert "10 minutes" in message


async def test_an_expired_token_stays_listed(server: Served, admin: Administrator) -> None:
    payload = await create(admin, expiresAt="2026-01-01T00:10:00Z")

    await admin.advance(600)

    with pytest.raises(Refused) as refused:
        await Agent(server, payload["tokenValue"]).register()
    assert refused.value.status == 401
    assert payload["clusterAgentToken"]["id"] in {token["id"] for token in await listed(admin)}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (None, "0.0.0.0/0"),
        ("", "0.0.0.0/0"),
        ("   ", "0.0.0.0/0"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("202.144.0.0/24 198.51.100.12", "202.144.0.0/24 198.51.100.12"),
        ("  10.0.0.0/8 \n\t 192.0.2.1/32  ", "10.0.0.0/8 192.0.2.1/32"),
        (TWENTY_FOUR, TWENTY_FOUR),
    ],
)
async def test_allowed_addresses_are_ipv4_blocks_parted_by_spaces(
    admin: Administrator, given: str | None, kept: str
) -> None:
    payload = await create(admin, allowedIpAddresses=given)

    assert payload["clusterAgentToken"]["allowedIpAddresses"] == kept


@pytest.mark.parametrize(
    "given",
    [
        f"{TWENTY_FOUR} 192.0.2.0/24",
        "2001:db8::/32",
        "::1",
        "10.0.0.1/8",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/8,192.0.2.0/24",
        "10.0.0.0/8, 192.0.2.0/24",
        "10.0.0",
        "10.0.0.256",
        "010.0.0.0/8",
        "example.com",
        "*",
    ],
)
async def test_other_allowed_addresses_are_refused(admin: Administrator, given: str) -> None:
    message = await message_of_refusal(admin, allowedIpAddresses=given)

    assert message.startswith("Allowed IP addresses")


class TestUpdating:
    async def test_description_and_addresses_change(self, admin: Administrator) -> None:
        token = await admin.create_agent_token("before")

        payload = await admin.mutate(
            "clusterAgentTokenUpdate",
            KEPT,
            organizationId=admin.organization_id,
            id=token["id"],
            description="after",
            allowedIpAddresses="10.0.0.0/8",
        )

        after = {"id": token["id"], "description": "after", "allowedIpAddresses": "10.0.0.0/8"}
        assert payload["clusterAgentToken"] == after
        assert {**after, "expiresAt": None} in await listed(admin)

    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ({}, "10.0.0.0/8"),
            ({"allowedIpAddresses": ""}, "0.0.0.0/0"),
            ({"allowedIpAddresses": None}, "0.0.0.0/0"),
            ({"allowedIpAddresses": "192.0.2.0/24"}, "192.0.2.0/24"),
        ],
    )
    async def test_addresses_left_out_stay_and_empty_ones_open(
        self, admin: Administrator, given: dict[str, str | None], kept: str
    ) -> None:
        token = await admin.create_agent_token(allowedIpAddresses="10.0.0.0/8")

        payload = await admin.mutate(
            "clusterAgentTokenUpdate",
            KEPT,
            organizationId=admin.organization_id,
            id=token["id"],
            description="fleet",
            **given,
        )

        assert payload["clusterAgentToken"]["allowedIpAddresses"] == kept

    @pytest.mark.parametrize(
        "given",
        [
            {"description": ""},
            {"allowedIpAddresses": "10.0.0.1/8"},
            {"allowedIpAddresses": f"{TWENTY_FOUR} 192.0.2.0/24"},
        ],
    )
    async def test_what_cannot_be_made_cannot_be_changed_to(
        self, admin: Administrator, given: dict[str, str]
    ) -> None:
        token = await admin.create_agent_token()
        before = await listed(admin)

        with pytest.raises(GraphQLRefused):
            await admin.mutate(
                "clusterAgentTokenUpdate",
                KEPT,
                **{
                    "organizationId": admin.organization_id,
                    "id": token["id"],
                    "description": "other",
                    **given,
                },
            )

        assert await listed(admin) == before

    async def test_the_value_goes_on_working(self, server: Served, admin: Administrator) -> None:
        token = await admin.create_agent_token()

        await admin.mutate(
            "clusterAgentTokenUpdate",
            KEPT,
            organizationId=admin.organization_id,
            id=token["id"],
            description="other",
        )

        assert (await Agent(server, token["value"]).register()).session_token


class TestRevoking:
    async def test_it_is_gone_from_everywhere(self, admin: Administrator) -> None:
        token = await admin.create_agent_token()

        payload = await admin.mutate(
            "clusterAgentTokenRevoke",
            "clientMutationId deletedClusterAgentTokenId",
            organizationId=admin.organization_id,
            id=token["id"],
        )

        data = await admin.graphql("query ($id: ID!) { node(id: $id) { id } }", id=token["id"])
        assert payload == {"clientMutationId": None, "deletedClusterAgentTokenId": token["id"]}
        assert data == {"node": None}
        assert token["id"] not in {each["id"] for each in await listed(admin)}

    @pytest.mark.parametrize("mutation", ["clusterAgentTokenRevoke", "clusterAgentTokenUpdate"])
    async def test_afterwards_it_is_not_found(self, admin: Administrator, mutation: str) -> None:
        token = await admin.create_agent_token()
        await admin.revoke_agent_token(token["id"])
        given = {"description": "d"} if mutation == "clusterAgentTokenUpdate" else {}

        with pytest.raises(GraphQLRefused) as refused:
            await admin.mutate(
                mutation,
                "clientMutationId",
                organizationId=admin.organization_id,
                id=token["id"],
                **given,
            )

        assert refused.value.message == "No agent token found"

    async def test_an_unclustered_token_is_not_found_here(self, admin: Administrator) -> None:
        token = await admin.create_unclustered_agent_token()

        with pytest.raises(GraphQLRefused) as refused:
            await admin.revoke_agent_token(token["id"])

        assert refused.value.message == "No agent token found"
