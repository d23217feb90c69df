"""Which credentials the GraphQL API takes, and how it refuses the others."""

import pytest

from tests.actors import Administrator, Agent, Member, Visitor
from tests.server import Served

VIEWER = {"query": "{ viewer { user { name } } }"}
REFUSAL = """{
  "errors": [
    {
      "message": "Authentication required. Please supply a valid API Access Token: \
https://buildkite.com/docs/apis/graphql-api#authentication"
    }
  ]
}
"""


async def given_a_token(admin: Administrator, **facts: object) -> Member:
    """A caller with an API access token of its own kind, for the administrator's account."""
    planted = await admin.seed(
        {
            "users": [
                {
                    "email": "admin@sandbox.example",
                    "api_access_tokens": [{"description": "Other", **facts}],
                }
            ]
        }
    )
    return Member(admin.server, planted["users"][0]["api_access_tokens"][0]["value"])


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Bearer two words"},
        {"Authorization": "Basic bm9uc2Vuc2U6"},
    ],
)
async def test_nobody_known_is_refused_in_buildkites_words(
    visitor: Visitor, headers: dict[str, str]
) -> None:
    answer = await visitor.send("POST", "/v1", json=VIEWER, headers=headers)

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/json"
    assert answer.text == REFUSAL


async def test_the_scheme_must_be_bearer_in_any_case(
    visitor: Visitor, admin: Administrator
) -> None:
    statuses = {}
    for scheme in ("Bearer", "bearer", "BEARER", "Token", "Basic"):
        headers = {"Authorization": f"{scheme} {admin.api_access_token}"}
        answer = await visitor.send("POST", "/v1", json=VIEWER, headers=headers)
        statuses[scheme] = answer.status_code

    assert statuses == {"Bearer": 200, "bearer": 200, "BEARER": 200, "Token": 401, "Basic": 401}


async def test_a_token_in_the_address_is_not_read(visitor: Visitor, admin: Administrator) -> None:
    path = f"/v1?access_token={admin.api_access_token}&api_key={admin.api_access_token}"

    answer = await visitor.send("POST", path, json=VIEWER)

    assert answer.status_code == 401


async def test_agent_tokens_and_session_tokens_are_no_api_access_tokens(
    server: Served, agent: Agent
) -> None:
    await agent.register()
    values = [server.facts["agent_token"], server.facts["unclustered_agent_token"]]

    for value in [*values, agent.session_token]:
        answer = await Member(server, value).post(VIEWER)

        assert answer.status_code == 401


async def test_a_token_without_graphql_access_is_forbidden(admin: Administrator) -> None:
    caller = await given_a_token(admin, scopes=["read_agents", "write_agents"])

    answer = await caller.post(VIEWER)

    assert answer.status_code == 403
    assert answer.json() == {
        "errors": [{"message": "Your access token doesn't have the graphql scope"}]
    }


async def test_graphql_access_alone_is_enough(admin: Administrator) -> None:
    caller = await given_a_token(admin, scopes=["graphql"])

    token = await caller.mutate(
        "agentTokenCreate", "tokenValue", organizationID=admin.organization_id
    )

    assert token["tokenValue"].startswith("bkar_")


async def test_an_expired_token_is_nobodys(admin: Administrator) -> None:
    caller = await given_a_token(admin, expires_at="2026-01-01T01:00:00Z")
    await admin.advance(3599)
    last_second = await caller.post(VIEWER)

    await admin.advance(1)

    assert last_second.status_code == 200
    answer = await caller.post(VIEWER)
    assert answer.status_code == 401
    assert answer.text == REFUSAL


async def test_a_token_for_other_addresses_is_nobodys(admin: Administrator) -> None:
    here = await given_a_token(admin, allowed_ip_addresses="127.0.0.0/8")
    elsewhere = await given_a_token(admin, allowed_ip_addresses="192.0.2.0/24")

    assert (await here.post(VIEWER)).status_code == 200
    assert (await elsewhere.post(VIEWER)).status_code == 401


async def test_a_token_reaches_only_the_organizations_it_was_given(admin: Administrator) -> None:
    await admin.seed(
        {
            "organizations": [
                {
                    "slug": "second",
                    "members": [{"email": "admin@sandbox.example", "role": "admin"}],
                }
            ]
        }
    )
    caller = await given_a_token(admin, organizations=["second"])

    data = await caller.graphql(
        """{ viewer { organizations { count edges { node { slug } } } }
             sandbox: organization(slug: "sandbox") { id }
             second: organization(slug: "second") { slug } }"""
    )

    organizations = {"count": 1, "edges": [{"node": {"slug": "second"}}]}
    assert data == {
        "viewer": {"organizations": organizations},
        "sandbox": None,
        "second": {"slug": "second"},
    }


async def test_a_bad_token_wins_over_a_bad_body(visitor: Visitor) -> None:
    answer = await visitor.send(
        "POST", "/v1", content="{", headers={"Authorization": "Bearer nonsense"}
    )

    assert answer.status_code == 401
