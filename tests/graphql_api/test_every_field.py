"""Every field that each type has, and what it truly says."""

import base64
from typing import Any

import pytest

from mock_buildkite.settings import Settings, TokenEra
from tests.actors import Administrator, Agent, Member
from tests.graphql_api.conftest import Company
from tests.graphql_api.selections import everything, types
from tests.secrecy import Watch
from tests.server import Served

EPOCH = "2026-01-01T00:00:00Z"
AN_HOUR_LATER = "2026-01-01T01:00:00Z"
ALLOWED = {"allowed": True, "code": None, "message": None}
REFUSED = {
    "allowed": False,
    "code": "not_permitted",
    "message": "You do not have permission to do this",
}
NOTHING = {
    "count": 0,
    "edges": [],
    "pageInfo": {
        "endCursor": None,
        "hasNextPage": False,
        "hasPreviousPage": False,
        "startCursor": None,
    },
}


async def read(
    member: Member, node_id: str, type_name: str, arguments: dict[str, str] | None = None
) -> Any:
    """Every field of a node."""
    selection = everything(await types(member), type_name, arguments)
    query = f"query ($id: ID!) {{ node(id: $id) {{ __typename ... on {type_name} {{ {selection} }} }} }}"  # noqa: E501
    node = (await member.graphql(query, id=node_id))["node"]
    assert node.pop("__typename") == type_name
    return node


def node_id(type_name: str, uuid: str) -> str:
    return base64.b64encode(f"{type_name}---{uuid}".encode()).decode()


async def its_user(member: Member) -> dict[str, str]:
    user: dict[str, str] = (await member.graphql("{ viewer { user { id } } }"))["viewer"]["user"]
    return user


async def default_queue(admin: Administrator) -> dict[str, str]:
    data = await admin.graphql(
        "query ($id: ID!) { node(id: $id) { ... on Cluster { defaultQueue { id uuid } } } }",
        id=await admin.cluster_id(),
    )
    queue: dict[str, str] = data["node"]["defaultQueue"]
    return queue


async def test_an_agent_token_tells_who_made_and_who_revoked_it(admin: Administrator) -> None:
    token = await admin.create_unclustered_agent_token("Mac minis")
    user = await its_user(admin)

    fresh = await read(admin, token["id"], "AgentToken")
    await admin.advance(3600)
    await admin.revoke_unclustered_agent_token(token["id"], "lost laptop")
    revoked = await read(admin, token["id"], "AgentToken")

    assert fresh == {
        "createdAt": EPOCH,
        "createdBy": user,
        "description": "Mac minis",
        "id": node_id("AgentToken", token["uuid"]),
        "organization": {"id": admin.organization_id},
        "permissions": {"agentTokenRevoke": ALLOWED},
        "public": False,
        "revokedAt": None,
        "revokedBy": None,
        "revokedReason": None,
        "token": "",
        "uuid": token["uuid"],
    }
    assert revoked == {
        **fresh,
        "permissions": {"agentTokenRevoke": REFUSED},
        "revokedAt": AN_HOUR_LATER,
        "revokedBy": user,
        "revokedReason": "lost laptop",
    }


async def test_the_default_agent_token_was_made_by_nobody(admin: Administrator) -> None:
    data = await admin.graphql(
        """{ organization(slug: "sandbox") { agentTokens { count edges { node {
            description createdBy { id } createdAt public token } } } } }"""
    )

    assert data["organization"]["agentTokens"] == {
        "count": 1,
        "edges": [
            {
                "node": {
                    "description": "Default agent registration token",
                    "createdBy": None,
                    "createdAt": EPOCH,
                    "public": False,
                    "token": "",
                }
            }
        ],
    }


async def test_a_cluster_token_tells_where_it_admits_agents_and_until_when(
    admin: Administrator,
) -> None:
    token = await admin.create_agent_token(
        "Linux", expiresAt=AN_HOUR_LATER, allowedIpAddresses="10.0.0.0/8 192.0.2.1"
    )

    told = await read(admin, token["id"], "ClusterToken")

    assert told == {
        "allowedIpAddresses": "10.0.0.0/8 192.0.2.1",
        "cluster": {"id": await admin.cluster_id()},
        "createdBy": await its_user(admin),
        "description": "Linux",
        "expiresAt": AN_HOUR_LATER,
        "id": node_id("ClusterToken", token["uuid"]),
        "token": "",
        "uuid": token["uuid"],
    }


async def test_an_agent_tells_what_it_registered_with(admin: Administrator, agent: Agent) -> None:
    await agent.register(
        "runner-1",
        hostname="host-1",
        os="Debian GNU/Linux 13\nmore of it",
        version="3.137.0",
        pid=4711,
        priority="5",
        meta_data=["size=big", "queue=default"],
    )

    told = await read(admin, await admin.agent_id(agent), "Agent")

    assert told == {
        "clusterQueue": {"id": (await default_queue(admin))["id"]},
        "connectedAt": None,
        "connectionState": "never_connected",
        "createdAt": EPOCH,
        "disconnectedAt": None,
        "heartbeatAt": None,
        "hostname": "host-1",
        "id": node_id("Agent", agent.uuid),
        "ipAddress": "127.0.0.1",
        "isDeprecated": False,
        "isRunningJob": False,
        "job": None,
        "jobs": NOTHING,
        "lostAt": None,
        "metaData": ["size=big", "queue=default"],
        "name": "runner-1",
        "operatingSystem": {"name": "Debian GNU/Linux 13"},
        "organization": {"id": admin.organization_id},
        "paused": False,
        "pausedAt": None,
        "pausedBy": None,
        "pausedNote": None,
        "pausedTimeoutInMinutes": 0,
        "permissions": {"agentPause": ALLOWED, "agentResume": REFUSED, "agentStop": ALLOWED},
        "pid": "4711",
        "pingedAt": None,
        "priority": 5,
        "public": False,
        "stopForcedAt": None,
        "stopForcedBy": None,
        "stoppedAt": None,
        "stoppedBy": None,
        "stoppedGracefullyAt": None,
        "stoppedGracefullyBy": None,
        "userAgent": admin.server.http.headers["User-Agent"],
        "uuid": agent.uuid,
        "version": "3.137.0",
        "versionHasKnownIssues": False,
    }


async def test_an_agent_that_said_nothing_has_nothing_to_tell(
    server: Served, admin: Administrator
) -> None:
    agent = await Agent(server, server.facts["unclustered_agent_token"]).register("bare")

    told = await read(admin, await admin.agent_id(agent), "Agent")

    assert told["clusterQueue"] is None
    assert told["metaData"] == ["queue=default"]
    silent = ("hostname", "operatingSystem", "priority", "version")
    assert {name: told[name] for name in silent} == dict.fromkeys(silent)


async def test_an_agent_tells_what_became_of_it(admin: Administrator, agent: Agent) -> None:
    user = await its_user(admin)
    await agent.start()
    agent_id = await admin.agent_id(agent)

    await admin.advance(10)
    await agent.heartbeat()
    await admin.mutate(
        "agentPause", "clientMutationId", id=agent_id, note="disk", timeoutInMinutes=60
    )
    paused = await read(admin, agent_id, "Agent")
    await admin.advance(10)
    await admin.mutate("agentStop", "clientMutationId", id=agent_id)
    stopping = await read(admin, agent_id, "Agent")
    await admin.advance(10)
    await admin.mutate("agentStop", "clientMutationId", id=agent_id, graceful=False)
    forced = await read(admin, agent_id, "Agent")
    await admin.advance(10)
    await agent.disconnect()
    stopped = await read(admin, agent_id, "Agent")

    def differences(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
        return {name: after[name] for name in after if before[name] != after[name]}

    assert paused["connectionState"] == "connected"
    assert paused["connectedAt"] == EPOCH
    assert paused["heartbeatAt"] == paused["pingedAt"] == "2026-01-01T00:00:10Z"
    assert paused["paused"] is True
    assert paused["pausedAt"] == "2026-01-01T00:00:10Z"
    assert paused["pausedBy"] == user
    assert paused["pausedNote"] == "disk"
    assert paused["pausedTimeoutInMinutes"] == 60
    assert paused["permissions"]["agentResume"] == ALLOWED
    assert differences(paused, stopping) == {
        "connectionState": "stopping",
        "stoppedAt": "2026-01-01T00:00:20Z",
        "stoppedBy": user,
        "stoppedGracefullyAt": "2026-01-01T00:00:20Z",
        "stoppedGracefullyBy": user,
    }
    assert differences(stopping, forced) == {
        "stopForcedAt": "2026-01-01T00:00:30Z",
        "stopForcedBy": user,
    }
    assert differences(forced, stopped) == {
        "connectionState": "stopped",
        "disconnectedAt": "2026-01-01T00:00:40Z",
        "paused": False,
        "pausedAt": None,
        "pausedBy": None,
        "pausedNote": None,
        "pausedTimeoutInMinutes": 0,
        "permissions": {"agentPause": REFUSED, "agentResume": REFUSED, "agentStop": REFUSED},
    }


async def test_an_agent_tells_that_it_is_lost(admin: Administrator, agent: Agent) -> None:
    await agent.start()

    await admin.advance(300, silent=True)

    told = await read(admin, await admin.agent_id(agent), "Agent")
    assert told["connectionState"] == "lost"
    assert told["lostAt"] is not None
    assert told["permissions"]["agentStop"] == ALLOWED


@pytest.mark.parametrize(
    ("user_agent", "system"),
    [
        ("buildkite-agent/3.137.0.1 (linux; amd64)", "Linux"),
        ("buildkite-agent/3.137.0.1 (darwin; arm64)", "macOS"),
        ("buildkite-agent/3.137.0.1 (windows; amd64)", "Windows"),
        ("buildkite-agent/3.137.0.1 (plan9; amd64)", "Plan 9 from its os"),
        ("", "Plan 9 from its os"),
    ],
)
async def test_the_operating_system_is_read_off_the_user_agent(
    server: Served, admin: Administrator, user_agent: str, system: str
) -> None:
    answer = await server.http.post(
        "/v3/register",
        json={"name": "a", "os": "Plan 9 from its os"},
        headers={
            "Authorization": f"Token {server.facts['agent_token']}",
            "User-Agent": user_agent,
        },
    )

    told = await read(admin, node_id("Agent", answer.json()["id"]), "Agent")

    assert told["operatingSystem"] == {"name": system}
    assert told["userAgent"] == (user_agent or None)


async def test_agents_are_public_as_their_token_is(server: Served, admin: Administrator) -> None:
    payload = await admin.mutate(
        "agentTokenCreate",
        "tokenValue agentTokenEdge { node { public } }",
        organizationID=admin.organization_id,
        public=True,
    )

    agent = await Agent(server, payload["tokenValue"]).register()

    assert payload["agentTokenEdge"]["node"]["public"] is True
    assert (await admin.agent(agent, "public"))["public"] is True


async def test_a_cluster_tells_what_it_was_made_with(admin: Administrator) -> None:
    payload = await admin.mutate(
        "clusterCreate",
        "cluster { id uuid }",
        organizationId=admin.organization_id,
        name="Deploys",
        description="To production",
        emoji=":rocket:",
        color="#FFE0F1",
    )
    made = payload["cluster"]

    told = await read(admin, made["id"], "Cluster")

    assert told == {
        "agentTokens": NOTHING,
        "color": "#FFE0F1",
        "createdBy": await its_user(admin),
        "defaultQueue": None,
        "description": "To production",
        "emoji": ":rocket:",
        "id": node_id("Cluster", made["uuid"]),
        "name": "Deploys",
        "organization": {"id": admin.organization_id},
        "queues": NOTHING,
        "uuid": made["uuid"],
    }


async def test_the_seeded_cluster_has_a_queue_and_a_token(admin: Administrator) -> None:
    queue = await default_queue(admin)

    told = await read(admin, await admin.cluster_id(), "Cluster")

    assert told["name"] == "Default cluster"
    assert told["createdBy"] is None
    assert told["defaultQueue"] == {"id": queue["id"]}
    assert [edge["node"] for edge in told["queues"]["edges"]] == [{"id": queue["id"]}]
    assert told["agentTokens"]["count"] == 1


async def test_a_queue_tells_what_it_was_made_with(admin: Administrator) -> None:
    payload = await admin.mutate(
        "clusterQueueCreate",
        "clusterQueue { id uuid }",
        organizationId=admin.organization_id,
        clusterId=await admin.cluster_id(),
        key="deploy",
        description="Carries to production",
    )
    made = payload["clusterQueue"]

    told = await read(admin, made["id"], "ClusterQueue")

    assert told == {
        "cluster": {"id": await admin.cluster_id()},
        "createdBy": await its_user(admin),
        "description": "Carries to production",
        "dispatchPaused": False,
        "dispatchPausedAt": None,
        "dispatchPausedBy": None,
        "dispatchPausedNote": None,
        "hosted": False,
        "hostedAgents": None,
        "id": node_id("ClusterQueue", made["uuid"]),
        "key": "deploy",
        "metrics": None,
        "retryAgentAffinity": "prefer-warmest",
        "stackHealth": None,
        "uuid": made["uuid"],
    }


async def test_an_organization_tells_what_it_has_and_what_one_may_do_there(
    admin: Administrator, company: Company
) -> None:
    arguments = {"cluster": f'(id: "{admin.facts["cluster_id"]}")'}

    for_admin = await read(admin, admin.organization_id, "Organization", arguments)
    # A member may not list the agent tokens, so that list is made empty of fields.
    selection = everything(await types(company.member), "OrganizationPermissions")
    for_member = await company.member.graphql(
        f'{{ organization(slug: "sandbox") {{ permissions {{ {selection} }} }} }}'
    )

    uuid = base64.b64decode(admin.organization_id).decode().partition("---")[2]
    assert {**for_admin, "permissions": None} == {
        "agentTokens": for_admin["agentTokens"],
        "agents": for_admin["agents"],
        "allowedApiIpAddresses": None,
        "apiAccessTokens": for_admin["apiAccessTokens"],
        "auditEvents": for_admin["auditEvents"],
        "cluster": {"id": await admin.cluster_id()},
        "clusters": for_admin["clusters"],
        "iconUrl": None,
        "id": admin.organization_id,
        "isTeamsEnabled": False,
        "jobs": NOTHING,
        "membersRequireTwoFactorAuthentication": False,
        "name": "Sandbox",
        "permissions": None,
        "pipelines": NOTHING,
        "public": False,
        "revokeInactiveTokensAfter": None,
        "slug": "sandbox",
        "uuid": uuid,
    }
    counts = {name: for_admin[name]["count"] for name in ("agentTokens", "agents", "clusters")}
    assert counts == {"agentTokens": 1, "agents": 0, "clusters": 2}
    assert {each["allowed"] for each in for_admin["permissions"].values()} == {True}
    permissions = for_member["organization"]["permissions"]
    assert {name for name, each in permissions.items() if each["allowed"]} == {
        "agentView",
        "organizationMemberView",
        "pipelineCreate",
        "pipelineCreateWithoutTeams",
        "pipelineView",
        "suiteView",
        "teamView",
    }
    assert permissions["agentTokenView"] == REFUSED


async def test_a_viewer_and_a_user_tell_who_calls(admin: Administrator) -> None:
    user_id = (await its_user(admin))["id"]
    uuid = base64.b64decode(user_id).decode().removeprefix("User---")

    viewer = await read(admin, node_id("Viewer", uuid), "Viewer")
    user = await read(admin, user_id, "User")

    assert viewer["id"] == node_id("Viewer", uuid)
    assert viewer["builds"] == NOTHING
    assert viewer["user"] == {"id": user_id}
    assert viewer["permissions"] == {"totpConfigure": REFUSED}
    assert [edge["node"] for edge in viewer["organizations"]["edges"]] == [
        {"id": admin.organization_id}
    ]
    avatar = user.pop("avatar")["url"]
    assert avatar.startswith("https://www.gravatar.com/avatar/")
    assert user == {
        "bot": False,
        "builds": NOTHING,
        "email": "admin@sandbox.example",
        "hasPassword": False,
        "id": user_id,
        "machineUser": False,
        "name": "Sandbox Admin",
        "uuid": uuid,
    }


class TestInTheOlderEra:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(token_era=TokenEra.OLDER)

    async def test_every_field_has_an_answer_too(self, admin: Administrator, watch: Watch) -> None:
        watch.let("POST /v1", tell_again="bkar_")  # administrators may look it up
        token = await admin.create_unclustered_agent_token()

        told = await read(admin, token["id"], "AgentToken")

        assert told["token"] == token["value"]
