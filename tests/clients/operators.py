"""An administrator of the sandbox who looks after real agents."""

from datetime import datetime
from typing import Any

from tests.actors import Administrator
from tests.clients.agents import RealAgent
from tests.clients.waiting import eventually


class Operator(Administrator):
    """An administrator who looks at agents until they are as expected."""

    async def registered(self) -> list[dict[str, Any]]:
        """Every agent ever registered, oldest first, from `/_mock/agents`."""
        answer = await self.server.http.get("/_mock/agents")
        agents: list[dict[str, Any]] = answer.raise_for_status().json()
        return agents

    async def view(self, agent: RealAgent) -> dict[str, Any]:
        """What GraphQL shows of an agent, in whatever state it is."""
        name = await agent.name()
        uuid = next(each["uuid"] for each in await self.registered() if each["name"] == name)
        data = await self.graphql(
            "query ($slug: ID!) { agent(slug: $slug) { id uuid name version connectionState"
            " metaData clusterQueue { key } paused heartbeatAt disconnectedAt stopForcedAt } }",
            slug=f"{self.facts['organization_slug']}/{uuid}",
        )
        view: dict[str, Any] = data["agent"]
        return view

    async def sees_connected(self, agent: RealAgent) -> dict[str, Any]:
        """Wait until an agent is connected; what GraphQL shows of it then."""

        async def look() -> dict[str, Any]:
            view = await self.view(agent)
            return view if view["connectionState"] == "connected" else {}

        return await eventually(look, lambda: f"it does not connect. Its log:\n{agent.log}")

    async def sees_all(self, names: set[str], connection_state: str) -> None:
        """Wait until all agents there ever were have these names and are in one state."""

        async def look() -> bool:
            found = [(each["name"], each["connection_state"]) for each in await self.registered()]
            return sorted(found) == sorted((name, connection_state) for name in names)

        await eventually(look, lambda: f"{sorted(names)} are not all {connection_state}")

    async def hears(
        self, agent: RealAgent, since: datetime, *, within_seconds: float = 10
    ) -> datetime:
        """Wait until GraphQL shows a heartbeat after a moment; when it was."""

        async def look() -> datetime | None:
            heartbeat_at = (await self.view(agent))["heartbeatAt"]
            moment = None if heartbeat_at is None else datetime.fromisoformat(heartbeat_at)
            return moment if moment is not None and moment > since else None

        return await eventually(
            look,
            lambda: f"no heartbeat after {since}. Its log:\n{agent.log}",
            within_seconds=within_seconds,
        )

    async def now(self) -> datetime:
        """The world's time."""
        return datetime.fromisoformat((await self.control("clock", {"advance_seconds": 0}))["now"])

    async def create_queue(self, key: str) -> None:
        """A queue of the default cluster."""
        await self.mutate(
            "clusterQueueCreate",
            "clusterQueue { key }",
            organizationId=self.organization_id,
            clusterId=await self.cluster_id(),
            key=key,
        )

    async def allow_only(self, token: dict[str, Any], allowed_ip_addresses: str) -> None:
        """Change where an agent token of a cluster may be used from."""
        await self.mutate(
            "clusterAgentTokenUpdate",
            "clusterAgentToken { allowedIpAddresses }",
            organizationId=self.organization_id,
            id=token["id"],
            description="fleet",
            allowedIpAddresses=allowed_ip_addresses,
        )

    async def stop(self, agent_id: str, *, graceful: bool = True) -> None:
        """Tell an agent to stop."""
        await self.mutate("agentStop", "agent { id }", id=agent_id, graceful=graceful)

    async def pause(self, agent_id: str, **given: Any) -> None:
        """Have an agent take no work for a while."""
        await self.mutate("agentPause", "agent { id }", id=agent_id, **given)

    async def resume(self, agent_id: str) -> None:
        """End an agent's pause."""
        await self.mutate("agentResume", "agent { id }", id=agent_id)
