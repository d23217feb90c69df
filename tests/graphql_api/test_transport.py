"""How a request gets in: paths, methods, bodies, variables, operations."""

import json

import pytest

from tests.actors import Administrator, GraphQLRefused, Visitor

NAME = "query Name($slug: ID!) { organization(slug: $slug) { name } }"
VIEWER = "query Viewer { viewer { user { name } } }"
TWO = f'{VIEWER} query Slug {{ organization(slug: "sandbox") {{ slug }} }}'


@pytest.mark.parametrize("path", ["/v1", "/graphql"])
async def test_both_paths_serve_the_same(admin: Administrator, path: str) -> None:
    answer = await admin.post({"query": VIEWER}, path)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {"data": {"viewer": {"user": {"name": "Sandbox Admin"}}}}


@pytest.mark.parametrize("variables", [{}, None, "", "{}", "{ }", "null", "  "])
async def test_no_variables_can_be_said_in_many_ways(
    admin: Administrator, variables: object
) -> None:
    answer = await admin.post({"query": VIEWER, "variables": variables})

    assert answer.json() == {"data": {"viewer": {"user": {"name": "Sandbox Admin"}}}}


async def test_variables_may_be_a_string_that_holds_json(admin: Administrator) -> None:
    answer = await admin.post({"query": NAME, "variables": '{"slug": "sandbox"}'})

    assert answer.json() == {"data": {"organization": {"name": "Sandbox"}}}


@pytest.mark.parametrize("variables", ["[1]", "{", "5", [1], 5, True])
async def test_variables_that_are_no_object_are_a_bad_request(
    admin: Administrator, variables: object
) -> None:
    answer = await admin.post({"query": VIEWER, "variables": variables})

    assert answer.status_code == 400
    assert list(answer.json()) == ["errors"]


async def test_variables_and_fields_that_nobody_asked_for_are_accepted(
    admin: Administrator,
) -> None:
    body = {"query": VIEWER, "variables": {"surplus": 1}, "extensions": {"x": 1}, "id": 5}

    answer = await admin.post(body)

    assert "errors" not in answer.json()


@pytest.mark.parametrize("name", [None, "", "Viewer"])
async def test_the_name_of_a_single_operation_may_be_left_out(
    admin: Administrator, name: str | None
) -> None:
    answer = await admin.post({"query": VIEWER, "operationName": name})

    assert answer.json() == {"data": {"viewer": {"user": {"name": "Sandbox Admin"}}}}


async def test_a_name_chooses_among_several_operations(admin: Administrator) -> None:
    answer = await admin.post({"query": TWO, "operationName": "Slug"})

    assert answer.json() == {"data": {"organization": {"slug": "sandbox"}}}


@pytest.mark.parametrize("name", [None, "", "Neither"])
async def test_several_operations_without_the_name_of_one_are_a_graphql_error(
    admin: Administrator, name: str | None
) -> None:
    answer = await admin.post({"query": TWO, "operationName": name})

    assert answer.status_code == 200
    assert list(answer.json()) == ["errors"]
    assert "peration" in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize("path", ["/v1", "/graphql"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_every_other_method_is_refused(visitor: Visitor, method: str, path: str) -> None:
    answer = await visitor.send(method, path)

    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert answer.json()["errors"][0]["message"] == f"Method {method} is not allowed here"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        '[{"query": "{ viewer { id } }"}]',
        "5",
        '"query"',
        "{",
        "query { viewer { id } }",
        "{}",
        '{"query": null}',
        '{"query": 5}',
        '{"query": ["{ viewer { id } }"]}',
        '{"query": "{ viewer { id } }", "operationName": 5}',
        '{"query": "\\ud800"}',
        b'{"query": "\xff"}',
        "[" * 100_000,
    ],
)
async def test_a_body_that_is_no_request_is_a_bad_request(
    admin: Administrator, visitor: Visitor, body: str | bytes
) -> None:
    answer = await visitor.send(
        "POST",
        "/v1",
        content=body,
        headers={"Authorization": f"Bearer {admin.api_access_token}"},
    )

    assert answer.status_code == 400
    assert list(answer.json()) == ["errors"]
    assert list(answer.json()["errors"][0]) == ["message"]


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "text/plain", "", "nonsense"]
)
async def test_any_content_type_is_read_as_json(
    admin: Administrator, visitor: Visitor, content_type: str
) -> None:
    answer = await visitor.send(
        "POST",
        "/v1",
        content=json.dumps({"query": VIEWER}),
        headers={
            "Authorization": f"Bearer {admin.api_access_token}",
            "Content-Type": content_type,
        },
    )

    assert answer.json() == {"data": {"viewer": {"user": {"name": "Sandbox Admin"}}}}


async def test_a_body_over_a_mebibyte_is_refused(admin: Administrator) -> None:
    answer = await admin.post({"query": VIEWER, "variables": {"long": "x" * 1024 * 1024}})

    assert answer.status_code == 413
    assert list(answer.json()) == ["errors"]


async def test_an_unnamed_operation_gets_only_the_keys_it_asked_for(admin: Administrator) -> None:
    answer = await admin.post({"query": '{ organization(slug: "sandbox") { name } }'})

    assert answer.json() == {"data": {"organization": {"name": "Sandbox"}}}


async def test_directives_leave_out_what_they_say(admin: Administrator) -> None:
    query = """query ($no: Boolean!) { viewer {
        ... @include(if: $no) { id }
        user { name email @skip(if: true) uuid @include(if: $no) }
    } }"""

    data = await admin.graphql(query, no=False)

    assert data == {"viewer": {"user": {"name": "Sandbox Admin"}}}


async def test_root_mutations_stand_each_alone(admin: Administrator) -> None:
    def create(alias: str, name: str) -> str:
        given = f'{{organizationId: "{admin.organization_id}", name: "{name}"}}'
        return f"{alias}: clusterCreate(input: {given}) {{ cluster {{ name }} }} "

    mutation = "mutation { " + create("a", "one") + create("b", "one") + create("c", "two") + "}"

    with pytest.raises(GraphQLRefused) as refused:
        await admin.graphql(mutation)

    assert refused.value.status == 200
    assert refused.value.data == {
        "a": {"cluster": {"name": "one"}},
        "b": None,
        "c": {"cluster": {"name": "two"}},
    }
    assert [error["path"] for error in refused.value.errors] == [["b"]]
    data = await admin.graphql(
        '{ organization(slug: "sandbox") { clusters { edges { node { name } } } } }'
    )
    names = [edge["node"]["name"] for edge in data["organization"]["clusters"]["edges"]]
    assert names == ["Default cluster", "one", "two"]


async def test_a_later_root_mutation_sees_what_an_earlier_one_did(admin: Administrator) -> None:
    token = await admin.create_unclustered_agent_token()
    mutation = """mutation ($id: ID!) {
        first: agentTokenRevoke(input: {id: $id, reason: "one"}) { agentToken { revokedReason } }
        second: agentTokenRevoke(input: {id: $id, reason: "two"}) { agentToken { revokedReason } }
    }"""

    with pytest.raises(GraphQLRefused) as refused:
        await admin.graphql(mutation, id=token["id"])

    assert refused.value.data == {"first": {"agentToken": {"revokedReason": "one"}}, "second": None}
