"""The API access token that calls: what it is told of itself, and how it is ended."""

import pytest

from mock_buildkite.access_tokens.model import SCOPES
from tests.actors import Refused, Visitor, status_of
from tests.rest_api.actors import Caller
from tests.shapes import UUID

REFUSED = (
    "Authentication required. Please supply a valid API Access Token:"
    " https://buildkite.com/docs/apis/rest-api#authentication"
)


async def test_a_token_is_told_everything_about_itself_but_its_value(caller: Caller) -> None:
    answer = await caller.get("/access-token")

    assert UUID.fullmatch(answer.pop("uuid"))
    assert answer == {
        "scopes": sorted(SCOPES),
        "description": "Sandbox",
        "created_at": "2026-01-01 00:00:00 UTC",
        "expires_at": None,
        "user": {"email": "admin@sandbox.example", "name": "Sandbox Admin"},
    }


async def test_a_token_needs_no_scope_to_be_looked_at_and_ended(caller: Caller) -> None:
    finder = await caller.with_scopes()

    told = await finder.get("/access-token")
    await finder.delete("/access-token")

    assert told["scopes"] == []
    assert await status_of(finder.get("/access-token")) == 401


async def test_a_revoked_token_opens_nothing_from_then_on(caller: Caller) -> None:
    other = await caller.with_scopes("read_user", "graphql")

    answer = await other.send("DELETE", "/access-token")

    assert (answer.status_code, answer.content) == (204, b"")
    with pytest.raises(Refused) as refused:
        await other.delete("/access-token")
    assert (refused.value.status, refused.value.message) == (401, REFUSED)
    assert await status_of(other.get("/user")) == 401
    graphql = await other.server.http.post(
        "/v1",
        json={"query": "{ viewer { id } }"},
        headers={"Authorization": f"Bearer {other.api_access_token}"},
    )
    assert graphql.status_code == 401
    assert await caller.get("/user")


async def test_an_expired_token_is_told_no_more_than_an_unknown_one(caller: Caller) -> None:
    token = {"description": "Short", "expires_at": "2025-12-31T00:00:00Z"}
    planted = await caller.server.http.post(
        "/_mock/seed",
        json={"users": [{"email": "admin@sandbox.example", "api_access_tokens": [token]}]},
    )
    value = planted.json()["users"][0]["api_access_tokens"][0]["value"]

    with pytest.raises(Refused) as refused:
        await Caller(caller.server, value).get("/access-token")

    assert (refused.value.status, refused.value.message) == (401, REFUSED)


@pytest.mark.parametrize("header", ["Basic {}", "Token {}", "bearer", "Bearer  {}", "{}"])
async def test_a_token_comes_as_a_bearer(visitor: Visitor, header: str) -> None:
    token = visitor.server.facts["api_access_token"]

    answer = await visitor.send("GET", "/v2/user", headers={"Authorization": header.format(token)})

    assert answer.status_code == 401
    assert answer.json() == {"message": REFUSED}


async def test_a_token_in_the_query_is_none(visitor: Visitor) -> None:
    token = visitor.server.facts["api_access_token"]

    answer = await visitor.send("GET", f"/v2/user?access_token={token}&api_key={token}")

    assert answer.status_code == 401
