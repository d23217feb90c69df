"""Portals over REST: made, read, changed and deleted, their documents checked."""

import re
from typing import Any

import pytest

from tests.actors import Refused
from tests.portals.actors import VIEWER, PortalMaker
from tests.rest_api.actors import Caller
from tests.shapes import differences

PORTALS = "/organizations/sandbox/portals"
SERVICE_TOKEN = re.compile(r"bkpat_[A-Za-z0-9]+_[0-9a-f]{40}")

TOLD = {
    "uuid": "<uuid>",
    "slug": "who-am-i",
    "organization_uuid": "<uuid>",
    "name": "Who am I",
    "description": None,
    "query": VIEWER,
    "created_at": "<moment in milliseconds>",
    "created_by": {
        "id": "<uuid>",
        "uuid": "<uuid>",
        "graphql_id": "<graphql id User>",
        "name": "<text>",
        "email": "<text>",
        "avatar_url": "<text>",
        "created_at": "<moment in milliseconds>",
    },
    "allowed_ip_addresses": None,
    "user_invokable": False,
}


async def test_a_portal_is_answered_as_documented_with_a_token_that_is_shown_once(
    maker: PortalMaker,
) -> None:
    response = await maker.caller.send("POST", PORTALS, json={"name": "Who am I", "query": VIEWER})

    made = response.json()
    token = made.pop("token")
    assert (response.status_code, response.headers["cache-control"]) == (201, "no-store")
    assert list(differences(TOLD, made, {})) == []
    assert SERVICE_TOKEN.fullmatch(token)
    assert await maker.caller.get(f"{PORTALS}/who-am-i") == made
    assert await maker.caller.get(PORTALS) == [made]


async def test_a_slug_is_made_of_the_name_or_given(maker: PortalMaker) -> None:
    made = await maker.make(name="Trigger: main BUILD!")
    given = await maker.make(name="Another", slug="trigger")

    assert [made.facts["slug"], given.facts["slug"]] == ["trigger-main-build", "trigger"]


@pytest.mark.parametrize("name", ["put", "patch"])
async def test_what_is_not_mentioned_stays(maker: PortalMaker, name: str) -> None:
    portal = await maker.make(
        description="Tells", allowed_ip_addresses="127.0.0.1", user_invokable=True
    )
    send = maker.caller.put if name == "put" else maker.caller.patch

    changed = await send(f"{PORTALS}/who-am-i", {"name": "Me"})

    before = {key: value for key, value in portal.facts.items() if key != "token"}
    assert changed == {**before, "name": "Me"}


async def test_everything_else_can_be_changed_and_its_tokens_stay(maker: PortalMaker) -> None:
    portal = await maker.make(description="Tells", allowed_ip_addresses="10.0.0.0/8")
    wanted = {
        "slug": "me",
        "query": "query Me { viewer { user { name } } }",
        "description": None,
        "allowed_ip_addresses": "",
        "user_invokable": True,
    }

    changed = await maker.change(portal, **wanted)

    response = await maker.caller.server.http.post(
        "/organizations/sandbox/portals/me",
        headers={"Authorization": f"Bearer {portal.service_token}"},
    )
    assert {name: changed[name] for name in wanted} == {**wanted, "allowed_ip_addresses": None}
    assert "token" not in changed
    assert list(response.json()["data"]["viewer"]["user"]) == ["name"]


async def test_a_deleted_portal_takes_what_opens_it_along(maker: PortalMaker) -> None:
    portal = await maker.make(user_invokable=True)
    secret = await portal.create_secret()
    ephemeral = await portal.exchange_secret(secret["value"])

    await maker.delete(portal)

    again = await maker.make()
    for token in (portal.service_token, ephemeral["token"]):
        assert (await again.send(token=token)).status_code == 401
    with pytest.raises(Refused) as refused:
        await again.exchange_secret(secret["value"])
    assert refused.value.status == 401


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"name": " "}, "Name can't be blank"),
        ({"name": "x" * 256}, "Name is too long (maximum is 255 characters)"),
        ({"slug": "No Slug"}, "Slug 'No Slug' must be lower-case letters"),
        ({"slug": "taken"}, "Slug has already been taken"),
        ({"query": None}, "Query can't be blank"),
        ({"query": "{"}, "Query is not valid: Syntax Error"),
        ({"query": "{ nothing }"}, "Query is not valid: Cannot query field 'nothing'"),
        ({"query": "fragment F on Viewer { id }"}, "Query is not valid: Fragment 'F' is never"),
        ({"query": "# nothing"}, "Query is not valid: Syntax Error"),
        ({"query": "subscription { a }"}, "Query "),
        ({"query": "{ viewer { id } } { viewer { id } }"}, "Query is not valid: This anonymous"),
        ({"query": "{ viewer { id } " * 2000}, "Query is not valid: Syntax Error"),
        ({"allowed_ip_addresses": "::1/128"}, "Allowed IP addresses must be IPv4 CIDR blocks"),
        ({"user_invokable": "yes"}, "Expected `bool | null`"),
    ],
)
async def test_what_cannot_be_a_portal_is_refused_and_changes_nothing(
    maker: PortalMaker, given: dict[str, Any], reason: str
) -> None:
    taken = await maker.make(name="Taken")
    other = await maker.make(name="Other")
    before = await maker.caller.get(PORTALS)

    with pytest.raises(Refused) as created:
        await maker.caller.post(PORTALS, {"name": "New", "query": VIEWER, **given})
    with pytest.raises(Refused) as updated:
        await maker.change(other, **given)

    for refused in (created.value, updated.value):
        assert refused.status == 422
        assert refused.message.startswith(f"Validation failed: {reason}")
    assert await maker.caller.get(PORTALS) == before
    assert await taken.who()


async def test_no_slug_can_be_made_of_punctuation(maker: PortalMaker) -> None:
    with pytest.raises(Refused) as refused:
        await maker.make(name="?!")

    reason = "Name must have a letter or a digit that a slug can be made of"
    assert (refused.value.status, refused.value.message) == (422, f"Validation failed: {reason}")


async def test_only_administrators_manage_portals(maker: PortalMaker, member: Caller) -> None:
    await maker.make()

    for method, path in [
        ("GET", PORTALS),
        ("POST", PORTALS),
        ("GET", f"{PORTALS}/who-am-i"),
        ("PUT", f"{PORTALS}/who-am-i"),
        ("DELETE", f"{PORTALS}/who-am-i"),
    ]:
        answer = await member.send(method, path, json={"name": "Mine", "query": VIEWER})

        assert (answer.status_code, answer.json()) == (403, {"message": "Forbidden"})


async def test_the_portals_of_another_organization_are_not_to_be_seen(
    maker: PortalMaker, rival: PortalMaker
) -> None:
    await maker.make()
    own = await rival.make()

    for path in (f"{PORTALS}/who-am-i", "/organizations/rival/portals/unknown"):
        with pytest.raises(Refused) as refused:
            await rival.caller.get(path)
        assert refused.value.status == 404
    listed = await rival.caller.get(rival.portals)
    assert [each["uuid"] for each in listed] == [own.facts["uuid"]]


async def test_portals_are_listed_in_pages(maker: PortalMaker) -> None:
    for number in range(3):
        await maker.make(name=f"Portal {number}")

    response = await maker.caller.send("GET", PORTALS, params={"per_page": 2, "page": 2})

    assert [each["slug"] for each in response.json()] == ["portal-2"]
    assert 'rel="prev"' in response.headers["link"]
