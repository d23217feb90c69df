"""An organization takes itself away from somebody's API access token, for good."""

from typing import Any

import pytest

from tests.access_tokens.actors import Owner
from tests.actors import Administrator, GraphQLRefused, Member, Refused, status_of

REVOKE = """
mutation ($input: OrganizationAPIAccessTokenRevokeMutationInput!) {
  organizationApiAccessTokenRevoke(input: $input) { clientMutationId revokedApiAccessTokenId }
}
"""
LIST = """
query ($slug: ID!, $after: String) {
  organization(slug: $slug) {
    apiAccessTokens(first: 1, after: $after) {
      edges { cursor node { uuid } }
      nodes {
        createdAt description expiresAt id ipAddress lastAccessedAt owner { email } scopes uuid
      }
      pageInfo { hasNextPage }
    }
  }
}
"""


async def take_away(admin: Member, organization_id: str, token: dict[str, Any]) -> Any:
    given = {"organizationId": organization_id, "apiAccessTokenId": token["id"]}
    data = await admin.graphql(REVOKE, input={**given, "clientMutationId": "x"})
    return data["organizationApiAccessTokenRevoke"]


async def test_the_token_goes_on_elsewhere_and_sees_nothing_there(
    owner: Owner, north: Administrator
) -> None:
    token = await owner.create(scopes=["read_organizations"])
    caller = owner.with_token(token)

    payload = await take_away(north, north.organization_id, token)

    assert payload == {"clientMutationId": "x", "revokedApiAccessTokenId": token["id"]}
    assert [each["slug"] for each in await caller.get("/organizations")] == ["south"]
    assert await status_of(caller.get("/organizations/north")) == 404
    assert await caller.get("/access-token")
    shown = await owner.read(token["uuid"])
    assert (shown["organizations"], shown["removed_organizations"]) == (["south"], ["north"])


async def test_its_owner_is_told_and_nobody_else(owner: Owner, north: Administrator) -> None:
    token = await owner.create(organizations=["north", "south"])
    assert await owner.outbox() == []

    await take_away(north, north.organization_id, token)

    assert await owner.outbox() == [
        {
            "reason": "organization_removed",
            "to": "owner",
            "recipient": "dee@example.com",
            "token_uuid": token["uuid"],
            "organization": "north",
            "url": None,
            "sent_at": "2026-01-01T00:00:00.000000+00:00",
        }
    ]


async def test_nobody_is_told_of_what_was_refused(owner: Owner, north: Administrator) -> None:
    token = await owner.create(graphql=True, organizations=["north", "south"])
    member = Member(owner.server, token["value"])
    with pytest.raises(GraphQLRefused):
        await take_away(member, north.organization_id, token)
    assert await owner.outbox() == []

    await take_away(north, north.organization_id, token)
    with pytest.raises(GraphQLRefused):
        await take_away(north, north.organization_id, token)

    assert len(await owner.outbox()) == 1


async def test_an_owner_who_takes_organizations_away_is_told_of_each(owner: Owner) -> None:
    token = await owner.create()

    await owner.change(token["uuid"], organizations=["south"])
    await owner.change(token["uuid"], organizations=["north"])
    await owner.change(token["uuid"], organizations=["north", "south"], description="Both")
    await owner.change(token["uuid"], organizations=[])

    outbox = await owner.outbox()
    assert [each["organization"] for each in outbox] == ["north", "south", "north", "south"]
    assert {each["recipient"] for each in outbox} == {owner.email}
    assert {each["token_uuid"] for each in outbox} == {token["uuid"]}


async def test_a_change_that_is_refused_tells_of_nothing(
    owner: Owner, north: Administrator
) -> None:
    token = await owner.create(organizations=["north", "south"])
    await take_away(north, north.organization_id, token)

    with pytest.raises(Refused):
        await owner.change(token["uuid"], organizations=["north"])

    assert [each["organization"] for each in await owner.outbox()] == ["north"]


async def test_the_end_of_a_token_is_no_such_thing(owner: Owner) -> None:
    token = await owner.create(organizations=["north", "south"])

    await owner.revoke(token["uuid"])

    assert await owner.outbox() == []


async def test_its_owner_cannot_add_the_organization_again(
    owner: Owner, north: Administrator
) -> None:
    token = await owner.create(organizations=["north", "south"])
    await take_away(north, north.organization_id, token)

    with pytest.raises(Refused) as refused:
        await owner.change(token["uuid"], organizations=["north"])

    assert (refused.value.status, refused.value.message) == (
        422,
        "north removed itself from this token and can't be added again",
    )


async def test_it_cannot_be_done_twice(owner: Owner, north: Administrator) -> None:
    token = await owner.create(organizations=["north"])
    await take_away(north, north.organization_id, token)

    with pytest.raises(GraphQLRefused) as refused:
        await take_away(north, north.organization_id, token)

    assert refused.value.message == "No API access token found"


async def test_only_administrators_do_it(owner: Owner, north: Administrator) -> None:
    token = await owner.create(graphql=True, organizations=["north"])
    member = Member(owner.server, token["value"])

    with pytest.raises(GraphQLRefused):
        await take_away(member, north.organization_id, token)

    assert (await owner.read(token["uuid"]))["organizations"] == ["north"]


async def test_other_organizations_tokens_look_as_if_they_were_not_there(
    owner: Owner, north: Administrator
) -> None:
    token = await owner.create(organizations=["south"])

    with pytest.raises(GraphQLRefused) as refused:
        await take_away(north, north.organization_id, token)

    assert refused.value.message == "No API access token found"
    node = "query ($id: ID!) { node(id: $id) { id } }"
    assert (await north.graphql(node, id=token["id"]))["node"] is None


async def test_administrators_list_the_live_tokens_that_reach_their_organization(
    owner: Owner, north: Administrator
) -> None:
    reaching = await owner.create(scopes=["read_user"], organizations=["north"])
    await owner.create("Elsewhere", organizations=["south"])
    ended = await owner.create("Ended", organizations=["north"])
    await owner.revoke(ended["uuid"])
    await owner.with_token(reaching).get("/user")

    first = (await north.graphql(LIST, slug="north"))["organization"]["apiAccessTokens"]

    assert first["nodes"] == [
        {
            "createdAt": "2026-01-01T00:00:00Z",
            "description": "Release bot",
            "expiresAt": "2026-01-08T00:00:00Z",
            "id": reaching["id"],
            "ipAddress": "127.0.0.1",
            "lastAccessedAt": "2026-01-01T00:00:00Z",
            "owner": {"email": "dee@example.com"},
            "scopes": ["READ_USER"],
            "uuid": reaching["uuid"],
        }
    ]
    assert first["pageInfo"] == {"hasNextPage": True}
    after = first["edges"][0]["cursor"]
    second = await north.graphql(LIST, slug="north", after=after)
    (ada,) = second["organization"]["apiAccessTokens"]["nodes"]
    assert (ada["description"], len(ada["scopes"])) == ("Ada", 45)


async def test_members_do_not_list_them(owner: Owner) -> None:
    token = await owner.create(graphql=True)

    with pytest.raises(GraphQLRefused) as refused:
        await Member(owner.server, token["value"]).graphql(LIST, slug="north")

    assert "administrator" in refused.value.message
