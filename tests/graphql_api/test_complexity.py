"""What queries cost, how callers are told, and the limits where they are enforced."""

from typing import Any

import httpx
import pytest
from graphql import get_introspection_query

from mock_buildkite.settings import Settings
from tests.actors import Administrator, Agent, Member

STATS = {"Buildkite-Include-Query-Stats": "true"}
HEADERS = {
    "RateLimit-Remaining",
    "RateLimit-Limit",
    "RateLimit-Reset",
    "RateLimit-User-Remaining",
    "RateLimit-User-Limit",
    "RateLimit-User-Reset",
    "RateLimit-Complexity-Requested",
    "RateLimit-Complexity-Actual",
}
FIVE_HUNDRED = (
    '{ organization(slug: "sandbox") { clusters(first: 500) { edges { node { name } } } } }'
)
QUARTER_MILLION = """{ organization(slug: "sandbox") { clusters(first: 500) { edges { node {
    queues(first: 500) { edges { node { key } } } } } } } }"""

A_THOUSAND = (
    f"{{ {' '.join(f'a{number}: viewer {{ user {{ name }} }}' for number in range(500))} }}"
)


async def ask(
    member: Member, query: str, headers: dict[str, str] | None = None, **variables: Any
) -> httpx.Response:
    return await member.server.http.post(
        "/v1",
        json={"query": query, "variables": variables},
        headers={"Authorization": f"Bearer {member.api_access_token}", **(headers or {})},
    )


def costs(answer: httpx.Response) -> tuple[int, int]:
    """Requested and actual complexity."""
    headers = answer.headers
    return (
        int(headers["RateLimit-Complexity-Requested"]),
        int(headers["RateLimit-Complexity-Actual"]),
    )


@pytest.mark.parametrize(
    ("query", "requested"),
    [
        ("{ __typename }", 0),
        ("{ viewer { id } }", 1),
        ("{ viewer { user { name email } } }", 2),
        (FIVE_HUNDRED, 503),
        (FIVE_HUNDRED.replace("(first: 500)", ""), 503),
        (FIVE_HUNDRED.replace("(first: 500)", "(last: 500)"), 503),
        (FIVE_HUNDRED.replace("500", "10"), 13),
        (FIVE_HUNDRED.replace("500", "100000"), 503),
        (FIVE_HUNDRED.replace("500", "0"), 3),
        (QUARTER_MILLION, 251_503),
        (QUARTER_MILLION.replace("key", "cluster { id }"), 501_503),
        (QUARTER_MILLION.replace("edges { node { key } }", "count"), 1_003),
        (
            """{ organization(slug: "sandbox") { clusters(first: 500) { edges { node {
                queues(first: 500) { edges { cursor } } } } } } }""",
            503 + 500 + 500,
        ),
        ('{ organization(slug: "sandbox") { clusters(first: 5) { pageInfo { endCursor } } } }', 3),
    ],
)
async def test_a_page_costs_as_often_as_it_is_long(
    admin: Administrator, query: str, requested: int
) -> None:
    answer = await ask(admin, query)

    assert costs(answer)[0] == requested


async def test_variables_fragments_and_aliases_count_as_if_written_out(
    admin: Administrator,
) -> None:
    query = """query ($size: Int) { organization(slug: "sandbox") {
        ...Some ... { b: clusters(first: $size) { edges { ...Named } } } } }
        fragment Some on Organization { a: clusters(first: $size) { edges { ...Named } } }
        fragment Named on ClusterEdge { node { name } }"""

    answer = await ask(admin, query, size=7)
    without = await ask(admin, query)

    assert costs(answer)[0] == 1 + 2 * (1 + 1 + 7)
    assert costs(without)[0] == 1 + 2 * (1 + 1 + 500)


async def test_the_actual_cost_counts_what_was_there(admin: Administrator) -> None:
    for name in ("a", "b"):
        await admin.mutate(
            "clusterCreate", "clientMutationId", organizationId=admin.organization_id, name=name
        )

    answer = await ask(admin, FIVE_HUNDRED)
    missing = await ask(admin, '{ organization(slug: "nobody") { clusters { count } } }')

    assert costs(answer) == (503, 1 + 1 + 1 + 3)
    assert costs(missing) == (2, 0)


async def test_lists_of_texts_cost_nothing(admin: Administrator, agent: Agent) -> None:
    await agent.register(meta_data=["a=1", "b=2"])

    answer = await ask(
        admin,
        '{ organization(slug: "sandbox") { agents(first: 1) { edges { node { metaData } } } } }',
    )

    assert costs(answer) == (4, 4)


@pytest.mark.parametrize(
    "query", ["{ viewer { id } }", "{ nope }", "{", "query ($id: ID!) { node(id: $id) { id } }"]
)
async def test_every_answer_tells_what_is_left(admin: Administrator, query: str) -> None:
    answer = await ask(admin, query)

    assert all(name in answer.headers for name in HEADERS)
    assert answer.headers["RateLimit-Limit"] == "20000"
    assert answer.headers["RateLimit-User-Limit"] == "5000"
    assert answer.headers["RateLimit-Reset"] == "300"


async def test_what_is_left_shrinks_by_actual_costs_and_comes_back(admin: Administrator) -> None:
    def left(answer: httpx.Response) -> tuple[int, int, int]:
        names = ("RateLimit-Remaining", "RateLimit-User-Remaining", "RateLimit-Reset")
        remaining, of_user, reset = (int(answer.headers[name]) for name in names)
        return remaining, of_user, reset

    first = left(await ask(admin, "{ viewer { user { name } } }"))
    await admin.advance(100)
    second = left(await ask(admin, "{ viewer { user { name } } }"))
    await admin.advance(200)
    renewed = left(await ask(admin, "{ viewer { user { name } } }"))

    assert first == (19_998, 4_998, 300)
    assert second == (19_996, 4_996, 200)
    assert renewed == (19_998, 4_998, 300)


async def test_statistics_are_in_the_body_for_those_who_ask(admin: Administrator) -> None:
    asked = await ask(admin, FIVE_HUNDRED, STATS)
    upper = await ask(admin, FIVE_HUNDRED, {"Buildkite-Include-Query-Stats": "True"})
    declined = await ask(admin, FIVE_HUNDRED, {"Buildkite-Include-Query-Stats": "false"})
    silent = await ask(admin, FIVE_HUNDRED)

    stats = {"requestedComplexity": 503, "actualComplexity": 4}
    assert asked.json()["stats"] == stats
    assert upper.json()["stats"] == stats
    assert list(declined.json()) == list(silent.json()) == ["data"]


async def test_without_limits_nothing_is_refused_for_its_cost(admin: Administrator) -> None:
    answer = await ask(admin, QUARTER_MILLION)

    assert "errors" not in answer.json()


class TestWithLimits:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(graphql_limits=True)

    async def test_a_query_over_fifty_thousand_is_not_run(self, admin: Administrator) -> None:
        answer = await ask(admin, QUARTER_MILLION)

        assert answer.status_code == 200
        assert answer.json() == {
            "errors": [
                {"message": "Query has complexity of 251503, which exceeds max complexity of 50000"}
            ]
        }
        assert costs(answer) == (251_503, 0)

    async def test_fifty_thousand_is_the_most(self, admin: Administrator) -> None:
        query = """query ($n: Int) { organization(slug: "sandbox") { clusters(first: 100) {
            edges { node { queues(first: $n) { edges { node { key } } } } } } } }"""

        answers = {n: await ask(admin, query, n=n) for n in (495, 496)}

        # 1 + 1 + 1 + 100 nodes, each with a list, its edges and n queues.
        assert {n: costs(each)[0] for n, each in answers.items()} == {495: 49_803, 496: 49_903}
        assert all("errors" not in each.json() for each in answers.values())
        over = await ask(admin, query, n=498)
        assert over.json()["errors"][0]["message"].startswith("Query has complexity of 50103")

    async def test_a_refused_mutation_does_nothing(self, admin: Administrator) -> None:
        mutation = """mutation ($id: ID!) { clusterCreate(input: {organizationId: $id, name: "x"}) {
            cluster { organization { clusters { edges { node { queues { edges { node { key } } } }
            } } } } } }"""

        refused = await ask(admin, mutation, id=admin.organization_id)

        assert "exceeds max complexity" in refused.json()["errors"][0]["message"]
        data = await admin.graphql('{ organization(slug: "sandbox") { clusters { count } } }')
        assert data["organization"]["clusters"]["count"] == 1

    async def test_fifteen_fields_deep_is_the_most(self, admin: Administrator) -> None:
        cluster = f'cluster(id: "{admin.facts["cluster_id"]}")'

        def nested(depth: int) -> str:
            below = [cluster if level % 2 else "organization" for level in range(1, depth - 1)]
            text = "id"
            for field in reversed(below):
                text = f"{field} {{ {text} }}"
            return f'{{ organization(slug: "sandbox") {{ {text} }} }}'

        fifteen = await ask(admin, nested(15))
        sixteen = await ask(admin, nested(16))

        assert "errors" not in fifteen.json()
        assert sixteen.status_code == 200
        assert sixteen.json() == {
            "errors": [{"message": "Query has depth of 16, which exceeds max depth of 15"}]
        }

    async def test_introspection_passes(self, admin: Administrator) -> None:
        answer = await ask(admin, get_introspection_query())

        assert "errors" not in answer.json()

    async def test_a_user_who_spent_everything_waits(self, admin: Administrator) -> None:
        await ask(admin, "{ viewer { id } }")
        for _ in range(5):
            assert costs(await ask(admin, A_THOUSAND)) == (1000, 1000)
        await admin.advance(113)

        answer = await ask(admin, "{ viewer { id } }")

        assert answer.status_code == 429
        assert answer.json() == {
            "errors": [
                {
                    "message": "You have exceeded your per-user limit of 5000 complexity points."
                    " Please try again in 187 seconds."
                }
            ]
        }
        assert answer.headers["RateLimit-User-Remaining"] == "-1"
        await admin.advance(187)
        assert (await ask(admin, "{ viewer { id } }")).status_code == 200

    async def test_an_organization_that_spent_everything_waits(self, admin: Administrator) -> None:
        planted = await admin.seed(
            {
                "users": [
                    {
                        "email": f"user-{number}@sandbox.example",
                        "api_access_tokens": [{"description": "x"}],
                    }
                    for number in range(5)
                ],
                "organizations": [
                    {
                        "slug": "sandbox",
                        "members": [{"email": f"user-{n}@sandbox.example"} for n in range(5)],
                    }
                ],
            }
        )
        members = [
            Member(admin.server, user["api_access_tokens"][0]["value"]) for user in planted["users"]
        ]
        for member in members[:4]:
            for _ in range(5):
                await ask(member, A_THOUSAND)

        answer = await ask(members[4], "{ viewer { id } }")

        assert answer.status_code == 429
        assert answer.json()["errors"][0]["message"] == (
            "Your organization has exceeded the limit of 20000 complexity points."
            " Please try again in 300 seconds."
        )
        assert answer.headers["RateLimit-User-Remaining"] == "5000"
