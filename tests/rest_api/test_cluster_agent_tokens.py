"""Agent tokens of clusters: their value is told once, and they admit agents until revoked."""

from typing import Any

import pytest

from tests.actors import Administrator, Agent, Refused, status_of
from tests.rest_api.actors import Caller
from tests.rest_api.conftest import Company
from tests.server import Served
from tests.shapes import has_shape

MOMENT = "2026-01-01T00:00:00.000Z"


@pytest.fixture
def tokens(cluster: str) -> str:
    """The path of the first cluster's agent tokens."""
    return f"{cluster}/tokens"


async def test_a_new_token_admits_agents_and_tells_its_value_once(
    server: Served, caller: Caller, cluster: str, tokens: str
) -> None:
    body = {
        "description": "lab racks",
        "allowed_ip_addresses": "127.0.0.0/8 10.0.0.1",
        "expires_at": "2026-01-31T09:15:04+01:00",
    }

    answer = await caller.send("POST", tokens, json=body)

    made = answer.json()
    value, path = made.pop("token"), f"{tokens}/{made['id']}"
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    assert has_shape("token bkct", value)
    assert await status_of(Agent(server, value).register()) == 200
    assert await caller.get(path) == made
    assert value not in str(await caller.get(tokens))
    assert has_shape("uuid", made.pop("id"))
    assert has_shape("graphql id ClusterToken", made.pop("graphql_id"))
    assert made == {
        **body,
        "expires_at": "2026-01-31T08:15:04Z",
        "url": f"{server.url}/v2{path}",
        "cluster_url": f"{server.url}/v2{cluster}",
        "created_at": MOMENT,
        "created_by": await caller.get("/user"),
    }


async def test_a_token_is_for_anywhere_and_for_good_unless_told(
    caller: Caller, tokens: str
) -> None:
    made = await caller.post(tokens, {"description": "lab", "expires_at": None})

    assert (made["allowed_ip_addresses"], made["expires_at"]) == ("0.0.0.0/0", None)
    initial, _ = sorted(await caller.get(tokens), key=lambda each: str(each["description"]))
    assert initial["description"] == "Initial agent token"
    assert initial["created_by"] is None


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, "Description can't be blank"),
        ({"description": ""}, "Description can't be blank"),
        ({"description": "x", "allowed_ip_addresses": "::1"}, "Allowed IP addresses must be"),
        ({"description": "x", "expires_at": "tomorrow"}, "Expires at must be an ISO 8601"),
        ({"description": "x", "expires_at": "9999-12-31T23:59:59-23:00"}, "Expires at must be an"),
        ({"description": "x", "expires_at": "2026-01-01T00:09:59Z"}, "Expires at must be at least"),
        ({"description": "x", "expires_at": 5}, "Expected `str | null`, got `int`"),
    ],
)
async def test_a_bad_token_is_not_made(
    caller: Caller, tokens: str, body: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Refused) as refused:
        await caller.post(tokens, body)

    assert refused.value.status == 422
    assert refused.value.message.startswith(f"Validation failed: {reason}")
    assert len(await caller.get(tokens)) == 1


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_what_is_not_said_of_a_token_stays_and_so_does_its_expiry(
    caller: Caller, tokens: str, method: str
) -> None:
    made = await caller.post(
        tokens,
        {
            "description": "lab",
            "allowed_ip_addresses": "10.0.0.0/8",
            "expires_at": "2026-02-01T00:00:00Z",
        },
    )
    path = caller.to(made.pop("url"))

    renamed = await caller.call(method, path, json={"description": "new"})
    opened = await caller.call(method, path, json={"allowed_ip_addresses": ""})

    assert renamed["description"] == "new"
    assert renamed["allowed_ip_addresses"] == "10.0.0.0/8"
    assert renamed["expires_at"] == opened["expires_at"] == "2026-02-01T00:00:00Z"
    assert (opened["description"], opened["allowed_ip_addresses"]) == ("new", "0.0.0.0/0")
    assert "token" not in opened
    assert await status_of(caller.call(method, path, json={"description": None})) == 422


async def test_narrower_addresses_make_agents_outside_leave(
    caller: Caller, agent: Agent, tokens: str
) -> None:
    (token,) = await caller.get(tokens)
    await agent.start()

    await caller.put(caller.to(token["url"]), {"allowed_ip_addresses": "10.0.0.0/8"})

    assert (await agent.ping())["action"] == "disconnect"


async def test_a_revoked_token_is_gone_and_its_agents_are_not(
    server: Served, caller: Caller, agent: Agent, tokens: str
) -> None:
    (token,) = await caller.get(tokens)
    path = caller.to(token["url"])
    await agent.start()

    answer = await caller.send("DELETE", path)

    assert (answer.status_code, answer.content) == (204, b"")
    assert await caller.get(tokens) == []
    for method in ("GET", "PUT", "DELETE"):
        with pytest.raises(Refused) as refused:
            await caller.call(method, path)
        assert (refused.value.status, refused.value.message) == (404, "No agent token found")
    assert await status_of(Agent(server).register()) == 401
    assert await agent.ping() == {}


async def test_a_token_is_the_same_over_graphql(
    caller: Caller, admin: Administrator, tokens: str
) -> None:
    made = await admin.create_agent_token("over there")

    shown = await caller.get(f"{tokens}/{made['uuid']}")
    await caller.delete(f"{tokens}/{made['uuid']}")

    assert (shown["graphql_id"], shown["description"]) == (made["id"], "over there")
    found = await admin.graphql("query ($id: ID!) { node(id: $id) { id } }", id=made["id"])
    assert found == {"node": None}


async def test_tokens_are_for_those_who_manage_the_cluster(company: Company, tokens: str) -> None:
    (token,) = await company.maintainer.get(tokens)
    path = company.member.to(token["url"])

    for method, where in (
        ("GET", tokens),
        ("POST", tokens),
        ("GET", path),
        ("PUT", path),
        ("DELETE", path),
        ("GET", f"{tokens}/unknown"),
    ):
        with pytest.raises(Refused) as refused:
            await company.member.call(method, where, json={"description": "x"})
        assert (refused.value.status, refused.value.message) == (403, "Forbidden")
    elsewhere = f"{company.other_cluster}/tokens"
    assert await status_of(company.maintainer.post(elsewhere, {"description": "x"})) == 403
    assert await status_of(company.maintainer.get(path)) == 200


async def test_a_token_is_found_in_its_own_cluster_only(
    caller: Caller, company: Company, tokens: str
) -> None:
    (token,) = await caller.get(tokens)

    for method in ("GET", "PUT", "DELETE"):
        path = f"{company.other_cluster}/tokens/{token['id']}"
        assert await status_of(caller.call(method, path)) == 404
