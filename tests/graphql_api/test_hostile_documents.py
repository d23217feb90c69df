"""Documents made to hurt: always an answer, never a 5xx, and others go on meanwhile."""

import asyncio
import json

import httpx
import pytest

from tests.actors import Administrator, Agent, Visitor
from tests.server import Served


def spread(levels: int, cluster_uuid: str) -> str:
    """Fragments that spread the next one twice: 2 to the power of `levels` fields."""
    return 'query { organization(slug: "sandbox") { ...F0 } } ' + " ".join(
        [
            f"""fragment F{level} on Organization {{
                a: cluster(id: "{cluster_uuid}") {{ organization {{ ...F{level + 1} }} }}
                b: cluster(id: "{cluster_uuid}") {{ organization {{ ...F{level + 1} }} }} }}"""
            for level in range(levels)
        ]
        + [f"fragment F{levels} on Organization {{ id }}"]
    )


def nested(levels: int) -> str:
    """Valid fields inside each other, four for each level."""
    opening = "clusters { edges { node { organization { "
    return f'{{ organization(slug: "sandbox") {{ {opening * levels} id {"}}}}" * levels} }} }}'


def fragments_in_a_row(length: int) -> str:
    return "{ viewer { user { ...F0 } } } " + " ".join(
        [f"fragment F{each} on User {{ id ...F{each + 1} }}" for each in range(length)]
        + [f"fragment F{length} on User {{ id }}"]
    )


def overlapping(times: int) -> str:
    """One field over and over, each to be compared with each."""
    return "{ " + "viewer { user { id } } " * times + "}"


HOSTILE = {
    "the same field over and over": overlapping(440),
    "the same leaf over and over": "{ viewer { " + "id " * 4_000 + "} }",
    "the same alias for different fields": "{ viewer { user { "
    + " ".join(f"a: {field}" for field in ["id", "name", "email", "uuid"] * 400)
    + " } }",
    "many spreads of many fragments": "{ viewer { user { "
    + " ".join(f"...F{each}" for each in range(300))
    + " } } } "
    + " ".join(f"fragment F{each} on User {{ a: id b: name }}" for each in range(300)),
    "fields nested as deep as the parser goes": nested(49),
    "fields nested deeper": nested(300),
    "unknown fields nested": "{ a " * 2_000 + "}" * 2_000,
    "lists nested": "{ node(id: " + "[" * 2_000 + "]" * 2_000 + ") { id } }",
    "objects nested": "{ node(id: " + "{a: " * 1_000 + "1" + "}" * 1_000 + ") { id } }",
    "types nested": "query ($a: " + "[" * 2_000 + "ID" + "]" * 2_000 + ") { viewer { id } }",
    "fragments in a row": fragments_in_a_row(400),
    "inline fragments nested": "{ viewer { " + "... { " * 1_000 + "id" + " }" * 1_000 + " } }",
    "a fragment that spreads itself": "{ viewer { user { ...A } } } fragment A on User { ...A }",
    "two fragments that spread each other": "{ viewer { user { ...A } } }"
    " fragment A on User { id ...B } fragment B on User { id ...A }",
    "a number of many digits": '{ organization(slug: "sandbox") { agents(first: '
    + "9" * 5_000
    + ") { count } } }",
    "a fraction of many digits": '{ organization(slug: "sandbox") { agents(first: 1.'
    + "9" * 5_000
    + "e99999) { count } } }",
    "many tokens": "{ " + "a " * 100_000 + "}",
    "many operations": " ".join(f"query Q{each} {{ viewer {{ id }} }}" for each in range(700)),
    "many variables": "query ("
    + " ".join(f"$v{each}: ID" for each in range(1_000))
    + ") { viewer { id } }",
    "many directives": "{ viewer { id " + "@include(if: true) " * 800 + "} }",
    "many unknown fields": "{ " + " ".join(f"a{each}" for each in range(4_000)) + " }",
    "a subscription": "subscription { id }",
    "a name of a megabyte": "{ " + "a" * 900_000 + " }",
    "a comment of a megabyte": "{ viewer { id } } #" + "a" * 900_000,
    "an unfinished string": '{ node(id: "' + "a" * 900_000 + ") { id } }",
    "control characters": "{ viewer { id\x00\x01\x02 } }",
    "type definitions": "type Query { id: ID } scalar X directive @x on FIELD",
    "introspection of introspection": "{ __schema { types { fields { type { fields { type { fields"
    " { type { fields { type { fields { name } } } } } } } } } } }",
    "unknown directives": "{ viewer @nope { id @defer @stream } }",
    "braces only": "{" * 10_000,
}


async def ask(admin: Administrator, query: str, **extra: object) -> httpx.Response:
    return await admin.post({"query": query, **extra})


@pytest.mark.parametrize("query", HOSTILE.values(), ids=HOSTILE)
async def test_each_is_answered_in_the_usual_form(admin: Administrator, query: str) -> None:
    answer = await ask(admin, query)

    assert answer.status_code == 200
    assert set(answer.json()) <= {"data", "errors"}
    assert len(answer.content) < 100_000 + 3 * len(query)
    assert "Traceback" not in answer.text
    assert (await ask(admin, "{ viewer { __typename } }")).json() == {
        "data": {"viewer": {"__typename": "Viewer"}}
    }


async def test_fragments_that_double_at_each_level_are_stopped(
    server: Served, admin: Administrator
) -> None:
    few = await ask(admin, spread(4, server.facts["cluster_id"]))
    many = await ask(admin, spread(20, server.facts["cluster_id"]))
    endless = await ask(admin, spread(60, server.facts["cluster_id"]))

    assert "errors" not in few.json()
    assert "steps" in many.json()["errors"][0]["message"]
    assert "nested too deeply" in endless.json()["errors"][0]["message"]


@pytest.mark.slow
async def test_a_mutation_that_is_stopped_did_nothing(server: Served, admin: Administrator) -> None:
    create = f"""mutation {{ clusterCreate(input: {{
        organizationId: "{admin.organization_id}", name: "New"
    }}) {{ cluster {{ organization {{ ...F0 }} }} }} }}"""
    _, _, fragments = spread(20, server.facts["cluster_id"]).partition("{ ...F0 } } ")
    query = create + fragments

    answer = await ask(admin, query)

    assert "steps" in answer.json()["errors"][0]["message"]
    data = await admin.graphql('{ organization(slug: "sandbox") { clusters { count } } }')
    assert data["organization"]["clusters"]["count"] == 1


async def test_lists_in_lists_are_stopped(server: Served, admin: Administrator) -> None:
    for number in range(60):
        await Agent(server).register(str(number))
    query = """{ organization(slug: "sandbox") { agents { edges { node { organization {
        agents { edges { node { organization { agents { edges { node { name } } } } } } } } } } } }
    }"""

    answer = await ask(admin, query)

    assert answer.status_code == 200
    assert "steps" in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    "variables",
    [
        '{"id": ' + "[" * 2_000 + "]" * 2_000 + "}",
        '{"id": ' + '{"a":' * 2_000 + "1" + "}" * 2_000 + "}",
        '{"id": ' + "9" * 5_000 + "}",
        '{"id": 1e400}',
        '{"id": NaN}',
        '{"id": "\\ud800"}',
        '{"id": true}',
        '{"id": {"id": "x"}}',
    ],
)
async def test_hostile_variables_are_refused(
    admin: Administrator, visitor: Visitor, variables: str
) -> None:
    query = "query ($id: ID!) { node(id: $id) { id } }"
    headers = {"Authorization": f"Bearer {admin.api_access_token}"}

    inside = await visitor.send(
        "POST",
        "/v1",
        content=f'{{"query": {json.dumps(query)}, "variables": {variables}}}',
        headers=headers,
    )
    as_string = await ask(admin, query, variables=variables)

    for answer in (inside, as_string):
        assert answer.status_code in {200, 400}
        assert answer.json()["errors"][0]["message"]


async def test_control_characters_and_odd_unicode_in_values_come_back_as_they_went(
    admin: Administrator,
) -> None:
    for description in (
        "\x00",
        "\x7f\x1b[31m",
        "\u202e\u2066",
        "😀" * 1000,
        "'; drop table agents; --",
    ):
        token = await admin.create_unclustered_agent_token(description)

        data = await admin.graphql(
            "query ($id: ID!) { node(id: $id) { ... on AgentToken { description } } }",
            id=token["id"],
        )
        assert data["node"]["description"] == description


@pytest.mark.slow
async def test_others_go_on_while_documents_are_validated(socket_server: Served) -> None:
    admin, agent = Administrator(socket_server), await Agent(socket_server).start()
    hostile = [asyncio.create_task(ask(admin, overlapping(fields))) for fields in range(250, 253)]
    await asyncio.sleep(0)  # they are sent first

    await agent.ping()

    assert not any(task.done() for task in hostile[1:])
    answers = await asyncio.gather(*hostile)
    assert {answer.status_code for answer in answers} == {200}
