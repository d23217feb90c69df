"""Who may do what: administrators, maintainers of one cluster, members, people from outside."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.actors import Administrator, Agent, GraphQLRefused, Member
from tests.graphql_api.conftest import Company
from tests.server import Served


@dataclass(frozen=True, slots=True)
class Place:
    """Things of the sandbox that somebody may try to act on, by their global IDs."""

    organization_id: str
    cluster_id: str
    other_cluster_id: str
    cluster_token_id: str
    other_token_id: str
    unclustered_token_id: str
    agent_id: str
    other_agent_id: str
    unclustered_agent_id: str
    queue_id: str
    other_queue_id: str


Act = Callable[[Member, Place], Awaitable[Any]]


def acting(mutation: str, selection: str = "clientMutationId", **given: str) -> Act:
    """A mutation whose values in braces are filled in from the place."""

    async def act(member: Member, place: Place) -> Any:
        facts = {name: getattr(place, name) for name in Place.__slots__}
        filled = {key: value.format(**facts) for key, value in given.items()}
        return await member.mutate(mutation, selection, **filled)

    return act


ORGANIZATION = {"organizationId": "{organization_id}"}

FOR_ADMINISTRATORS = {
    "make unclustered tokens": acting("agentTokenCreate", organizationID="{organization_id}"),
    "revoke unclustered tokens": acting(
        "agentTokenRevoke", id="{unclustered_token_id}", reason="r"
    ),
    "make clusters": acting("clusterCreate", name="New", **ORGANIZATION),
    "stop unclustered agents": acting("agentStop", id="{unclustered_agent_id}"),
    "pause unclustered agents": acting("agentPause", id="{unclustered_agent_id}"),
    "make tokens of another cluster": acting(
        "clusterAgentTokenCreate", clusterId="{other_cluster_id}", description="d", **ORGANIZATION
    ),
    "change tokens of another cluster": acting(
        "clusterAgentTokenUpdate", id="{other_token_id}", description="d", **ORGANIZATION
    ),
    "revoke tokens of another cluster": acting(
        "clusterAgentTokenRevoke", id="{other_token_id}", **ORGANIZATION
    ),
    "make queues in another cluster": acting(
        "clusterQueueCreate", clusterId="{other_cluster_id}", key="k", **ORGANIZATION
    ),
    "change another cluster": acting(
        "clusterUpdate", id="{other_cluster_id}", description="d", **ORGANIZATION
    ),
    "choose the default queue of another cluster": acting(
        "clusterUpdate",
        id="{other_cluster_id}",
        defaultQueueId="{other_queue_id}",
        **ORGANIZATION,
    ),
    "change queues of another cluster": acting(
        "clusterQueueUpdate", id="{other_queue_id}", description="d", **ORGANIZATION
    ),
    "pause queues of another cluster": acting("clusterQueuePauseDispatch", id="{other_queue_id}"),
    "stop agents of another cluster": acting("agentStop", id="{other_agent_id}"),
}
FOR_MAINTAINERS = {
    "make tokens": acting(
        "clusterAgentTokenCreate", clusterId="{cluster_id}", description="d", **ORGANIZATION
    ),
    "change tokens": acting(
        "clusterAgentTokenUpdate", id="{cluster_token_id}", description="d", **ORGANIZATION
    ),
    "revoke tokens": acting("clusterAgentTokenRevoke", id="{cluster_token_id}", **ORGANIZATION),
    "make queues": acting("clusterQueueCreate", clusterId="{cluster_id}", key="k", **ORGANIZATION),
    "change the cluster": acting(
        "clusterUpdate", id="{cluster_id}", description="d", **ORGANIZATION
    ),
    "change queues": acting("clusterQueueUpdate", id="{queue_id}", description="d", **ORGANIZATION),
    "pause queues": acting("clusterQueuePauseDispatch", id="{queue_id}"),
    "stop agents": acting("agentStop", id="{agent_id}"),
    "pause agents": acting("agentPause", id="{agent_id}"),
}
EVERYTHING = {**FOR_ADMINISTRATORS, **FOR_MAINTAINERS}


@pytest.fixture
async def place(server: Served, admin: Administrator, company: Company) -> Place:
    unclustered = await admin.create_unclustered_agent_token()
    (other,) = company.other_cluster["agent_tokens"]

    async def agent_id(agent_token: str | None = None) -> str:
        return await admin.agent_id(await Agent(server, agent_token).start())

    async def queue_id(cluster_id: str) -> str:
        query = "query ($id: ID!) { node(id: $id) { ... on Cluster { defaultQueue { id } } } }"
        queue_id: str = (await admin.graphql(query, id=cluster_id))["node"]["defaultQueue"]["id"]
        return queue_id

    return Place(
        organization_id=admin.organization_id,
        cluster_id=await admin.cluster_id(),
        other_cluster_id=company.other_cluster["id"],
        cluster_token_id=(await admin.create_agent_token())["id"],
        other_token_id=other["id"],
        unclustered_token_id=unclustered["id"],
        agent_id=await agent_id(),
        other_agent_id=await agent_id(other["value"]),
        unclustered_agent_id=await agent_id(unclustered["value"]),
        queue_id=await queue_id(await admin.cluster_id()),
        other_queue_id=await queue_id(company.other_cluster["id"]),
    )


@pytest.mark.parametrize("act", EVERYTHING.values(), ids=EVERYTHING)
async def test_administrators_may(admin: Administrator, place: Place, act: Act) -> None:
    assert await act(admin, place) == {"clientMutationId": None}


@pytest.mark.parametrize("act", FOR_MAINTAINERS.values(), ids=FOR_MAINTAINERS)
async def test_maintainers_may_in_their_own_cluster(
    company: Company, place: Place, act: Act
) -> None:
    assert await act(company.maintainer, place) == {"clientMutationId": None}


@pytest.mark.parametrize("act", FOR_ADMINISTRATORS.values(), ids=FOR_ADMINISTRATORS)
async def test_maintainers_may_not_elsewhere(company: Company, place: Place, act: Act) -> None:
    with pytest.raises(GraphQLRefused) as refused:
        await act(company.maintainer, place)

    assert refused.value.status == 200
    assert refused.value.message.startswith("You need to be")


@pytest.mark.parametrize("act", EVERYTHING.values(), ids=EVERYTHING)
async def test_members_may_not(
    admin: Administrator, company: Company, place: Place, act: Act
) -> None:
    with pytest.raises(GraphQLRefused) as refused:
        await act(company.member, place)

    assert refused.value.message.startswith("You need to be")
    assert await act(admin, place) == {"clientMutationId": None}  # nothing was done to it


@pytest.mark.parametrize("act", EVERYTHING.values(), ids=EVERYTHING)
async def test_for_people_from_outside_there_is_nothing(
    admin: Administrator, company: Company, place: Place, act: Act
) -> None:
    with pytest.raises(GraphQLRefused) as refused:
        await act(company.outsider, place)

    assert refused.value.message.startswith("No ")
    assert refused.value.message.endswith(" found")
    assert await act(admin, place) == {"clientMutationId": None}


async def test_one_cannot_name_an_own_organization_with_somebody_elses_cluster(
    company: Company, place: Place
) -> None:
    acts = {
        "clusterAgentTokenCreate": {"clusterId": place.cluster_id, "description": "d"},
        "clusterAgentTokenUpdate": {"id": place.cluster_token_id, "description": "d"},
        "clusterAgentTokenRevoke": {"id": place.cluster_token_id},
        "clusterQueueCreate": {"clusterId": place.cluster_id, "key": "k"},
    }

    for mutation, given in acts.items():
        with pytest.raises(GraphQLRefused) as refused:
            await company.outsider.mutate(
                mutation,
                "clientMutationId",
                organizationId=company.outsider.organization_id,
                **given,
            )

        assert refused.value.message in {"No cluster found", "No agent token found"}


class TestReadingAgentTokens:
    async def test_members_see_none(self, company: Company, place: Place) -> None:
        queries = [
            '{ organization(slug: "sandbox") { agentTokens { count } } }',
            f'{{ node(id: "{place.cluster_id}") {{ ... on Cluster {{ agentTokens {{ count }} }} }} }}',  # noqa: E501
            f'{{ node(id: "{place.unclustered_token_id}") {{ id }} }}',
            f'{{ node(id: "{place.cluster_token_id}") {{ id }} }}',
        ]

        for query in queries:
            with pytest.raises(GraphQLRefused) as refused:
                await company.member.graphql(query)

            assert refused.value.message.startswith("You need to be")
            assert '"count"' not in str(refused.value.data)

    async def test_the_rest_of_a_members_query_is_answered(self, company: Company) -> None:
        with pytest.raises(GraphQLRefused) as refused:
            await company.member.graphql(
                '{ organization(slug: "sandbox") { name agentTokens { count } } }'
            )

        assert refused.value.data == {"organization": {"name": "Sandbox", "agentTokens": None}}
        assert refused.value.errors[0]["path"] == ["organization", "agentTokens"]

    async def test_maintainers_see_those_of_their_cluster_only(
        self, company: Company, place: Place
    ) -> None:
        query = "query ($id: ID!) { node(id: $id) { ... on Cluster { agentTokens { count } } } }"

        own = await company.maintainer.graphql(query, id=place.cluster_id)

        assert own == {"node": {"agentTokens": {"count": 2}}}
        with pytest.raises(GraphQLRefused):
            await company.maintainer.graphql(query, id=place.other_cluster_id)
        with pytest.raises(GraphQLRefused):
            await company.maintainer.graphql(
                '{ organization(slug: "sandbox") { agentTokens { count } } }'
            )

    async def test_people_from_outside_see_nothing_at_all(
        self, company: Company, place: Place
    ) -> None:
        nodes = " ".join(
            f'n{index}: node(id: "{getattr(place, name)}") {{ id }}'
            for index, name in enumerate(Place.__slots__)
        )

        data = await company.outsider.graphql(
            f'{{ organization(slug: "sandbox") {{ id }} {nodes} }}'
        )

        assert set(data.values()) == {None}

    async def test_members_see_everything_else(self, company: Company, place: Place) -> None:
        ids = (place.organization_id, place.cluster_id, place.agent_id, place.other_agent_id)

        data = await company.member.graphql(
            "{" + " ".join(f'n{i}: node(id: "{each}") {{ id }}' for i, each in enumerate(ids)) + "}"
        )

        assert [each["id"] for each in data.values()] == list(ids)


async def test_permissions_tell_what_will_be_refused(
    admin: Administrator, company: Company, place: Place
) -> None:
    query = """query ($agent: ID!, $other: ID!) {
        agent: node(id: $agent) { ... on Agent { permissions { agentStop { allowed code } } } }
        other: node(id: $other) { ... on Agent { permissions { agentStop { allowed code } } } } }"""

    told = {
        name: await member.graphql(query, agent=place.agent_id, other=place.other_agent_id)
        for name, member in {
            "admin": admin,
            "maintainer": company.maintainer,
            "member": company.member,
        }.items()
    }

    def allowed(name: str) -> tuple[bool, bool]:
        agent, other = told[name]["agent"], told[name]["other"]
        return (
            agent["permissions"]["agentStop"]["allowed"],
            other["permissions"]["agentStop"]["allowed"],
        )

    assert allowed("admin") == (True, True)
    assert allowed("maintainer") == (True, False)
    assert allowed("member") == (False, False)
