"""Two organizations with the same names for everything see nothing of each other."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import pytest

from mock_buildkite.settings import Settings
from tests.actors import Administrator, Agent, GraphQLRefused, status_of
from tests.rest_api.actors import Caller
from tests.server import Served

EVERYTHING = """
query ($slug: ID!) {
  organization(slug: $slug) {
    id
    name
    agentTokens(first: 50) { edges { node { id uuid } } }
    apiAccessTokens(first: 50) { nodes { id uuid description } }
    auditEvents(first: 50) { edges { node { id type subject { id } } } }
    agents(first: 50) { count edges { node { id uuid connectionState isRunningJob } } }
    pipelines(first: 50) { edges { node {
      id uuid name
      builds(first: 50) { edges { node {
        id uuid number state
        annotations(first: 50) { edges { node { id } } }
        jobs(first: 50) { edges { node {
          ... on JobTypeCommand { id state artifacts(first: 50) { edges { node { id state } } } }
          ... on JobTypeBlock { id state }
        } } }
      } } }
    } } }
    jobs(first: 50) { count edges { node { ... on JobInterface { uuid } } } }
    clusters(first: 50) { edges { node {
      id uuid name
      defaultQueue { id }
      queues(first: 50) { edges { node { id uuid key } } }
      agentTokens(first: 50) { edges { node { id uuid } } }
    } } }
  }
}
"""
NAMES = ["runner", "runner", "builder"]
STEPS = "steps: [{command: make, agents: {os: plan9}}, {block: Go?, depends_on: []}]"


@pytest.fixture
def settings() -> Settings:
    return Settings(seed="two")


@dataclass(frozen=True, slots=True)
class Company:
    """One of the two, with three agents: two in its cluster, one outside."""

    admin: Administrator
    agents: list[Agent]

    @property
    def slug(self) -> str:
        slug: str = self.admin.facts["organization_slug"]
        return slug

    async def everything(self) -> dict[str, Any]:
        """All that its administrator sees of it."""
        found: dict[str, Any] = await self.admin.graphql(EVERYTHING, slug=self.slug)
        organization: dict[str, Any] = found["organization"]
        return organization

    async def build(self) -> Self:
        """Have a build whose jobs no agent takes, with an annotation."""
        made = await self.admin.mutate(
            "pipelineCreate",
            "pipeline { id }",
            organizationId=self.admin.organization_id,
            name="App",
            repository={"url": "git@example.com:app.git"},
            steps={"yaml": STEPS},
        )
        built = await self.admin.mutate(
            "buildCreate", "build { id }", pipelineID=made["pipeline"]["id"]
        )
        await self.admin.mutate(
            "buildAnnotate", "clientMutationId", buildID=built["build"]["id"], body="x"
        )
        return self

    async def ids(self) -> set[str]:
        """The GraphQL IDs of all that."""
        return set(ids_in(await self.everything()))


def ids_in(value: object) -> Iterator[str]:
    """Every `id` in an answer."""
    if isinstance(value, dict):
        if "id" in value:
            yield value["id"]
        for each in value.values():
            yield from ids_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from ids_in(each)


@pytest.fixture
async def companies(server: Served) -> tuple[Company, Company]:
    acme, rival = [
        Company(
            Administrator(server, facts),
            [
                await Agent(server, facts["agent_token"]).start(NAMES[0], meta_data=["os=linux"]),
                await Agent(server, facts["unclustered_agent_token"]).start(NAMES[1]),
                await Agent(server, facts["agent_token"]).start(NAMES[2]),
            ],
        )
        for facts in server.facts["organizations"]
    ]
    await rival.agents[2].disconnect()
    return await acme.build(), await rival.build()


async def test_their_names_are_the_same_and_their_ids_are_not(
    companies: tuple[Company, Company],
) -> None:
    acme, rival = [await company.everything() for company in companies]

    assert {acme["id"], rival["id"]} == {each.admin.organization_id for each in companies}
    assert names_of_clusters(acme) == names_of_clusters(rival)
    assert set(ids_in(acme)).isdisjoint(ids_in(rival))


def names_of_clusters(organization: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """Each cluster's name, and the keys of its queues."""
    clusters = [edge["node"] for edge in organization["clusters"]["edges"]]
    return [
        (cluster["name"], [edge["node"]["key"] for edge in cluster["queues"]["edges"]])
        for cluster in clusters
    ]


async def test_each_lists_and_counts_its_own_agents_only(
    companies: tuple[Company, Company],
) -> None:
    for company, there in zip(companies, (3, 2), strict=True):
        agents = (await company.everything())["agents"]

        own = {agent.uuid for agent in company.agents[:there]}
        assert agents["count"] == there
        assert {edge["node"]["uuid"] for edge in agents["edges"]} == own


@pytest.mark.parametrize(
    "filters",
    [
        'search: "runner"',
        'metaData: ["queue=default"]',
        "isRunningJob: false",
        "clustered: true",
        "clustered: false",
        "paused: false",
    ],
)
async def test_no_filter_reaches_into_the_other(
    companies: tuple[Company, Company], filters: str
) -> None:
    for company in companies:
        found = await company.admin.graphql(
            f"query ($slug: ID!) {{ organization(slug: $slug) {{ agents(first: 50, {filters})"
            " { count edges { node { uuid } } } } }",
            slug=company.slug,
        )

        agents = found["organization"]["agents"]
        uuids = {edge["node"]["uuid"] for edge in agents["edges"]}
        assert uuids
        assert uuids <= {agent.uuid for agent in company.agents}
        assert agents["count"] == len(uuids)


async def test_the_cluster_or_queue_of_another_is_none_to_look_into(
    companies: tuple[Company, Company],
) -> None:
    acme, rival = companies
    cluster = (await rival.everything())["clusters"]["edges"][0]["node"]

    for given in (
        f'cluster: "{cluster["id"]}"',
        f'clusterQueue: ["{cluster["defaultQueue"]["id"]}"]',
    ):
        found = await acme.admin.graphql(
            f"query ($slug: ID!) {{ organization(slug: $slug) {{ agents(first: 50, {given})"
            " { count edges { node { id } } } } }",
            slug=acme.slug,
        )

        assert found["organization"]["agents"] == {"count": 0, "edges": []}


async def test_neither_sees_the_other_by_any_name_or_id(
    companies: tuple[Company, Company],
) -> None:
    for one, other in (companies, companies[::-1]):
        agent = other.agents[0].uuid
        cluster = other.admin.facts["cluster_id"]

        for query in (
            f'{{ found: organization(slug: "{other.slug}") {{ id }} }}',
            f'{{ found: agent(slug: "{other.slug}/{agent}") {{ id }} }}',
            f'{{ found: agent(slug: "{one.slug}/{agent}") {{ id }} }}',
            *(f'{{ found: node(id: "{each}") {{ id }} }}' for each in await other.ids()),
            *await names_of_builds(other),
        ):
            assert await found_by(one, query) is None, query
        within = f'organization(slug: "{one.slug}") {{ cluster(id: "{cluster}") {{ id }} }}'
        assert (await found_by(one, f"{{ found: {within} }}") or {}).get("cluster") is None


async def names_of_builds(company: Company) -> list[str]:
    """Queries for what it builds, by everything else than global IDs."""
    everything = await company.everything()
    pipeline = everything["pipelines"]["edges"][0]["node"]
    build = pipeline["builds"]["edges"][0]["node"]
    slug = f"{company.slug}/app"
    return [
        f'{{ found: pipeline(slug: "{slug}") {{ id }} }}',
        f'{{ found: pipeline(uuid: "{pipeline["uuid"]}") {{ id }} }}',
        f'{{ found: build(slug: "{slug}/{build["number"]}") {{ id }} }}',
        f'{{ found: build(uuid: "{build["uuid"]}") {{ id }} }}',
        *(
            f'{{ found: job(uuid: "{edge["node"]["uuid"]}") {{ __typename }} }}'
            for edge in everything["jobs"]["edges"]
        ),
    ]


async def found_by(company: Company, query: str) -> Any:
    """What an administrator finds; None also where the answer is that there is nothing."""
    try:
        return (await company.admin.graphql(query))["found"]
    except GraphQLRefused as refused:
        assert "found" in refused.message.lower()  # noqa: PT017 - one of two good answers
        return None


async def test_each_node_is_found_by_its_own(companies: tuple[Company, Company]) -> None:
    for company in companies:
        for each in await company.ids():
            assert await found_by(company, f'{{ found: node(id: "{each}") {{ id }} }}') == {
                "id": each
            }


async def test_each_finds_its_own_builds_by_their_names(
    companies: tuple[Company, Company],
) -> None:
    for company in companies:
        assert (await company.everything())["jobs"]["count"] == 2
        for query in await names_of_builds(company):
            assert await found_by(company, query) is not None


async def test_a_viewer_sees_the_own_organization_only(
    companies: tuple[Company, Company],
) -> None:
    for company in companies:
        viewer = await company.admin.graphql(
            "{ viewer { organizations(first: 9) { count edges { node { slug } } } } }"
        )

        organizations = viewer["viewer"]["organizations"]
        assert [edge["node"]["slug"] for edge in organizations["edges"]] == [company.slug]
        assert organizations["count"] == 1


async def test_metrics_count_the_agents_of_the_own_organization(
    server: Served, companies: tuple[Company, Company]
) -> None:
    for company, in_cluster in zip(companies, (2, 1), strict=True):
        facts = company.admin.facts
        for token, expected in [
            (facts["agent_token"], in_cluster),
            (facts["unclustered_agent_token"], 1),
        ]:
            counted = await Agent(server, token).metrics()
            of_queue = await company.agents[0].call(
                "GET", "metrics/queue?name=default", token=token
            )

            assert counted["organization"] == {"slug": company.slug}
            assert counted["agents"]["total"] == expected
            assert counted["agents"]["queues"]["default"]["total"] == expected
            assert of_queue["agents"]["total"] == expected


async def test_an_agent_token_says_whose_it_is_and_admits_there_only(
    server: Served, companies: tuple[Company, Company]
) -> None:
    for company in companies:
        facts = company.admin.facts
        clustered = await Agent(server, facts["agent_token"]).identity()
        unclustered = await Agent(server, facts["unclustered_agent_token"]).identity()

        assert clustered["organization_slug"] == unclustered["organization_slug"] == company.slug
        assert (clustered["cluster_uuid"], unclustered["cluster_uuid"]) == (facts["cluster_id"], "")


async def test_an_agent_cannot_name_the_queue_of_another(
    server: Served, companies: tuple[Company, Company]
) -> None:
    acme, rival = companies
    cluster = (await rival.everything())["clusters"]["edges"][0]["node"]
    await rival.admin.mutate(
        "clusterQueueCreate",
        "clusterQueue { id }",
        organizationId=rival.admin.organization_id,
        clusterId=cluster["id"],
        key="theirs",
    )

    answer = await server.http.post(
        "/v3/register",
        json={"meta_data": ["queue=theirs"]},
        headers={"Authorization": f"Token {acme.admin.facts['agent_token']}"},
    )

    assert answer.status_code == 422
    assert len((await acme.everything())["agents"]["edges"]) == 3
    theirs = Agent(server, rival.admin.facts["agent_token"])
    await theirs.register("there", meta_data=["queue=theirs"])
    assert theirs.registered["meta_data"] == ["queue=theirs"]


async def test_an_administrator_of_one_has_no_power_over_the_other(
    companies: tuple[Company, Company],
) -> None:
    for one, other in (companies, companies[::-1]):
        agent = other.agents[0]
        theirs = await other.everything()
        cluster = theirs["clusters"]["edges"][0]["node"]
        clustered = cluster["agentTokens"]["edges"][0]["node"]["id"]
        unclustered = theirs["agentTokens"]["edges"][0]["node"]["id"]
        agent_id = await agent_id_of(other, agent)

        acts: list[tuple[str, str, dict[str, Any]]] = [
            *acts_on_builds(theirs),
            ("agentStop", "agent { id }", {"id": agent_id}),
            ("agentStop", "agent { id }", {"id": agent_id, "graceful": False}),
            ("agentPause", "agent { id }", {"id": agent_id}),
            ("agentResume", "agent { id }", {"id": agent_id}),
            ("agentTokenRevoke", "agentToken { id }", {"id": unclustered, "reason": "spite"}),
            *(
                (f"clusterAgentToken{act}", "clientMutationId", {**given, "id": clustered})
                for act, given in acts_on_tokens(one, other)
            ),
            *(
                ("clusterAgentTokenCreate", "tokenValue", {**place, "description": "spy"})
                for place in places(one, other, cluster["id"])
            ),
            *(
                ("clusterQueueCreate", "clusterQueue { id }", {**place, "key": "spy"})
                for place in places(one, other, cluster["id"])
            ),
            (
                "agentTokenCreate",
                "tokenValue",
                {"organizationID": other.admin.organization_id, "description": "spy"},
            ),
            (
                "clusterCreate",
                "cluster { id }",
                {"organizationId": other.admin.organization_id, "name": "spy"},
            ),
        ]
        for name, selection, given in acts:
            with pytest.raises(GraphQLRefused, match="found"):
                await one.admin.mutate(name, selection, **given)

        assert await other.everything() == theirs
        assert await agent.ping() == {}


def acts_on_tokens(one: Company, other: Company) -> list[tuple[str, dict[str, Any]]]:
    """What can be done to a clustered agent token, said to be of either organization."""
    return [
        (act, {"organizationId": company.admin.organization_id, **given})
        for company in (one, other)
        for act, given in [("Revoke", {}), ("Update", {"description": "spite"})]
    ]


def acts_on_builds(theirs: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """What can be done to pipelines, builds, jobs and annotations."""
    pipeline = theirs["pipelines"]["edges"][0]["node"]
    build = pipeline["builds"]["edges"][0]["node"]
    block, command = (edge["node"]["id"] for edge in build["jobs"]["edges"])
    ids = {
        "pipelineUpdate": pipeline["id"],
        "pipelineArchive": pipeline["id"],
        "pipelineDelete": pipeline["id"],
        "buildCancel": build["id"],
        "buildRebuild": build["id"],
        "buildRetryFailedJobs": build["id"],
        "jobTypeCommandCancel": command,
        "jobTypeCommandRetry": command,
        "jobTypeBlockUnblock": block,
        "annotationDelete": build["annotations"]["edges"][0]["node"]["id"],
        "clusterQueuePauseDispatch": theirs["clusters"]["edges"][0]["node"]["defaultQueue"]["id"],
    }
    for name, node_id in ids.items():
        yield name, "clientMutationId", {"id": node_id}
    yield "buildCreate", "clientMutationId", {"pipelineID": pipeline["id"]}
    yield "buildAnnotate", "clientMutationId", {"buildID": build["id"], "body": "spite"}
    yield "jobAnnotate", "clientMutationId", {"jobId": command, "body": "spite"}


def places(one: Company, other: Company, cluster_id: str) -> list[dict[str, str]]:
    """The other's cluster, said to be of either organization."""
    return [
        {"organizationId": company.admin.organization_id, "clusterId": cluster_id}
        for company in (one, other)
    ]


async def agent_id_of(company: Company, agent: Agent) -> str:
    found = await company.admin.graphql(
        f'{{ agent(slug: "{company.slug}/{agent.uuid}") {{ id }} }}'
    )
    agent_id: str = found["agent"]["id"]
    return agent_id


ACTS = [
    *((method, "") for method in ("GET", "PUT", "PATCH", "DELETE")),
    *(("PUT", f"/{act}") for act in ("stop", "pause", "resume")),
    *(("POST", f"/{act}") for act in ("pause_dispatch", "resume_dispatch")),
    *(("POST", f"/{noun}") for noun in ("queues", "tokens", "maintainers")),
]
"""What can be done over REST to what an address leads to."""
SPITE = {"key": "spy", "description": "spite"}


async def rest_paths(company: Company) -> list[str]:
    """Where everything of an organization is in the REST API."""
    caller = Caller(company.admin.server, company.admin.api_access_token)
    organization = f"/organizations/{company.slug}"
    cluster = f"{organization}/clusters/{company.admin.facts['cluster_id']}"
    user = await caller.get("/user")
    await caller.post(f"{cluster}/maintainers", {"user": user["id"]})
    listed = [
        *(await caller.get(f"{cluster}/queues")),
        *(await caller.get(f"{cluster}/tokens")),
    ]
    (maintainer,) = await caller.get(f"{cluster}/maintainers")
    return [
        *(f"{organization}/agents/{agent.uuid}" for agent in company.agents),
        cluster,
        f"{cluster}/maintainers/{maintainer['id']}",
        *(caller.to(each["url"]) for each in listed),
    ]


async def test_no_address_of_one_leads_the_other_anywhere(
    companies: tuple[Company, Company],
) -> None:
    for one, other in (companies, companies[::-1]):
        caller = Caller(one.admin.server, one.admin.api_access_token)
        cluster = f"/organizations/{one.slug}/clusters/{one.admin.facts['cluster_id']}"
        theirs = await rest_paths(other)
        before = await other.everything()

        for path in theirs:
            _, _, _, rest = path.split("/", 3)
            below_own_cluster = f"{cluster}/{path.split('/', 5)[-1]}"
            for asked in (path, f"/organizations/{one.slug}/{rest}", below_own_cluster):
                for method, act in ACTS:
                    status = await status_of(caller.call(method, f"{asked}{act}", json=SPITE))
                    assert status in {404, 405}, (method, asked, act)

        assert await other.everything() == before


async def test_each_lists_its_own_over_rest(companies: tuple[Company, Company]) -> None:
    for company in companies:
        caller = Caller(company.admin.server, company.admin.api_access_token)
        organization = f"/organizations/{company.slug}"

        listed = await caller.get(f"{organization}/agents")

        assert {each["id"] for each in listed} <= {agent.uuid for agent in company.agents}
        assert [each["slug"] for each in await caller.get("/organizations")] == [company.slug]
        assert [each["id"] for each in await caller.get(f"{organization}/clusters")] == [
            company.admin.facts["cluster_id"]
        ]
        for path in await rest_paths(company):
            assert await caller.get(path)
