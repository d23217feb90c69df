"""The shapes of refusals inside a 200, and the words in them that clients look for."""

import re
from typing import Any

import pytest

from tests.actors import Administrator, GraphQLRefused


async def refusal(admin: Administrator, query: str, **variables: Any) -> dict[str, Any]:
    """The answer to an operation that was not run at all: one error, and nothing else."""
    answer = await admin.post({"query": query, "variables": variables})
    assert answer.status_code == 200
    assert list(answer.json()) == ["errors"]
    error: dict[str, Any] = answer.json()["errors"][0]
    return error


@pytest.mark.parametrize(
    ("query", "path", "extensions"),
    [
        (
            "query Who { viewer { nope } }",
            "query Who",
            {"code": "undefinedField", "typeName": "Viewer", "fieldName": "nope"},
        ),
        (
            "mutation Act { nope }",
            "mutation Act",
            {"code": "undefinedField", "typeName": "Mutation", "fieldName": "nope"},
        ),
        (
            "{ viewer(x: 1) { id } }",
            "query",
            {"code": "argumentNotAccepted", "argumentName": "x", "name": "Query.viewer"},
        ),
        (
            "{ node { id } }",
            "query",
            {"code": "missingRequiredArguments", "argumentName": "id"},
        ),
        ("{ viewer }", "query", {"code": "selectionMismatch", "fieldName": "viewer"}),
        (
            "{ node(id: $id) { id } }",
            "query",
            {"code": "variableNotDefined", "variableName": "id"},
        ),
    ],
)
async def test_a_wrong_document_is_refused_with_its_place_and_a_code(
    admin: Administrator, query: str, path: str, extensions: dict[str, str]
) -> None:
    error = await refusal(admin, query)

    assert error["path"] == [path]
    assert error["extensions"] == extensions
    assert error["locations"][0]["line"] == 1


@pytest.mark.parametrize("query", ["", "{", "{ viewer { id }", "nonsense", "{ viewer { id } } }"])
async def test_broken_syntax_is_refused_with_its_place(admin: Administrator, query: str) -> None:
    error = await refusal(admin, query)

    assert error["message"].startswith("Syntax Error")
    assert set(error["locations"][0]) == {"line", "column"}


async def test_a_missing_variable_is_refused_with_the_problem(admin: Administrator) -> None:
    error = await refusal(admin, "query ($id: ID!) { node(id: $id) { id } }")

    assert "$id" in error["message"]
    assert error["extensions"]["value"] is None
    assert error["extensions"]["problems"][0]["path"] == []
    assert "non-null" in error["extensions"]["problems"][0]["explanation"]


async def test_a_wrong_variable_is_refused_with_its_value_and_place(admin: Administrator) -> None:
    query = "mutation ($input: AgentStopInput!) { agentStop(input: $input) { agent { id } } }"

    error = await refusal(admin, query, input={"id": "x", "graceful": "perhaps"})

    assert error["extensions"]["value"] == {"id": "x", "graceful": "perhaps"}
    assert error["extensions"]["problems"][0]["path"] == ["graceful"]


async def test_an_unknown_input_field_is_refused(admin: Administrator) -> None:
    query = """mutation ($input: ClusterAgentTokenUpdateInput!) {
        clusterAgentTokenUpdate(input: $input) { clusterAgentToken { id } } }"""

    error = await refusal(
        admin,
        query,
        input={
            "organizationId": admin.organization_id,
            "id": "x",
            "description": "d",
            "expiresAt": "2030-01-01T00:00:00Z",
        },
    )

    assert "expiresAt" in error["message"]


async def test_a_refused_mutation_is_null_beside_its_error(admin: Administrator) -> None:
    answer = await admin.post(
        {
            "query": """mutation Make($input: ClusterCreateInput!) {
  clusterCreate(input: $input) { cluster { id } }
}""",
            "variables": {
                "input": {"organizationId": admin.organization_id, "name": "Default cluster"}
            },
        }
    )

    assert answer.status_code == 200
    assert answer.json() == {
        "data": {"clusterCreate": None},
        "errors": [
            {
                "message": "Name has already been taken",
                "locations": [{"line": 2, "column": 3}],
                "path": ["clusterCreate"],
            }
        ],
    }


@pytest.mark.parametrize(
    ("mutation", "given", "message"),
    [
        ("agentStop", {}, "No agent found"),
        ("agentPause", {}, "No agent found"),
        ("agentResume", {}, "No agent found"),
        ("agentTokenRevoke", {"reason": "r"}, "No agent token found"),
        ("clusterAgentTokenUpdate", {"description": "d"}, "No organization found"),
        ("clusterAgentTokenRevoke", {}, "No organization found"),
    ],
)
async def test_what_is_not_there_is_told_in_the_words_that_terraform_matches(
    admin: Administrator, mutation: str, given: dict[str, str], message: str
) -> None:
    if message == "No organization found":
        given = {**given, "organizationId": "garbage"}

    for node_id in ("", "garbage", "QWdlbnQtLS0wMThkYWUyZi02NjRjLTQxYjgtOWE4Ny1mMGY5ODhkZWRhM2Q="):
        with pytest.raises(GraphQLRefused) as refused:
            await admin.mutate(mutation, "clientMutationId", id=node_id, **given)

        assert refused.value.message == message
        assert re.search(r"No [\w\s]+ found", message)


@pytest.mark.parametrize("mutation", ["clusterAgentTokenUpdate", "clusterAgentTokenRevoke"])
async def test_a_token_that_is_not_there_is_told_so(admin: Administrator, mutation: str) -> None:
    given = {"description": "d"} if mutation == "clusterAgentTokenUpdate" else {}

    with pytest.raises(GraphQLRefused) as refused:
        await admin.mutate(
            mutation,
            "clientMutationId",
            organizationId=admin.organization_id,
            id="garbage",
            **given,
        )

    assert refused.value.message == "No agent token found"


@pytest.mark.parametrize("mutation", ["clusterAgentTokenCreate", "clusterQueueCreate"])
async def test_a_cluster_that_is_not_there_is_told_so(admin: Administrator, mutation: str) -> None:
    given = {"description": "d"} if mutation == "clusterAgentTokenCreate" else {"key": "k"}

    with pytest.raises(GraphQLRefused) as refused:
        await admin.mutate(
            mutation,
            "clientMutationId",
            organizationId=admin.organization_id,
            clusterId=admin.organization_id,
            **given,
        )

    assert refused.value.message == "No cluster found"


async def test_queries_for_what_is_not_there_are_null_without_an_error(
    admin: Administrator,
) -> None:
    nowhere = "00000000-0000-4000-8000-000000000000"

    answer = await admin.post(
        {
            "query": f"""{{
                a: organization(slug: "nobody") {{ id }}
                b: organization(uuid: "{nowhere}") {{ id }}
                c: agent(slug: "sandbox/{nowhere}") {{ id }}
                d: agent(slug: "sandbox") {{ id }}
                e: agentToken(slug: "sandbox/{nowhere}") {{ id }}
                f: agentToken(slug: "") {{ id }}
                g: node(id: "garbage") {{ id }}
                h: organization(slug: "sandbox") {{ cluster(id: "{nowhere}") {{ id }} }}
            }}"""
        }
    )

    data = answer.json()["data"]
    assert list(answer.json()) == ["data"]
    assert data == {**dict.fromkeys("abcdefg"), "h": {"cluster": None}}


async def test_an_organization_needs_a_slug_or_a_uuid(admin: Administrator) -> None:
    for arguments in ("", "(slug: null)", '(slug: "", uuid: "")'):
        with pytest.raises(GraphQLRefused) as refused:
            await admin.graphql(f"{{ organization{arguments} {{ id }} }}")

        assert refused.value.data == {"organization": None}
        assert refused.value.errors[0]["path"] == ["organization"]
