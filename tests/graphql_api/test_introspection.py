"""Introspection: how clients fetch the schema, and what they find in it."""

from graphql import build_client_schema, get_introspection_query, parse, validate

from tests.actors import Administrator, Visitor
from tests.graphql_api.conftest import Company
from tests.graphql_api.selections import types

CLUSTER = """query Cluster($slug: ID!, $id: ID!) { organization(slug: $slug) {
    cluster(id: $id) { id name agentTokens(first: 50) { edges { node { id uuid } } } } } }"""


async def test_a_client_can_build_the_schema_from_it(company: Company) -> None:
    introspection = await company.member.graphql(
        get_introspection_query(input_value_deprecation=True, specified_by_url=True)
    )

    schema = build_client_schema(introspection)

    assert validate(schema, parse(CLUSTER)) == []
    assert schema.subscription_type is None
    assert schema.description is None


async def test_it_needs_an_api_access_token(visitor: Visitor) -> None:
    answer = await visitor.send("POST", "/v1", json={"query": get_introspection_query()})

    assert answer.status_code == 401


async def test_what_is_served_is_in_it(admin: Administrator) -> None:
    found = await types(admin)

    queries = {field["name"] for field in found["Query"]["fields"]}
    mutations = {field["name"] for field in found["Mutation"]["fields"]}
    assert {"viewer", "organization", "agent", "agentToken", "node"} <= queries
    assert {
        "agentTokenCreate",
        "agentTokenRevoke",
        "clusterAgentTokenCreate",
        "clusterAgentTokenUpdate",
        "clusterAgentTokenRevoke",
        "clusterCreate",
        "clusterQueueCreate",
        "agentStop",
        "agentPause",
        "agentResume",
    } <= mutations


async def test_deprecated_fields_say_so(admin: Administrator) -> None:
    data = await admin.graphql(
        """{ AgentToken: __type(name: "AgentToken") { ...Fields }
             ClusterToken: __type(name: "ClusterToken") { ...Fields }
             Agent: __type(name: "Agent") { ...Fields } }
           fragment Fields on __Type {
             all: fields(includeDeprecated: true) { name isDeprecated deprecationReason }
             current: fields { name } }"""
    )

    deprecated = {
        name: {field["name"] for field in each["all"] if field["isDeprecated"]}
        for name, each in data.items()
    }
    assert deprecated == {
        "AgentToken": {"token"},
        "ClusterToken": {"token"},
        "Agent": {"pingedAt", "stoppedAt", "stoppedBy"},
    }
    for name, each in data.items():
        assert not deprecated[name] & {field["name"] for field in each["current"]}


async def test_every_type_and_its_fields_can_be_described(admin: Administrator) -> None:
    data = await admin.graphql("{ __schema { types { name description kind } } }")

    silent = {
        each["name"]
        for each in data["__schema"]["types"]
        if not each["description"] and not each["name"].startswith("__")
    }
    assert silent == set()
