"""What is done to tokens is on record: by whom, when and from where, and never a value."""

import json
from typing import Any

import pytest

from tests.access_tokens.actors import Owner
from tests.actors import Administrator, Agent, GraphQLRefused, Member
from tests.rest_api.actors import Caller

EVENTS = """
query ($slug: ID!, $first: Int, $after: String %s) {
  organization(slug: $slug) {
    auditEvents(first: $first, after: $after %s) {
      count
      edges {
        cursor
        node {
          actor { id name type uuid node { __typename ... on Node { id } } }
          context {
            __typename
            ... on AuditAPIContext {
              requestApiAccessTokenUuid requestIpAddress requestUserAgent
            }
            ... on AuditAgentAPIContext {
              agentUuid authenticationType connectionState organizationUuid requestIpAddress
              sessionIpAddress
            }
            ... on AuditWebContext {
              requestIpAddress requestUserAgent sessionCreatedAt sessionEscalatedAt
              sessionUser { email } sessionUserUuid
            }
          }
          data id occurredAt type uuid
          subject { id name type uuid node { __typename ... on Node { id } } }
        }
      }
      pageInfo { hasNextPage }
    }
  }
}
"""


async def events(
    member: Member, slug: str = "sandbox", *, filters: str = "", declared: str = "", **given: Any
) -> list[dict[str, Any]]:
    """The audit events of an organization, the latest first."""
    query = EVENTS % (declared, filters)
    data = await member.graphql(query, slug=slug, **given)
    return [edge["node"] for edge in data["organization"]["auditEvents"]["edges"]]


def told(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """What happened to what, the first first."""
    return [(each["type"], each["subject"]["name"]) for each in reversed(found)]


async def test_the_life_of_a_clusters_agent_token_is_told(admin: Administrator) -> None:
    token = await admin.create_agent_token("Linux")
    agent = await Agent(admin.server, token["value"]).register()
    await Agent(admin.server, token["value"]).register()
    await admin.mutate(
        "clusterAgentTokenUpdate",
        "clusterAgentToken { id }",
        organizationId=admin.organization_id,
        id=token["id"],
        description="Linux arm64",
    )
    await admin.revoke_agent_token(token["id"])

    found = await events(
        admin, filters=", subjectUUID: $uuids", declared=", $uuids: [ID!]", uuids=[token["uuid"]]
    )

    assert told(found) == [
        ("CLUSTER_TOKEN_CREATED", "Linux"),
        ("CLUSTER_TOKEN_UPDATED", "Linux"),
        ("CLUSTER_TOKEN_UPDATED", "Linux arm64"),
        ("CLUSTER_TOKEN_DELETED", "Linux arm64"),
    ]
    used = found[2]
    assert json.loads(used["data"]) == {"first_used_at": [None, "2026-01-01T00:00:00.000000+00:00"]}
    assert (used["actor"]["type"], used["actor"]["uuid"]) == ("AGENT", agent.uuid)
    assert used["context"]["__typename"] == "AuditAgentAPIContext"
    assert used["context"]["agentUuid"] == agent.uuid
    assert json.loads(found[1]["data"]) == {"description": ["Linux", "Linux arm64"]}


async def test_the_life_of_an_unclustered_agent_token_is_told(admin: Administrator) -> None:
    token = await admin.create_unclustered_agent_token("Mac minis")
    await admin.revoke_unclustered_agent_token(token["id"], "lost laptop")

    found = await events(
        admin, filters=", subject: $ids", declared=", $ids: [ID!]", ids=[token["id"]]
    )

    assert told(found) == [
        ("AGENT_TOKEN_CREATED", "Mac minis"),
        ("AGENT_TOKEN_REVOKED", "Mac minis"),
    ]
    revoked = found[0]
    assert json.loads(revoked["data"]) == {"revoked_reason": "lost laptop"}
    assert revoked["actor"]["node"] == {"__typename": "User", "id": revoked["actor"]["id"]}
    assert revoked["subject"]["node"] == {"__typename": "AgentToken", "id": token["id"]}
    assert revoked["context"] == {
        "__typename": "AuditAPIContext",
        "requestApiAccessTokenUuid": revoked["context"]["requestApiAccessTokenUuid"],
        "requestIpAddress": "127.0.0.1",
        "requestUserAgent": revoked["context"]["requestUserAgent"],
    }


async def test_the_life_of_an_api_access_token_is_told_to_each_organization_it_reaches(
    owner: Owner, north: Administrator
) -> None:
    token = await owner.create(scopes=["read_user"], organizations=["north"])
    caller = owner.with_token(token)
    await caller.get("/user")
    await caller.get("/user")
    await owner.change(token["uuid"], scopes=["read_user", "read_builds"])
    await owner.change(token["uuid"], organizations=["north", "south"])
    await owner.change(token["uuid"], organizations=["north"])
    await caller.delete("/access-token")

    found = [
        each for each in await events(north, "north") if each["subject"]["uuid"] == token["uuid"]
    ]

    assert [kind for kind, _ in told(found)] == [
        "API_ACCESS_TOKEN_CREATED",
        "API_ACCESS_TOKEN_UPDATED",
        "API_ACCESS_TOKEN_UPDATED",
        "API_ACCESS_TOKEN_DELETED",
    ]
    created = found[-1]
    assert created["actor"]["name"] == "Dee"
    assert created["context"]["__typename"] == "AuditWebContext"
    assert created["context"]["sessionUser"] == {"email": "dee@example.com"}
    assert json.loads(found[1]["data"]) == {"scopes": [["read_user"], ["read_builds", "read_user"]]}
    assert found[0]["context"]["requestApiAccessTokenUuid"] == token["uuid"]
    assert created["subject"]["node"]["id"] == token["id"]


async def test_that_an_organization_was_given_and_taken_is_told_to_it(
    owner: Owner, north: Administrator
) -> None:
    token = await owner.create(organizations=["south"])
    await owner.change(token["uuid"], organizations=["south", "north"])
    await owner.change(token["uuid"], organizations=["south"])
    await owner.change(token["uuid"], organizations=["north"])
    await north.graphql(
        "mutation ($input: OrganizationAPIAccessTokenRevokeMutationInput!)"
        " { organizationApiAccessTokenRevoke(input: $input) { clientMutationId } }",
        input={"organizationId": north.organization_id, "apiAccessTokenId": token["id"]},
    )

    found = await events(
        north,
        "north",
        filters=", type: [API_ACCESS_TOKEN_ORGANIZATION_ACCESS_REVOKED,"
        " USER_API_ACCESS_TOKEN_ORGANIZATION_ACCESS_ADDED,"
        " USER_API_ACCESS_TOKEN_ORGANIZATION_ACCESS_REMOVED]",
    )

    assert [(each["type"], each["actor"]["name"]) for each in reversed(found)] == [
        ("USER_API_ACCESS_TOKEN_ORGANIZATION_ACCESS_ADDED", "Dee"),
        ("USER_API_ACCESS_TOKEN_ORGANIZATION_ACCESS_REMOVED", "Dee"),
        ("USER_API_ACCESS_TOKEN_ORGANIZATION_ACCESS_ADDED", "Dee"),
        ("API_ACCESS_TOKEN_ORGANIZATION_ACCESS_REVOKED", "Ada"),
    ]


async def test_a_page_of_events_leads_to_the_next(admin: Administrator) -> None:
    for number in range(3):
        await admin.create_agent_token(f"Token {number}")
    kinds = ", type: [CLUSTER_TOKEN_CREATED]"

    query = EVENTS % ("", kinds)
    page = (await admin.graphql(query, slug="sandbox", first=2))["organization"]["auditEvents"]
    after = page["edges"][-1]["cursor"]
    rest = await events(admin, filters=kinds, after=after)

    assert (page["count"], page["pageInfo"]["hasNextPage"]) == (3, True)
    assert [each["subject"]["name"] for each in rest] == ["Token 0"]


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        (", actorType: [USER]", ["One", "Two"]),
        (", actorType: [AGENT]", []),
        (", subjectType: [AGENT_TOKEN]", ["Two"]),
        (', occurredAtFrom: "2026-01-01T01:00:00Z"', ["Two"]),
        (', occurredAtTo: "2026-01-01T01:00:00Z"', ["One"]),
        (", type: [PIPELINE_CREATED]", []),
        (', actor: ["VXNlci0tLW5vYm9keQ=="]', []),
        (', subject: ["no id"]', []),
        (", order: RECENTLY_OCCURRED", ["One", "Two"]),
    ],
)
async def test_events_pass_every_filter(
    admin: Administrator, filters: str, names: list[str]
) -> None:
    await admin.create_agent_token("One")
    await admin.advance(3600)
    await admin.create_unclustered_agent_token("Two")
    created = "CLUSTER_TOKEN_CREATED", "AGENT_TOKEN_CREATED"

    found = await events(admin, filters=filters)

    assert [name for kind, name in told(found) if kind in created] == names


async def test_one_event_is_found_by_its_uuid_and_its_id(admin: Administrator) -> None:
    await admin.create_agent_token("Linux")
    event = (await events(admin))[0]

    data = await admin.graphql(
        "query ($uuid: ID!, $id: ID!)"
        " { auditEvent(uuid: $uuid) { id } node(id: $id) { ... on AuditEvent { uuid } } }",
        uuid=event["uuid"],
        id=event["id"],
    )

    assert data == {"auditEvent": {"id": event["id"]}, "node": {"uuid": event["uuid"]}}


async def test_the_audit_log_is_for_administrators_of_the_organization(
    owner: Owner, north: Administrator
) -> None:
    token = await owner.create(graphql=True, organizations=["north", "south"])
    member = Member(owner.server, token["value"])
    event = (await events(north, "north"))[0]
    one = "query ($uuid: ID!) { auditEvent(uuid: $uuid) { id } }"

    for asked in (events(member, "north"), member.graphql(one, uuid=event["uuid"])):
        with pytest.raises(GraphQLRefused) as refused:
            await asked
        assert "administrator" in refused.value.message
    stranger = Administrator(owner.server)
    assert (await stranger.graphql(one, uuid=event["uuid"]))["auditEvent"] is None


async def test_what_is_refused_is_not_on_record(admin: Administrator) -> None:
    before = await events(admin)

    with pytest.raises(GraphQLRefused):
        await admin.create_agent_token("")

    assert await events(admin) == before


async def test_no_event_has_a_value(owner: Owner, north: Administrator) -> None:
    token = await owner.create(scopes=["read_user"], organizations=["north"])
    agent_token = await north.create_agent_token()
    await Agent(owner.server, agent_token["value"]).register()
    await Caller(owner.server, token["value"]).get("/user")

    text = str(await events(north, "north"))

    assert text
    for value in (token["value"], agent_token["value"], north.api_access_token):
        assert value not in text
