"""API access tokens as their users make, read, change and end them on Buildkite's pages."""

from typing import Any

import pytest

from tests.access_tokens.actors import PATH, Owner
from tests.actors import Administrator, Refused, status_of
from tests.shapes import TOKEN_FORMS, UUID

NEW_YEAR = "2026-01-01T00:00:00.000000+00:00"
A_WEEK_LATER = "2026-01-08T00:00:00.000000+00:00"


async def test_the_answer_that_makes_a_token_is_the_only_one_with_its_value(owner: Owner) -> None:
    created = await owner.create(scopes=["read_builds"], organizations=["north"])

    value = created.pop("value")
    answers = [
        await owner.read(created["uuid"]),
        await owner.list(),
        await owner.change(created["uuid"], description="Nightly"),
    ]
    assert TOKEN_FORMS["bkua"].fullmatch(value)
    assert answers[0] == created
    assert not any(value in str(answer) for answer in answers)


async def test_a_new_token_tells_everything_about_itself(owner: Owner) -> None:
    created = await owner.create(
        scopes=["read_builds", "read_user"],
        graphql=True,
        organizations=["north"],
        allowed_ip_addresses="127.0.0.0/8 10.0.0.0/24",
    )

    assert UUID.fullmatch(created.pop("uuid"))
    assert UUID.fullmatch(created["user"].pop("uuid"))
    assert created.pop("value")
    assert created.pop("id")
    assert created == {
        "user": {"email": "dee@example.com", "name": "Dee"},
        "description": "Release bot",
        "scopes": ["graphql", "read_builds", "read_user"],
        "graphql": True,
        "organizations": ["north"],
        "removed_organizations": [],
        "allowed_ip_addresses": "127.0.0.0/8 10.0.0.0/24",
        "created_at": NEW_YEAR,
        "expires_at": A_WEEK_LATER,
        "first_used_at": None,
        "last_used_at": None,
        "last_used_from": None,
        "revoked_at": None,
        "is_live": True,
    }


async def test_a_token_opens_what_it_was_given_and_nothing_else(owner: Owner) -> None:
    token = await owner.create(scopes=["read_organizations"], organizations=["north"])
    caller = owner.with_token(token)

    slugs = [each["slug"] for each in await caller.get("/organizations")]

    assert slugs == ["north"]
    assert await status_of(caller.get("/organizations/south")) == 404
    assert await status_of(caller.get("/user")) == 403


async def test_a_token_for_no_organization_in_particular_reaches_all_of_its_users(
    owner: Owner,
) -> None:
    token = await owner.create(scopes=["read_organizations"])

    slugs = [each["slug"] for each in await owner.with_token(token).get("/organizations")]

    assert sorted(slugs) == ["north", "south"]
    assert token["organizations"] == ["north", "south"]


async def test_the_graphql_switch_is_a_scope(owner: Owner) -> None:
    token = await owner.create(graphql=True)
    query = {"query": "{ viewer { user { email } } }"}
    headers = {"Authorization": f"Bearer {token['value']}"}

    on = await owner.server.http.post("/v1", json=query, headers=headers)
    await owner.change(token["uuid"], graphql=False)
    off = await owner.server.http.post("/v1", json=query, headers=headers)

    assert (on.status_code, off.status_code) == (200, 403)


async def test_an_unset_expiry_is_in_seven_days_and_exclusive(
    owner: Owner, north: Administrator
) -> None:
    token = await owner.create(scopes=["read_user"])
    caller = owner.with_token(token)

    await north.advance(7 * 86_400 - 1)
    last = await status_of(caller.get("/user"))
    await north.advance(1)

    assert (last, await status_of(caller.get("/user"))) == (200, 401)
    assert (await owner.read(token["uuid"]))["is_live"] is False


async def test_a_token_can_last_for_ever(owner: Owner, north: Administrator) -> None:
    token = await owner.create(scopes=["read_user"], expires_at=None)

    await north.advance(3650 * 86_400)

    assert token["expires_at"] is None
    assert await owner.with_token(token).get("/user")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"description": "  "}, "Description can't be blank"),
        ({"scopes": ["read_build"]}, "Scopes 'read_build' do not exist"),
        ({"organizations": ["nowhere"]}, "No organization 'nowhere'"),
        ({"organizations": ["sandbox"]}, "dee@example.com is not a member of sandbox"),
        ({"expires_at": "2026-01-01T00:00:00Z"}, "Expires at must be in the future"),
        ({"user": "nobody@example.com"}, "No user 'nobody@example.com'"),
        ({"allowed_ip_addresses": "10.0.0.0/33"}, None),
        ({"value": "chosen"}, None),
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_is_made(
    owner: Owner, given: dict[str, Any], message: str | None
) -> None:
    with pytest.raises(Refused) as refused:
        await owner.create(**given)

    assert refused.value.status == 422
    assert message in {None, refused.value.message}
    assert await owner.list() == []


async def test_description_scopes_and_organizations_can_be_changed(owner: Owner) -> None:
    token = await owner.create(scopes=["read_user"], graphql=True, organizations=["north"])

    changed = await owner.change(
        token["uuid"],
        description="Nightly",
        scopes=["read_organizations"],
        organizations=["south"],
        allowed_ip_addresses="127.0.0.1",
    )

    caller = owner.with_token(token)
    assert changed["description"] == "Nightly"
    assert changed["scopes"] == ["read_organizations"]
    assert [each["slug"] for each in await caller.get("/organizations")] == ["south"]
    assert await status_of(caller.get("/user")) == 403


async def test_the_expiry_cannot_be_changed(owner: Owner) -> None:
    token = await owner.create()

    with pytest.raises(Refused) as refused:
        await owner.change(token["uuid"], expires_at=None)

    assert refused.value.status == 422
    assert (await owner.read(token["uuid"]))["expires_at"] == A_WEEK_LATER


async def test_a_revoked_token_is_dead_everywhere_stays_on_record_and_cannot_be_changed(
    owner: Owner,
) -> None:
    token = await owner.create(scopes=["read_user"])

    await owner.revoke(token["uuid"])
    await owner.revoke(token["uuid"])

    assert await status_of(owner.with_token(token).get("/user")) == 401
    assert (await owner.read(token["uuid"]))["revoked_at"] == NEW_YEAR
    with pytest.raises(Refused) as refused:
        await owner.change(token["uuid"], description="Again")
    assert (refused.value.status, refused.value.message) == (
        422,
        "API access token has been revoked",
    )


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_a_token_that_is_not_there_is_not_found(owner: Owner, method: str) -> None:
    answer = await owner.server.http.request(method, f"{PATH}/{'0' * 8}", content=b"{}")

    assert (answer.status_code, answer.json()) == (404, {"message": "No API access token found"})


async def test_the_answer_with_a_value_is_kept_in_no_cache(owner: Owner) -> None:
    body = {"user": owner.email, "description": "Cached"}

    answer = await owner.server.http.post(PATH, json=body)

    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")


async def test_first_and_last_use_are_on_record_to_the_minute(
    owner: Owner, north: Administrator
) -> None:
    token = await owner.create(scopes=["read_user"])
    caller = owner.with_token(token)

    await north.advance(60)
    await caller.get("/user")
    await north.advance(59)
    await caller.get("/user")
    soon = await owner.read(token["uuid"])
    await north.advance(1)
    await caller.get("/user")
    later = await owner.read(token["uuid"])

    first = "2026-01-01T00:01:00.000000+00:00"
    assert (soon["first_used_at"], soon["last_used_at"]) == (first, first)
    assert (later["first_used_at"], later["last_used_at"]) == (
        first,
        "2026-01-01T00:02:00.000000+00:00",
    )
    assert later["last_used_from"] == "127.0.0.1"
