"""Lists page by page: sizes, cursors, counts, and whether there is more."""

from typing import Any

import pytest

from tests.actors import Administrator, GraphQLRefused

KEYS = ["a", "b", "c", "d", "default"]
LAST = "edges { node { key } } pageInfo { hasPreviousPage hasNextPage startCursor endCursor }"


@pytest.fixture
async def cluster_id(admin: Administrator) -> str:
    """A cluster whose queues are the KEYS, made in the order d, c, b, a."""
    cluster_id = await admin.cluster_id()
    for key in ("d", "c", "b", "a"):
        await admin.advance(1)
        await admin.mutate(
            "clusterQueueCreate",
            "clusterQueue { id }",
            organizationId=admin.organization_id,
            clusterId=cluster_id,
            key=key,
        )
    return cluster_id


async def page(admin: Administrator, cluster_id: str, arguments: str = "") -> Any:
    """A page of the cluster's queues."""
    query = f"""query ($id: ID!) {{ node(id: $id) {{ ... on Cluster {{
        queues{arguments} {{ count edges {{ cursor node {{ key }} }}
            pageInfo {{ hasPreviousPage hasNextPage startCursor endCursor }} }} }} }} }}"""
    return (await admin.graphql(query, id=cluster_id))["node"]["queues"]


def keys(connection: Any) -> list[str]:
    return [edge["node"]["key"] for edge in connection["edges"]]


def more(connection: Any) -> tuple[bool, bool]:
    """Whether there is more before, and after."""
    info = connection["pageInfo"]
    return info["hasPreviousPage"], info["hasNextPage"]


@pytest.mark.parametrize(
    ("arguments", "expected", "has_more"),
    [
        ("", KEYS, (False, False)),
        ("(first: 2)", ["a", "b"], (False, True)),
        ("(last: 2)", ["d", "default"], (True, False)),
        ("(first: 5)", KEYS, (False, False)),
        ("(first: 500)", KEYS, (False, False)),
        ("(first: 501)", KEYS, (False, False)),
        ("(first: 2147483647)", KEYS, (False, False)),
        ("(last: 9999)", KEYS, (False, False)),
        ("(first: 0)", [], (False, True)),
        ("(first: 4, last: 2)", ["c", "d"], (True, True)),
        ("(first: null, last: null)", KEYS, (False, False)),
        ('(first: 2, after: "", before: "")', ["a", "b"], (False, True)),
    ],
)
async def test_a_page_is_as_long_as_asked_and_the_count_is_of_all(
    admin: Administrator,
    cluster_id: str,
    arguments: str,
    expected: list[str],
    has_more: tuple[bool, bool],
) -> None:
    connection = await page(admin, cluster_id, arguments)

    assert keys(connection) == expected
    assert connection["count"] == 5
    assert more(connection) == has_more


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6])
async def test_following_the_end_cursor_shows_everything_once(
    admin: Administrator, cluster_id: str, size: int
) -> None:
    seen: list[str] = []
    after = ""
    while True:
        connection = await page(admin, cluster_id, f'(first: {size}, after: "{after}")')
        seen += keys(connection)
        assert connection["count"] == 5
        if not connection["pageInfo"]["hasNextPage"]:
            break
        after = connection["pageInfo"]["endCursor"]

    assert seen == KEYS


@pytest.mark.parametrize("size", [1, 2, 3, 6])
async def test_following_the_start_cursor_goes_back(
    admin: Administrator, cluster_id: str, size: int
) -> None:
    seen: list[str] = []
    before = ""
    while True:
        connection = await page(admin, cluster_id, f'(last: {size}, before: "{before}")')
        seen = keys(connection) + seen
        if not connection["pageInfo"]["hasPreviousPage"]:
            break
        before = connection["pageInfo"]["startCursor"]

    assert seen == KEYS


async def test_the_cursors_of_a_page_are_those_of_its_ends(
    admin: Administrator, cluster_id: str
) -> None:
    connection = await page(admin, cluster_id, "(first: 3)")

    cursors = [edge["cursor"] for edge in connection["edges"]]
    assert len(set(cursors)) == 3
    assert connection["pageInfo"]["startCursor"] == cursors[0]
    assert connection["pageInfo"]["endCursor"] == cursors[2]


async def test_between_two_cursors_is_what_lies_there(
    admin: Administrator, cluster_id: str
) -> None:
    a, _, _, d, _ = (edge["cursor"] for edge in (await page(admin, cluster_id))["edges"])

    between = await page(admin, cluster_id, f'(after: "{a}", before: "{d}")')
    crossed = await page(admin, cluster_id, f'(after: "{d}", before: "{a}")')

    assert keys(between) == ["b", "c"]
    assert more(between) == (True, True)
    assert keys(crossed) == []


async def test_an_empty_page_has_no_cursors(admin: Administrator, cluster_id: str) -> None:
    connection = await page(admin, cluster_id, "(first: 0)")

    assert connection["pageInfo"]["startCursor"] is None
    assert connection["pageInfo"]["endCursor"] is None


@pytest.mark.parametrize("arguments", ["(first: -1)", "(last: -1)", "(first: -2147483648)"])
async def test_a_negative_size_is_refused(
    admin: Administrator, cluster_id: str, arguments: str
) -> None:
    with pytest.raises(GraphQLRefused) as refused:
        await page(admin, cluster_id, arguments)

    assert "must not be negative" in refused.value.message
    assert refused.value.data == {"node": {"queues": None}}


@pytest.mark.parametrize("text", ["garbage!", "Z", "===", "é", "/////w==", "x" * 10_000])
async def test_what_is_no_cursor_is_refused(
    admin: Administrator, cluster_id: str, text: str
) -> None:
    for argument in ("after", "before"):
        with pytest.raises(GraphQLRefused) as refused:
            await page(admin, cluster_id, f'({argument}: "{text}")')

        assert "is not a cursor" in refused.value.message


async def test_the_cursor_of_something_gone_gives_an_empty_page(admin: Administrator) -> None:
    query = """query ($after: String) { organization(slug: "sandbox") {
        clusters(after: $after) { count edges { cursor } pageInfo { hasNextPage } } } }"""
    gone = (await page(admin, await admin.cluster_id()))["edges"][0]["cursor"]

    data = await admin.graphql(query, after=gone)

    assert data["organization"]["clusters"] == {
        "count": 1,
        "edges": [],
        "pageInfo": {"hasNextPage": False},
    }


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("KEY", [*KEYS, "zulu"]),
        ("null", [*KEYS, "zulu"]),
        ("RECENTLY_CREATED", ["zulu", "a", "b", "c", "d", "default"]),
    ],
)
async def test_queues_are_sorted_by_key_or_newest_first(
    admin: Administrator, cluster_id: str, order: str, expected: list[str]
) -> None:
    await admin.advance(1)
    await admin.mutate(
        "clusterQueueCreate",
        "clusterQueue { id }",
        organizationId=admin.organization_id,
        clusterId=cluster_id,
        key="zulu",
    )

    connection = await page(admin, cluster_id, f"(order: {order})")

    assert keys(connection) == expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("", ["Alpha", "Default cluster", "Zulu"]),
        ("(order: NAME)", ["Alpha", "Default cluster", "Zulu"]),
        ("(order: RECENTLY_CREATED)", ["Alpha", "Zulu", "Default cluster"]),
        ("(order: RECENTLY_CREATED, first: 1)", ["Alpha"]),
        ("(order: NAME, last: 1)", ["Zulu"]),
    ],
)
async def test_clusters_are_sorted_by_name_or_newest_first(
    admin: Administrator, arguments: str, expected: list[str]
) -> None:
    for name in ("Zulu", "Alpha"):
        await admin.advance(1)
        await admin.mutate(
            "clusterCreate",
            "cluster { id }",
            organizationId=admin.organization_id,
            name=name,
        )

    data = await admin.graphql(
        f'{{ organization(slug: "sandbox") {{ clusters{arguments} {{ edges {{ node {{ name }} }} }} }} }}'  # noqa: E501
    )

    edges = data["organization"]["clusters"]["edges"]
    assert [edge["node"]["name"] for edge in edges] == expected


async def test_lists_without_cursors_tell_honestly_whether_there_is_more(
    admin: Administrator,
) -> None:
    for number in range(3):
        await admin.advance(1)
        await admin.create_unclustered_agent_token(str(number))
        await admin.create_agent_token(str(number))
    selection = "count edges { node { description } } pageInfo { hasNextPage hasPreviousPage }"

    data = await admin.graphql(
        f"""query ($id: ID!) {{ organization(slug: "sandbox") {{
            head: agentTokens(first: 2) {{ {selection} }}
            tail: agentTokens(last: 1) {{ {selection} }}
            cluster(id: $id) {{
                head: agentTokens(first: 2) {{ {selection} }}
                tail: agentTokens(last: 1) {{ {selection} }}
            }} }} }}""",
        id=admin.facts["cluster_id"],
    )

    def told(connection: Any) -> tuple[int, list[str], tuple[bool, bool]]:
        info = connection["pageInfo"]
        descriptions = [edge["node"]["description"] for edge in connection["edges"]]
        return connection["count"], descriptions, (info["hasPreviousPage"], info["hasNextPage"])

    organization = data["organization"]
    assert told(organization["head"]) == (4, ["2", "1"], (False, True))
    assert told(organization["tail"]) == (4, ["Default agent registration token"], (True, False))
    assert told(organization["cluster"]["head"]) == (4, ["2", "1"], (False, True))
    assert told(organization["cluster"]["tail"]) == (4, ["Initial agent token"], (True, False))


@pytest.mark.slow
async def test_a_page_has_five_hundred_at_most(admin: Administrator) -> None:
    await admin.seed(
        {
            "organizations": [
                {
                    "slug": "sandbox",
                    "agent_tokens": [{"description": str(number)} for number in range(510)],
                }
            ]
        }
    )

    data = await admin.graphql(
        """{ organization(slug: "sandbox") {
            none: agentTokens { count edges { cursor } pageInfo { hasNextPage } }
            many: agentTokens(first: 1000) { edges { cursor } }
            tail: agentTokens(last: 1000) { edges { cursor } pageInfo { hasPreviousPage } } } }"""
    )

    told = data["organization"]
    assert told["none"]["count"] == 511
    assert told["none"]["pageInfo"]["hasNextPage"] is True
    assert told["tail"]["pageInfo"]["hasPreviousPage"] is True
    assert {name: len(each["edges"]) for name, each in told.items()} == dict.fromkeys(told, 500)
