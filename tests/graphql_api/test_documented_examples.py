"""Queries of the same shape as the examples in Buildkite's documentation.

Source: pages/agent/self_hosted/tokens.md, pages/agent/self_hosted/pausing_and_resuming.md,
pages/apis/graphql/cookbooks/agents.md, clusters.md and hosted_agents.md.
"""

from typing import Any

from tests.actors import Administrator, Agent
from tests.server import Served


async def run(admin: Administrator, document: str, **ids: str) -> Any:
    """The data of an example, its placeholders filled in as its reader would."""
    for placeholder, value in ids.items():
        document = document.replace(f"<{placeholder}>", value)
    answer = await admin.post({"query": document})
    assert answer.status_code == 200
    assert list(answer.json()) == ["data"]
    return answer.json()["data"]


def nodes(connection: Any) -> list[dict[str, Any]]:
    return [edge["node"] for edge in connection["edges"]]


async def test_an_unclustered_token_is_made_listed_and_revoked(
    server: Served, admin: Administrator
) -> None:
    organization = await run(
        admin, 'query FindOrganization { organization(slug: "sandbox") { id } }'
    )
    made = await run(
        admin,
        """mutation {
  agentTokenCreate(input: {
    organizationID: "<organization>",
    description: "Static site generator"
  }) {
    tokenValue
    agentTokenEdge {
      node {
        id
      }
    }
  }
}""",
        organization=organization["organization"]["id"],
    )
    listed = await run(
        admin,
        """query ListTokens {
  organization(slug: "sandbox") {
    id
    name
    agentTokens(first:50) {
      edges {
        node {
          id
          uuid
          description
        }
      }
    }
  }
}""",
    )
    agent = await Agent(server, made["agentTokenCreate"]["tokenValue"]).start()
    (token,) = (
        each
        for each in nodes(listed["organization"]["agentTokens"])
        if each["description"] == "Static site generator"
    )

    revoked = await run(
        admin,
        """mutation {
  agentTokenRevoke(input: {
    id: "<token>",
    reason: "The site is gone"
  }) {
    agentToken {
      description
      revokedAt
      revokedReason
    }
  }
}""",
        token=token["id"],
    )

    assert token["id"] == made["agentTokenCreate"]["agentTokenEdge"]["node"]["id"]
    assert revoked["agentTokenRevoke"]["agentToken"] == {
        "description": "Static site generator",
        "revokedAt": "2026-01-01T00:00:00Z",
        "revokedReason": "The site is gone",
    }
    assert await agent.ping() == {}


async def test_a_cluster_token_is_made_changed_listed_and_revoked(admin: Administrator) -> None:
    ids = {"organization": admin.organization_id, "cluster": await admin.cluster_id()}
    made = await run(
        admin,
        """mutation {
  clusterAgentTokenCreate(
    input: {
      organizationId: "<organization>"
      clusterId: "<cluster>"
      description: "Linux builders"
      expiresAt: "2027-01-01T00:00:00Z"
      allowedIpAddresses: "0.0.0.0/0"
    }
  ) {
    clusterAgentToken {
      id
      uuid
      description
      allowedIpAddresses
      cluster { id uuid organization { id uuid } }
      createdBy { id uuid email }
    }
    tokenValue
  }
}""",
        **ids,
    )
    token = made["clusterAgentTokenCreate"]["clusterAgentToken"]
    changed = await run(
        admin,
        """mutation {
  clusterAgentTokenUpdate(
    input: {
      organizationId: "<organization>"
      id: "<token>"
      description: "Linux builders of the office"
      allowedIpAddresses: "202.144.0.0/24 198.51.100.12"
    }
  ) {
    clusterAgentToken {
      id
      uuid
      description
      allowedIpAddresses
      cluster { id uuid organization { id uuid } }
      createdBy { id uuid email }
    }
  }
}""",
        **ids,
        token=token["id"],
    )
    listed = await run(
        admin,
        """query listTokens {
  organization(slug: "sandbox") {
    cluster(id: "<uuid>") {
      agentTokens(first: 10){
        edges{
          node{
            id
            uuid
            description
            allowedIpAddresses
          }
        }
      }
    }
  }
}""",
        uuid=admin.facts["cluster_id"],
    )

    revoked = await run(
        admin,
        """mutation revokeToken {
  clusterAgentTokenRevoke(input: {
    id: "<token>"
    organizationId: "<organization>"
    }) {
    clientMutationId
    deletedClusterAgentTokenId
  }
}""",
        **ids,
        token=token["id"],
    )

    now = {
        "description": "Linux builders of the office",
        "allowedIpAddresses": "202.144.0.0/24 198.51.100.12",
    }
    assert token["cluster"]["organization"]["id"] == admin.organization_id
    assert token["createdBy"]["email"] == "admin@sandbox.example"
    assert changed["clusterAgentTokenUpdate"]["clusterAgentToken"] == {**token, **now}
    own = {"id": token["id"], "uuid": token["uuid"], **now}
    assert own in nodes(listed["organization"]["cluster"]["agentTokens"])
    assert revoked["clusterAgentTokenRevoke"] == {
        "clientMutationId": None,
        "deletedClusterAgentTokenId": token["id"],
    }


async def test_clusters_queues_and_their_agents_are_listed(
    admin: Administrator, agent: Agent
) -> None:
    await agent.start("builder", hostname="host", version="3.137.0")
    clusters = await run(
        admin,
        """query listClusters {
  organization(slug: "sandbox") {
    clusters(first: 10) { edges { node { id uuid color description } } }
  }
}""",
    )
    (cluster,) = nodes(clusters["organization"]["clusters"])
    queues = await run(
        admin,
        """query listQueues {
  organization(slug: "sandbox") {
    cluster(id: "<uuid>") {
      queues(first: 10) { edges { node { id uuid key description } } }
    }
  }
}""",
        uuid=cluster["uuid"],
    )
    (queue,) = nodes(queues["organization"]["cluster"]["queues"])

    in_cluster = await run(
        admin,
        """query listAgents {
   organization(slug:"sandbox") {
    agents(first: 10, cluster: "<cluster>") {
      edges { node { name hostname version clusterQueue{ uuid id } } }
    }
  }
}""",
        cluster=cluster["id"],
    )
    in_queue = await run(
        admin,
        """query listAgents {
   organization(slug:"sandbox") {
    agents(first: 10, clusterQueue: "<queue>") {
      edges { node { name hostname version id clusterQueue{ id uuid } } }
    }
  }
}""",
        queue=queue["id"],
    )

    told = {
        "name": "builder",
        "hostname": "host",
        "version": "3.137.0",
        "clusterQueue": {"id": queue["id"], "uuid": queue["uuid"]},
    }
    assert queue["key"] == "default"
    assert nodes(in_cluster["organization"]["agents"]) == [told]
    assert nodes(in_queue["organization"]["agents"]) == [
        {**told, "id": await admin.agent_id(agent)}
    ]


async def test_queues_are_made(admin: Administrator) -> None:
    ids = {"organization": admin.organization_id, "cluster": await admin.cluster_id()}

    own = await run(
        admin,
        """mutation {
  clusterQueueCreate(input: {
    organizationId: "<organization>",
    clusterId: "<cluster>",
    key: "deploy",
    description: "Whatever goes to production."
  }) {
    clusterQueue {
      id
      uuid
      key
      description
      hosted
      createdBy { id uuid name }
      cluster { id uuid name }
    }
  }
}""",
        **ids,
    )
    hosted = await run(
        admin,
        """mutation {
  clusterQueueCreate(
    input: {
      organizationId: "<organization>"
      clusterId: "<cluster>"
      key: "hosted_linux"
      description: "Small machines."
      hostedAgents: {
        instanceShape: LINUX_AMD64_2X4
      }
    }
  ) {
    clusterQueue {
      id
      uuid
      key
      description
      dispatchPaused
      hosted
      hostedAgents { instanceShape { name size vcpu memory } }
      createdBy { id uuid name email avatar { url } }
    }
  }
}""",
        **ids,
    )

    queue = own["clusterQueueCreate"]["clusterQueue"]
    assert queue["hosted"] is False
    assert queue["createdBy"]["name"] == "Sandbox Admin"
    assert queue["cluster"]["name"] == "Default cluster"
    assert hosted["clusterQueueCreate"]["clusterQueue"]["hostedAgents"] == {
        "instanceShape": {"name": "LINUX_AMD64_2X4", "size": "SMALL", "vcpu": 2, "memory": 4}
    }


async def test_an_agent_is_searched_for_and_stopped(server: Served, admin: Administrator) -> None:
    agent = await Agent(server, server.facts["unclustered_agent_token"]).start("needle")
    await Agent(server).start("hay")
    found = await run(
        admin,
        """query FindAgent {
   organization(slug:"sandbox") {
    agents(first:500, search:"needle") {
      edges {
        node {
          name
          hostname
          version
          id
        }
      }
    }
  }
}""",
    )
    (node,) = nodes(found["organization"]["agents"])

    stopped = await run(
        admin,
        """mutation {
  agentStop(input: {
     id: "<agent>",
     graceful: true
  }) {
    agent{
      id,
      connectionState
    }
  }
}""",
        agent=node["id"],
    )

    assert stopped["agentStop"]["agent"] == {"id": node["id"], "connectionState": "stopping"}
    assert (await agent.ping())["action"] == "disconnect"


async def test_an_agent_is_paused_and_resumed(admin: Administrator, agent: Agent) -> None:
    await agent.start()
    found = await run(
        admin,
        'query { organization(slug: "sandbox") { agents(first: 10) { edges { node { id } } } } }',
    )
    ids = {"agent": nodes(found["organization"]["agents"])[0]["id"]}

    paused = await run(
        admin,
        """mutation {
  agentPause(
      input: {
          id: "<agent>"
          note: "Pruning caches"
          timeoutInMinutes: 60
      }
  ) {
    agent {
      uuid
      paused
      pausedAt
      pausedBy { uuid }
      pausedNote
    }
  }
}""",
        **ids,
    )
    resumed = await run(
        admin,
        """mutation {
  agentResume(
      input: {
          id: "<agent>"
      }
  ) {
    agent {
      uuid
      paused
    }
  }
}""",
        **ids,
    )

    told = paused["agentPause"]["agent"]
    assert told.pop("pausedBy")["uuid"]
    assert told == {
        "uuid": agent.uuid,
        "paused": True,
        "pausedAt": "2026-01-01T00:00:00Z",
        "pausedNote": "Pruning caches",
    }
    assert resumed["agentResume"]["agent"] == {"uuid": agent.uuid, "paused": False}
