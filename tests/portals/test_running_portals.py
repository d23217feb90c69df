"""Running the operations of a portal: variables, names, rights, and nothing else."""

import pytest

from mock_buildkite.clock import ManualClock
from mock_buildkite.settings import Settings
from tests.actors import Administrator, Refused
from tests.conftest import MakeServer
from tests.portals.actors import VIEWER, PortalMaker
from tests.rest_api.actors import Caller
from tests.server import Served

TWO = """
query Clusters($slug: ID!, $first: Int) {
  organization(slug: $slug) { clusters(first: $first) { edges { node { name } } } }
}
mutation Create($id: ID!, $name: String!) {
  clusterCreate(input: { organizationId: $id, name: $name }) { cluster { name } }
}
"""
NAMED = "query Me { viewer { user { email } } }"


async def test_the_body_is_the_variables(maker: PortalMaker) -> None:
    portal = await maker.make(
        "query ($slug: ID!) { organization(slug: $slug) { name } }", name="Name it"
    )

    data = await portal.run({"slug": "sandbox"})

    assert data == {"organization": {"name": "Sandbox"}}


async def test_an_empty_body_is_no_variables(maker: PortalMaker) -> None:
    portal = await maker.make()

    response = await maker.caller.server.http.post(
        portal.path, headers={"Authorization": f"Bearer {portal.service_token}"}
    )

    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert response.json()["data"]["viewer"]


async def test_one_operation_of_several_is_chosen_by_its_name(
    maker: PortalMaker, admin: Administrator
) -> None:
    portal = await maker.make(TWO, name="Two")
    wanted = {"id": admin.organization_id, "name": "By portal"}

    made = await portal.run(wanted, operation="Create")
    listed = await portal.run({"slug": "sandbox"}, operation="Clusters")

    assert made == {"clusterCreate": {"cluster": {"name": "By portal"}}}
    names = [edge["node"]["name"] for edge in listed["organization"]["clusters"]["edges"]]
    assert names == ["By portal", "Default cluster"]


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (None, "An operation name is required: the document has several operations"),
        ("Delete", "No operation named 'Delete'"),
        ("Clusters", "Variable '$slug' has invalid value: Expected a value"),
    ],
)
async def test_what_is_wrong_with_an_operation_is_told_as_graphql_does(
    maker: PortalMaker, operation: str | None, message: str
) -> None:
    portal = await maker.make(TWO, name="Two")

    response = await portal.send({}, operation=operation)

    assert response.status_code == 200
    (error,) = response.json()["errors"]
    assert error["message"].startswith(message)


async def test_nothing_but_the_stored_document_can_be_asked(maker: PortalMaker) -> None:
    portal = await maker.make(NAMED, name="Me")
    query = 'query Other { organization(slug: "sandbox") { id } }'
    smuggled = {"query": query, "operationName": "Other", "variables": {}}

    data = await portal.run(smuggled)
    by_query = await maker.caller.server.http.post(
        portal.path,
        json={},
        params={"query": query},
        headers={"Authorization": f"Bearer {portal.service_token}"},
    )

    assert list(data) == ["viewer"]
    assert by_query.json()["data"] == data


async def test_a_portal_token_opens_neither_graphql_nor_rest_nor_agents(
    server: Served, maker: PortalMaker
) -> None:
    portal = await maker.make()
    secret = await portal.create_secret()

    for value in (portal.service_token, secret["value"]):
        for scheme, method, path in [
            ("Bearer", "POST", "/v1"),
            ("Bearer", "POST", "/graphql"),
            ("Bearer", "GET", "/v2/organizations"),
            ("Bearer", "GET", "/v2/organizations/sandbox/portals"),
            ("Token", "POST", "/v3/register"),
            ("Token", "GET", "/v3/ping"),
        ]:
            answer = await server.http.request(
                method,
                path,
                json={"query": VIEWER},
                headers={"Authorization": f"{scheme} {value}"},
            )
            assert answer.status_code == 401
    assert (await portal.send(token=secret["value"])).status_code == 401


@pytest.mark.parametrize(
    "spelled",
    [
        "",
        "Bearer",
        "Bearer  {}",
        "Token {}",
        "Basic {}",
        "Bearer {}x",
        "Bearer BKPAT{}",
        "Bearer {}, Bearer {}",
        'Bearer "{}"',
    ],
)
async def test_other_credentials_are_refused_alike(maker: PortalMaker, spelled: str) -> None:
    portal = await maker.make()
    header = spelled.format(portal.service_token, portal.service_token)

    response = await maker.caller.server.http.post(
        portal.path, json={}, headers={"Authorization": header}
    )

    assert response.status_code == 401
    assert list(response.json()) == ["message"]


async def test_the_scheme_knows_no_case(maker: PortalMaker) -> None:
    portal = await maker.make()

    response = await maker.caller.server.http.post(
        portal.path, json={}, headers={"Authorization": f"bEARER {portal.service_token}"}
    )

    assert response.status_code == 200


async def test_a_token_opens_its_own_portal_only(maker: PortalMaker, rival: PortalMaker) -> None:
    portal, other, theirs = await maker.make(), await maker.make(name="Other"), await rival.make()

    for elsewhere in (other, theirs):
        response = await elsewhere.send(token=portal.service_token)
        assert response.status_code == 401
    nowhere = await maker.caller.server.http.post(
        "/organizations/sandbox/portals/unknown",
        headers={"Authorization": f"Bearer {portal.service_token}"},
    )
    assert nowhere.status_code == 401


async def test_a_service_token_has_the_rights_of_an_administrator_in_its_organization_alone(
    maker: PortalMaker, rival: PortalMaker, admin: Administrator
) -> None:
    facts = admin.facts
    email = (await maker.caller.get("/user"))["email"]
    await admin.seed({"organizations": [{"slug": "rival", "members": [{"email": email}]}]})
    own = await maker.make(
        "query ($slug: ID!) { organization(slug: $slug) { agentTokens { count } } }", name="Own"
    )
    seen = await maker.make(VIEWER, name="Seen")

    tokens = await own.run({"slug": facts["organization_slug"]})
    elsewhere = await own.run({"slug": "rival"})
    visible = (await seen.run())["viewer"]["organizations"]["edges"]

    assert tokens["organization"]["agentTokens"]["count"] >= 1
    assert elsewhere == {"organization": None}
    assert [edge["node"]["slug"] for edge in visible] == ["sandbox"]
    assert (await rival.make()).facts["token"]


async def test_a_bad_token_wins_over_a_bad_body(maker: PortalMaker) -> None:
    portal = await maker.make()
    good = {"Authorization": f"Bearer {portal.service_token}"}

    statuses = [
        (
            await maker.caller.server.http.post(portal.path, content=body, headers=headers)
        ).status_code
        for headers in ({}, good)
        for body in (b"[", b"[]", b"1", b"null")
    ]

    assert statuses == [401] * 4 + [400] * 4


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_portals_are_posted_to(maker: PortalMaker, method: str) -> None:
    portal = await maker.make()

    response = await maker.caller.server.http.request(method, portal.path)

    assert (response.status_code, response.headers["allow"]) == (405, "POST")


async def test_only_allowed_addresses_may_use_a_portal(maker: PortalMaker) -> None:
    portal = await maker.make(allowed_ip_addresses="10.0.0.0/8", user_invokable=True)
    secret = await portal.create_secret()

    refusals = []
    for attempt in (portal.run, portal.ask_for_code):
        with pytest.raises(Refused) as refused:
            await attempt()
        refusals.append(refused.value)
    with pytest.raises(Refused) as refused:
        await portal.exchange_secret(secret["value"])
    refusals.append(refused.value)
    await maker.change(portal, allowed_ip_addresses="10.0.0.0/8 127.0.0.1/32")

    assert {each.status for each in refusals} == {403}
    assert all("IP address 127.0.0.1" in each.message for each in refusals)
    assert await portal.who()


async def test_every_use_tells_how_much_may_still_be_asked(
    maker: PortalMaker, admin: Administrator
) -> None:
    portal, other = await maker.make(), await maker.make(name="Other")

    before = await portal.send()
    await other.send()
    refused = await portal.send(token="unknown")
    after = await portal.send()
    await admin.advance(60)
    later = await portal.send()

    told = {name: value for name, value in before.headers.items() if name.startswith("ratelimit")}
    assert told == {
        "ratelimit-remaining": "199",
        "ratelimit-limit": "200",
        "ratelimit-reset": "60",
        "ratelimit-scope": "portal",
    }
    assert not any(name.startswith("ratelimit") for name in refused.headers)
    assert after.headers["ratelimit-remaining"] == "197"
    assert later.headers["ratelimit-remaining"] == "199"


async def test_nobody_is_refused_for_asking_often(maker: PortalMaker) -> None:
    portal = await maker.make()

    statuses = {(await portal.send()).status_code for _ in range(201)}

    assert statuses == {200}


async def test_with_limits_an_organization_may_use_its_portals_200_times_a_minute(
    make_server: MakeServer, clock: ManualClock
) -> None:
    server: Served = await make_server(Settings(portal_limits=True), clock)  # type: ignore[misc]
    maker = PortalMaker(Caller(server, server.facts["api_access_token"]), "sandbox")
    portal, other = await maker.make(), await maker.make(name="Other")

    statuses = [(await portal.send()).status_code for _ in range(200)]
    refused = await other.send()
    await Administrator(server).advance(60)

    assert set(statuses) == {200}
    assert (refused.status_code, list(refused.json())) == (429, ["message"])
    assert refused.headers["ratelimit-remaining"] == "0"
    assert (await other.send()).status_code == 200
