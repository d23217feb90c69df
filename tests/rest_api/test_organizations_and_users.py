"""Whoever calls, and the organizations that they see."""

import pytest

from tests.actors import Administrator, Refused, Visitor
from tests.rest_api.actors import Caller
from tests.shapes import has_shape

MOMENT = "2026-01-01T00:00:00.000Z"


@pytest.mark.parametrize("path", ["/v2", "/v2/"])
async def test_the_server_greets_everybody(visitor: Visitor, path: str) -> None:
    answer = await visitor.send("GET", path)

    assert answer.status_code == 200
    assert answer.json() == {"message": "🛠", "timestamp": 1767225600}


async def test_anybody_may_ask_where_webhooks_come_from(visitor: Visitor) -> None:
    answer = await visitor.send("GET", "/v2/meta?per_page=100")

    assert answer.status_code == 200
    assert answer.json() == {"webhook_ips": ["127.0.0.1/32"]}


async def test_a_user_sees_themselves(caller: Caller) -> None:
    answer = await caller.get("/user")

    assert has_shape("uuid", answer.pop("id"))
    assert has_shape("graphql id User", answer.pop("graphql_id"))
    assert answer.pop("avatar_url").startswith("https://www.gravatar.com/avatar/")
    assert answer == {
        "name": "Sandbox Admin",
        "email": "admin@sandbox.example",
        "created_at": MOMENT,
    }


async def test_an_organization_says_where_everything_is(
    caller: Caller, admin: Administrator
) -> None:
    url = f"{caller.server.url}/v2/organizations/sandbox"

    answer = await caller.get("/organizations/sandbox")

    assert has_shape("uuid", answer.pop("id"))
    assert answer == {
        "graphql_id": admin.organization_id,
        "url": url,
        "web_url": f"{caller.server.url}/sandbox",
        "name": "Sandbox",
        "slug": "sandbox",
        "pipelines_url": f"{url}/pipelines",
        "agents_url": f"{url}/agents",
        "emojis_url": f"{url}/emojis",
        "created_at": MOMENT,
    }
    assert await caller.get(caller.to(url)) == await caller.get("/organizations/sandbox")


async def test_the_organizations_are_those_that_the_token_reaches(
    caller: Caller, admin: Administrator
) -> None:
    await admin.seed(
        {
            "organizations": [
                {"slug": "other", "members": [{"email": "admin@sandbox.example"}]},
                {"slug": "foreign"},
            ]
        }
    )
    planted = await admin.seed(
        {
            "users": [
                {
                    "email": "admin@sandbox.example",
                    "api_access_tokens": [{"description": "One", "organizations": ["other"]}],
                }
            ]
        }
    )
    narrow = Caller(caller.server, planted["users"][0]["api_access_tokens"][0]["value"])

    seen = [each["slug"] for each in await caller.get("/organizations")]
    seen_by_the_other = [each["slug"] for each in await narrow.get("/organizations")]

    assert (seen, seen_by_the_other) == (["sandbox", "other"], ["other"])
    for one, slug in ((caller, "foreign"), (caller, "nowhere"), (narrow, "sandbox")):
        with pytest.raises(Refused) as refused:
            await one.get(f"/organizations/{slug}")
        assert (refused.value.status, refused.value.message) == (404, "No organization found")


async def test_an_organization_asks_what_it_has_left(caller: Caller, admin: Administrator) -> None:
    await caller.get("/organizations/sandbox")
    await admin.advance(20)
    await admin.graphql("{ viewer { id } }")

    answer = await caller.get("/organizations/sandbox/rate_limit")

    assert answer == {
        "scopes": {
            "rest": {
                "limit": 200,
                "current": 1,
                "reset": 40,
                "reset_at": "2026-01-01T00:01:00Z",
                "enforced": False,
            },
            "graphql": {
                "limit": 20000,
                "current": 1,
                "reset": 300,
                "reset_at": "2026-01-01T00:05:20Z",
                "enforced": False,
            },
        }
    }


async def test_what_is_left_is_renewed_each_minute(caller: Caller, admin: Administrator) -> None:
    for _ in range(3):
        await caller.get("/user")
    await admin.advance(60)

    answer = await caller.send("GET", "/user")

    assert answer.headers["ratelimit-user-remaining"] == "49"
