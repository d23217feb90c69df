"""Who acts in the tests. All of them speak HTTP, and nothing else."""

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any, Self

import httpx

from tests.server import Served

STREAM_PATH = "/agentedge.v1.AgentEdgeService/StreamPings"
ACTIONS = {2: "resume", 3: "pause", 4: "disconnect"}


class Refused(Exception):  # noqa: N818 - it is what happened, not a fault
    """An answer that is no success."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(f"{response.status_code} {response.text}")
        self.status = response.status_code
        self.message = response.json().get("message")
        self.response = response


class GraphQLRefused(Exception):  # noqa: N818 - it is what happened, not a fault
    """An answer with errors."""

    def __init__(self, response: httpx.Response) -> None:
        body = response.json()
        super().__init__(f"{response.status_code} {body}")
        self.status = response.status_code
        self.data = body.get("data")
        self.errors = body["errors"]
        self.message: str = body["errors"][0]["message"]


async def status_of(call: Awaitable[object]) -> int:
    """The status of a call: 200 when it succeeds, else that of its refusal."""
    try:
        await call
    except Refused as refused:
        return refused.status
    return 200


class Visitor:
    """Somebody who sends any request at all."""

    def __init__(self, server: Served) -> None:
        self.server = server

    async def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        return await self.server.http.request(method, path, **options)


class Agent:
    """A client of the Agent API, as `buildkite-agent` is one."""

    def __init__(self, server: Served, agent_token: str | None = None) -> None:
        self.server = server
        self.agent_token = agent_token or server.facts["agent_token"]
        self.session_token = ""
        self.uuid = ""
        self.name = ""
        self.registered: dict[str, Any] = {}

    async def register(self, name: str = "runner", **body: Any) -> Self:
        """Register; remembers id, name and session token."""
        answer = await self.call("POST", "register", {"name": name, **body}, self.agent_token)
        self.registered = answer
        self.session_token, self.uuid, self.name = (
            answer["access_token"],
            answer["id"],
            answer["name"],
        )
        return self

    async def connect(self) -> Self:
        await self.call("POST", "connect")
        return self

    async def start(self, name: str = "runner", **body: Any) -> Self:
        """Register and connect."""
        await self.register(name, **body)
        return await self.connect()

    async def disconnect(self) -> None:
        await self.call("POST", "disconnect")

    async def ping(self) -> dict[str, Any]:
        return await self.call("GET", "ping")

    async def heartbeat(self) -> dict[str, Any]:
        return await self.call("POST", "heartbeat", {"sent_at": "2026-01-01T00:00:00.000000001Z"})

    async def stop(self, **body: Any) -> None:
        await self.call("POST", "stop", body)

    async def pause(self, **body: Any) -> None:
        await self.call("POST", "pause", body)

    async def resume(self) -> None:
        await self.call("POST", "resume")

    async def metrics(self) -> dict[str, Any]:
        return await self.call("GET", "metrics", token=self.agent_token)

    async def identity(self) -> dict[str, Any]:
        return await self.call("GET", "token", token=self.agent_token)

    async def call(
        self, method: str, path: str, body: Any = None, token: str | None = None
    ) -> dict[str, Any]:
        """Any call of the Agent API; with the session token unless told otherwise."""
        response = await self.server.http.request(
            method,
            f"/v3/{path}",
            json=body,
            headers={"Authorization": f"Token {token or self.session_token}"},
        )
        if not response.is_success:
            raise Refused(response)
        answer: dict[str, Any] = response.json()
        return answer

    @asynccontextmanager
    async def stream(self, uuid: str | None = None) -> AsyncIterator["Stream"]:
        """The ping stream; needs a server on a socket."""
        message = (uuid or self.uuid).encode()
        message = bytes([0x0A, len(message)]) + message
        async with self.server.http.stream(
            "POST",
            STREAM_PATH,
            content=struct.pack(">BI", 0, len(message)) + message,
            headers={
                "Authorization": f"Token {self.session_token}",
                "Content-Type": "application/grpc",
                "TE": "trailers",
            },
        ) as response:
            if response.status_code != 200:
                await response.aread()
                raise Refused(response)
            yield Stream(response)


class Stream:
    """The frames of a ping stream, as (action, reason)."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._chunks = response.aiter_raw()
        self._buffer = b""

    async def next(self, within_seconds: float = 5) -> tuple[str, str] | None:
        """The next frame; None at the end of the body."""
        async with asyncio.timeout(within_seconds):
            while len(self._buffer) < 5 or len(self._buffer) < 5 + self._length():
                try:
                    self._buffer += await anext(self._chunks)
                except StopAsyncIteration:
                    return None
        message = self._buffer[5 : 5 + self._length()]
        self._buffer = self._buffer[5 + self._length() :]
        inner = message[2:]
        return ACTIONS[message[0] >> 3], inner[2:].decode() if inner else ""

    def _length(self) -> int:
        length: int = struct.unpack(">I", self._buffer[1:5])[0]
        return length


class Member:
    """A user who calls the GraphQL API and the controls."""

    def __init__(self, server: Served, api_access_token: str) -> None:
        self.server = server
        self.api_access_token = api_access_token

    async def post(self, body: Any, path: str = "/v1") -> httpx.Response:
        """Any GraphQL request."""
        return await self.server.http.post(
            path, json=body, headers={"Authorization": f"Bearer {self.api_access_token}"}
        )

    async def graphql(self, query: str, **variables: Any) -> Any:
        """The data of an operation."""
        response = await self.post({"query": query, "variables": variables})
        if response.status_code != 200 or "errors" in response.json():
            raise GraphQLRefused(response)
        return response.json()["data"]

    async def mutate(self, name: str, selection: str, /, **given: Any) -> Any:
        """A mutation's payload."""
        input_type = name[0].upper() + name[1:] + "Input"
        query = f"mutation Act($input: {input_type}!) {{ {name}(input: $input) {{ {selection} }} }}"
        return (await self.graphql(query, input=given))[name]

    async def agent(self, agent: Agent, selection: str) -> Any:
        """Fields of an agent, in whatever state it is."""
        query = f"query ($slug: ID!) {{ agent(slug: $slug) {{ {selection} }} }}"
        slug = f"{self.server.facts['organization_slug']}/{agent.uuid}"
        return (await self.graphql(query, slug=slug))["agent"]

    async def state(self, agent: Agent) -> str:
        """An agent's connection state."""
        state: str = (await self.agent(agent, "connectionState"))["connectionState"]
        return state

    async def agents(self, **filters: Any) -> list[str]:
        """The names of the organization's listed agents."""
        slug = self.server.facts["organization_slug"]
        arguments = "".join(f", {name}: {_literal(value)}" for name, value in filters.items())
        query = (
            f"query ($slug: ID!) {{ organization(slug: $slug) {{ agents(first: 500{arguments})"
            " { edges { node { name } } } } }"
        )
        data = await self.graphql(query, slug=slug)
        return [edge["node"]["name"] for edge in data["organization"]["agents"]["edges"]]


class Administrator(Member):
    """An administrator of the first organization, who also has the controls."""

    def __init__(self, server: Served, facts: dict[str, Any] | None = None) -> None:
        self.facts = facts or server.facts
        super().__init__(server, self.facts["api_access_token"])

    @property
    def organization_id(self) -> str:
        """The GraphQL ID."""
        organization_id: str = self.facts["organization_id"]
        return organization_id

    async def cluster_id(self) -> str:
        """The GraphQL ID of the first cluster."""
        data = await self.graphql(
            "query ($slug: ID!, $id: ID!)"
            " { organization(slug: $slug) { cluster(id: $id) { id } } }",
            slug=self.facts["organization_slug"],
            id=self.facts["cluster_id"],
        )
        cluster_id: str = data["organization"]["cluster"]["id"]
        return cluster_id

    async def create_agent_token(self, description: str = "fleet", **given: Any) -> dict[str, Any]:
        """A clustered agent token: `id`, `uuid` and `value`."""
        payload = await self.mutate(
            "clusterAgentTokenCreate",
            "tokenValue clusterAgentToken { id uuid }",
            **{
                "organizationId": self.organization_id,
                "clusterId": await self.cluster_id(),
                "description": description,
                **given,
            },
        )
        return {**payload["clusterAgentToken"], "value": payload["tokenValue"]}

    async def revoke_agent_token(self, node_id: str) -> None:
        """Revoke a clustered agent token."""
        await self.mutate(
            "clusterAgentTokenRevoke",
            "deletedClusterAgentTokenId",
            organizationId=self.organization_id,
            id=node_id,
        )

    async def create_unclustered_agent_token(self, description: str = "fleet") -> dict[str, Any]:
        """An unclustered agent token: `id`, `uuid` and `value`."""
        payload = await self.mutate(
            "agentTokenCreate",
            "tokenValue agentTokenEdge { node { id uuid } }",
            organizationID=self.organization_id,
            description=description,
        )
        return {**payload["agentTokenEdge"]["node"], "value": payload["tokenValue"]}

    async def revoke_unclustered_agent_token(self, node_id: str, reason: str = "rotated") -> None:
        """Revoke an unclustered agent token."""
        await self.mutate("agentTokenRevoke", "agentToken { uuid }", id=node_id, reason=reason)

    async def agent_id(self, agent: Agent) -> str:
        """An agent's GraphQL ID."""
        agent_id: str = (await self.agent(agent, "id"))["id"]
        return agent_id

    async def control(self, path: str, body: Any = None) -> Any:
        """A control under `/_mock/`."""
        response = await self.server.http.post(f"/_mock/{path}", json=body)
        if not response.is_success:
            raise Refused(response)
        return response.json()

    async def advance(self, seconds: float, *, silent: bool = False) -> None:
        """Let the world's time pass."""
        await self.control("clock", {"advance_seconds": seconds, "silent": silent})

    async def seed(self, document: dict[str, Any]) -> Any:
        """Add to the world."""
        return await self.control("seed", document)


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(_literal(each) for each in value)}]"
    return f'"{value}"'
