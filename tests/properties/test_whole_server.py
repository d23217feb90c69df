"""The whole server against a model: after every step all its APIs must show what the model has."""

import asyncio
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from mock_buildkite.clock import ManualClock
from mock_buildkite.settings import Settings
from tests import actors
from tests.actors import Administrator, GraphQLRefused, Refused
from tests.properties import model
from tests.properties.model import CLUSTER_QUEUES, Model
from tests.rest_api.actors import Caller
from tests.server import serve_in_process

# Where something happens on that very second, and just before and after it.
ONE_OF_THE_NEXT = st.integers(0, 3)
ON_THE_SECOND_OR_NEXT_TO_IT = st.sampled_from([0, 0, -1, 1])
ABOUT_A_MINUTE = st.sampled_from([0, 59, 60])
SECONDS = st.sampled_from([0, 1, 60, 180, 600, 3600, 3780, 90_000]) | st.integers(0, 10_000)
# Few of each, so that much happens to the same ones.
MOST_TOKENS, MOST_LIVE_AGENTS, MOST_AGENTS = 4, 2, 6
MOSTLY_LIVE = st.integers(0, 11)
QUEUES = st.sampled_from([None, *CLUSTER_QUEUES])
SHORTEST_LIFE_SECONDS = 600
LIFETIMES = st.sampled_from([None, 599, 600, 1200, 7200])
TIMEOUTS = st.sampled_from([None, 1, 3, 5, 60, 120])
NOTES = st.sampled_from([None, "disk full"])

AGENT_FIELDS = """
  uuid connectionState connectedAt heartbeatAt lostAt disconnectedAt
  stoppedGracefullyAt stopForcedAt paused pausedNote pausedTimeoutInMinutes
"""
VIEW = f"""
query ($slug: ID!, $cluster: ID!) {{
  organization(slug: $slug) {{
    agents(first: 500) {{ count edges {{ node {{ {AGENT_FIELDS} }} }} }}
    paused: agents(paused: true) {{ count }}
    unclustered: agents(clustered: false) {{ count }}
    inCluster: agents(cluster: $cluster) {{ count }}
    agentTokens {{ count edges {{ node {{ uuid revokedAt }} }} }}
    revoked: agentTokens(revoked: true) {{ count }}
    cluster(id: $cluster) {{ agentTokens {{ count edges {{ node {{ uuid expiresAt }} }} }} }}
  }}
}}
"""


class AgentToken:
    """An agent token of the model, and how the server knows it."""

    def __init__(self, of_model: model.AgentToken, created: dict[str, Any]) -> None:
        self.model = of_model
        self.node_id: str = created["id"]
        self.uuid: str = created["uuid"]
        self.value: str = created["value"]


class Agent:
    """An agent of the model, and the client that speaks for it."""

    def __init__(self, of_model: model.Agent, client: actors.Agent, token: AgentToken) -> None:
        self.model = of_model
        self.client = client
        self.token = token


class WholeServer(RuleBasedStateMachine):
    """People, programs and time act on a server, in any order."""

    tokens: Bundle[AgentToken] = Bundle("tokens")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        clock = ManualClock()
        self.model = Model(clock.now())
        self.all_tokens: list[AgentToken] = []
        self.all_agents: list[Agent] = []
        self.server = self.run(self.stack.enter_async_context(serve_in_process(Settings(), clock)))
        self.admin = Administrator(self.server)

    def teardown(self) -> None:
        self.run(self.stack.aclose())
        self.runner.close()

    @property
    def live_agents(self) -> list[Agent]:
        return [each for each in self.all_agents if each.model.is_live]

    def run(self, act: Awaitable[Any]) -> Any:
        """Have something done in the machine's event loop."""

        async def awaited() -> Any:
            return await act

        return self.runner.run(awaited())

    def expect(self, act: Awaitable[Any], *, allowed: bool, status: int = 401) -> Any:
        """Have something done that has to be refused, with that status, unless it is allowed."""
        answer, refused = None, None
        try:
            answer = self.run(act)
        except (Refused, GraphQLRefused) as error:
            refused = error
        expected = None if allowed else status
        assert (None if refused is None else refused.status) == expected, refused or answer
        return answer

    # Agent tokens

    @initialize(target=tokens)
    def find_the_tokens_of_the_seed(self) -> MultipleResults[AgentToken]:
        async def found() -> list[dict[str, Any]]:
            await self.admin.mutate(
                "clusterQueueCreate",
                "clusterQueue { id }",
                organizationId=self.admin.organization_id,
                clusterId=await self.admin.cluster_id(),
                key="deploy",
            )
            facts = self.server.facts
            node = "edges { node { id uuid } }"
            shown = await self.admin.graphql(
                "query ($slug: ID!, $cluster: ID!) { organization(slug: $slug) {"
                f" agentTokens {{ {node} }}"
                f" cluster(id: $cluster) {{ agentTokens {{ {node} }} }} }} }}",
                slug=facts["organization_slug"],
                cluster=facts["cluster_id"],
            )
            organization = shown["organization"]
            (clustered,) = organization["cluster"]["agentTokens"]["edges"]
            (unclustered,) = organization["agentTokens"]["edges"]
            return [
                {**clustered["node"], "value": facts["agent_token"]},
                {**unclustered["node"], "value": facts["unclustered_agent_token"]},
            ]

        clustered, unclustered = self.run(found())
        tokens = (
            self._remember(model.AgentToken(is_clustered=True), clustered),
            self._remember(model.AgentToken(is_clustered=False), unclustered),
        )
        self.register(tokens[0], None)
        return multiple(*tokens)

    @precondition(lambda self: len(self.all_tokens) < MOST_TOKENS)
    @rule(target=tokens, lifetime=LIFETIMES)
    def create_a_clustered_agent_token(
        self, lifetime: int | None
    ) -> AgentToken | MultipleResults[AgentToken]:
        expires_at = None if lifetime is None else self.model.now + timedelta(seconds=lifetime)
        act = self.admin.create_agent_token(
            expiresAt=None if expires_at is None else expires_at.isoformat()
        )
        allowed = lifetime is None or lifetime >= SHORTEST_LIFE_SECONDS
        created = self.expect(act, allowed=allowed, status=200)
        if created is None:
            return multiple()
        return self._remember(model.AgentToken(is_clustered=True, expires_at=expires_at), created)

    @precondition(lambda self: len(self.all_tokens) < MOST_TOKENS)
    @rule(target=tokens)
    def create_an_unclustered_agent_token(self) -> AgentToken:
        created = self.run(self.admin.create_unclustered_agent_token())
        return self._remember(model.AgentToken(is_clustered=False), created)

    @rule(token=tokens)
    def revoke(self, token: AgentToken) -> None:
        if token.model.is_clustered:
            act = self.admin.revoke_agent_token(token.node_id)
        else:
            act = self.admin.revoke_unclustered_agent_token(token.node_id)
        self.expect(act, allowed=self.model.revoke(token.model), status=200)

    # Agents

    @precondition(lambda self: self._has_room_for_an_agent())
    @rule(token=tokens, queue=QUEUES)
    def register(self, token: AgentToken, queue: str | None) -> None:
        client = actors.Agent(self.server, token.value)
        registered = self.model.register(token.model, queue or "default")
        allowed = registered is not None
        self.expect(client.identity(), allowed=allowed)
        meta_data = None if queue is None else [f"queue={queue}"]
        self.expect(client.register(meta_data=meta_data), allowed=allowed)
        if registered is not None:
            self.all_agents.append(Agent(registered, client, token))

    def _has_room_for_an_agent(self) -> bool:
        return len(self.live_agents) < MOST_LIVE_AGENTS and len(self.all_agents) < MOST_AGENTS

    @rule(which=MOSTLY_LIVE)
    def connect(self, which: int) -> None:
        agent = self._agent(which)
        self.expect(agent.client.connect(), allowed=self.model.connect(agent.model))

    @rule(which=MOSTLY_LIVE)
    def heartbeat(self, which: int) -> None:
        agent = self._agent(which)
        self.expect(agent.client.heartbeat(), allowed=self.model.heartbeat(agent.model))

    @rule(which=MOSTLY_LIVE)
    def disconnect(self, which: int) -> None:
        agent = self._agent(which)
        self.expect(agent.client.disconnect(), allowed=self.model.disconnect(agent.model))

    # Orders, which the agent or a user gives

    @rule(which=MOSTLY_LIVE, by_user=st.booleans(), force=st.booleans())
    def stop(self, which: int, *, by_user: bool, force: bool) -> None:
        agent = self._agent(which)
        self._present(agent, by_user=by_user)
        allowed = self.model.stop(agent.model, force=force)
        if by_user:
            self._expect_of_user("agentStop", agent, allowed=allowed, graceful=not force)
        else:
            self.expect(agent.client.stop(force=force), allowed=allowed)

    @rule(which=MOSTLY_LIVE, by_user=st.booleans(), note=NOTES, minutes=TIMEOUTS)
    def pause(self, which: int, note: str | None, minutes: int | None, *, by_user: bool) -> None:
        agent = self._agent(which)
        self._present(agent, by_user=by_user)
        allowed = self.model.pause(agent.model, note, minutes)
        if by_user:
            given = {"note": note, "timeoutInMinutes": minutes}
            self._expect_of_user("agentPause", agent, allowed=allowed, **given)
        else:
            act = agent.client.pause(note=note, timeout_in_minutes=minutes or 0)
            self.expect(act, allowed=allowed)

    @rule(which=MOSTLY_LIVE, by_user=st.booleans())
    def resume(self, which: int, *, by_user: bool) -> None:
        agent = self._agent(which)
        self._present(agent, by_user=by_user)
        status = 422 if agent.model.is_live else 401
        allowed = self.model.resume(agent.model)
        if by_user:
            self._expect_of_user("agentResume", agent, allowed=allowed)
        else:
            self.expect(agent.client.resume(), allowed=allowed, status=status)

    def _agent(self, which: int) -> Agent:
        """One of those that live, or, one time in four, of all."""
        one_of, number = (self.live_agents, which // 4) if which % 4 else (self.all_agents, which)
        one_of = one_of or self.all_agents
        return one_of[number % len(one_of)]

    def _present(self, agent: Agent, *, by_user: bool) -> None:
        """An agent that is refused itself learns from it that its session is over."""
        if not by_user:
            self.model.presents_session_token(agent.model)

    # Time

    @precondition(lambda self: self.model.turning_points())
    @rule(which=ONE_OF_THE_NEXT, seconds_off=ON_THE_SECOND_OR_NEXT_TO_IT)
    def wait_in_silence_for_something_to_happen(self, which: int, seconds_off: int) -> None:
        self._go_to(which, seconds_off, silent=True)

    @precondition(lambda self: self.model.turning_points())
    @rule(which=ONE_OF_THE_NEXT, seconds_off=ON_THE_SECOND_OR_NEXT_TO_IT)
    def wait_among_heartbeats_for_something_to_happen(self, which: int, seconds_off: int) -> None:
        self._go_to(which, seconds_off, silent=False)

    @precondition(lambda self: self.live_agents)
    @rule(cut_before=SECONDS, seconds_over=st.sampled_from([0, 30, 500]), later=ABOUT_A_MINUTE)
    def give_an_agent_up(self, cut_before: int, seconds_over: int, later: int) -> None:
        """Long silence, cut in two; and then the minute in which heartbeats are answered still."""
        agent = self.live_agents[0].model
        until = int((agent.session_ends_at - self.model.now).total_seconds())
        cut_before = min(cut_before, until)
        self._advance([until - cut_before, cut_before + seconds_over, later], silent=True)

    @rule(pieces=st.lists(SECONDS, min_size=1, max_size=5), silent=st.booleans())
    def let_time_pass_in_pieces(self, pieces: list[int], *, silent: bool) -> None:
        self._advance(pieces, silent=silent)

    def _go_to(self, which: int, seconds_off: int, *, silent: bool) -> None:
        moments = self.model.turning_points()
        until = moments[which % len(moments)] - self.model.now
        self._advance([max(0, int(until.total_seconds()) + seconds_off)], silent=silent)

    def _advance(self, pieces: list[int], *, silent: bool) -> None:
        self.model.advance([timedelta(seconds=each) for each in pieces], silent=silent)
        for seconds in pieces:
            answer = self.run(
                self.admin.control("clock", {"advance_seconds": seconds, "silent": silent})
            )
        assert moment(answer["now"]) == self.model.now

    # What everybody sees

    @invariant()
    def every_view_agrees_with_the_model(self) -> None:
        self.run(self._look())

    async def _look(self) -> None:
        facts = self.server.facts
        shown = await self.admin.graphql(
            VIEW, slug=facts["organization_slug"], cluster=facts["cluster_id"]
        )
        organization = shown["organization"]
        self._see_tokens(organization)
        await self._see_agents(organization)
        await self._see_agents_and_tokens_over_rest()
        await self._see_every_agent_in_the_controls()
        await self._see_what_tokens_are_good_for()

    def _see_tokens(self, organization: dict[str, Any]) -> None:
        clustered = {each.uuid: each for each in self.all_tokens if each.model.is_clustered}
        unclustered = {each.uuid: each for each in self.all_tokens if not each.model.is_clustered}
        shown = organization["cluster"]["agentTokens"]
        assert {node["uuid"]: moment(node["expiresAt"]) for node in nodes(shown)} == {
            uuid: each.model.expires_at
            for uuid, each in clustered.items()
            if not each.model.is_revoked
        }
        assert shown["count"] == len(nodes(shown))
        shown = organization["agentTokens"]
        assert {node["uuid"]: node["revokedAt"] is not None for node in nodes(shown)} == {
            uuid: each.model.is_revoked for uuid, each in unclustered.items()
        }
        assert shown["count"] == len(unclustered)
        assert organization["revoked"]["count"] == sum(
            each.model.is_revoked for each in unclustered.values()
        )

    async def _see_agents(self, organization: dict[str, Any]) -> None:
        live = [each.model for each in self.live_agents]
        shown = {node["uuid"]: node for node in nodes(organization["agents"])}
        assert set(shown) == {each.client.uuid for each in self.live_agents}
        for each in self.all_agents:
            node = shown.get(each.client.uuid) or await self.admin.agent(each.client, AGENT_FIELDS)
            assert with_moments(node) == as_in_graphql(each)
            await self._see_what_the_agent_hears(each)
        clustered = sum(each.agent_token.is_clustered for each in live)
        assert {
            name: organization[name]["count"]
            for name in ("agents", "paused", "unclustered", "inCluster")
        } == {
            "agents": len(live),
            "paused": sum(each.pause is not None for each in live),
            "unclustered": len(live) - clustered,
            "inCluster": clustered,
        }

    async def _see_what_the_agent_hears(self, agent: Agent) -> None:
        """Of calls that change nothing: a live agent's ping, an ended one's heartbeat."""
        if agent.model.is_live:
            assert (await agent.client.ping()).get("action") == agent.model.action
            return
        try:
            await agent.client.heartbeat()
            status = 200
        except Refused as refused:
            status = refused.status
        assert status == (200 if self.model.heartbeat(agent.model) else 401)

    async def _see_agents_and_tokens_over_rest(self) -> None:
        rest = Caller(self.server, self.admin.api_access_token)
        shown = {each["id"]: each for each in await rest.get(f"{SANDBOX}/agents", per_page=100)}
        assert set(shown) == {
            each.client.uuid
            for each in self.all_agents
            if each.model.state in {"connected", "stopping"}
        }
        for each in self.all_agents:
            uuid = each.client.uuid
            agent = shown.get(uuid) or await rest.get(f"{SANDBOX}/agents/{uuid}")
            expected = as_in_rest(each)
            assert {
                name: moment(agent[name]) if name.endswith("_at") else agent[name]
                for name in expected
            } == expected
        tokens = f"{SANDBOX}/clusters/{self.server.facts['cluster_id']}/tokens"
        assert {each["id"] for each in await rest.get(tokens, per_page=100)} == {
            each.uuid
            for each in self.all_tokens
            if each.model.is_clustered and not each.model.is_revoked
        }

    async def _see_every_agent_in_the_controls(self) -> None:
        shown = (await self.server.http.get("/_mock/agents")).json()
        assert [
            {
                "uuid": each["uuid"],
                "agent_token_uuid": each["agent_token_uuid"],
                "connection_state": each["connection_state"],
                **{name: moment(each[name]) for name in MOMENTS},
            }
            for each in shown
        ] == [
            {
                "uuid": each.client.uuid,
                "agent_token_uuid": each.token.uuid,
                "connection_state": each.model.state,
                "connected_at": each.model.connected_at,
                "heartbeat_at": each.model.heartbeat_at,
                "lost_at": each.model.lost_at,
                "disconnected_at": each.model.ended_at,
            }
            for each in self.all_agents
        ]

    async def _see_what_tokens_are_good_for(self) -> None:
        for each in self.all_tokens:
            answer = await self.server.http.get(
                "/v3/metrics", headers={"Authorization": f"Token {each.value}"}
            )
            assert answer.status_code == (200 if self.model.is_usable(each.model) else 401)
            if answer.is_success:
                counted = self._metrics(is_clustered=each.model.is_clustered)
                assert answer.json()["agents"] == counted

    def _metrics(self, *, is_clustered: bool) -> dict[str, Any]:
        queues = {
            key: self.model.count(is_clustered=is_clustered, queue=key) for key in CLUSTER_QUEUES
        }
        return {
            **counts(self.model.count(is_clustered=is_clustered)),
            "queues": {
                key: counts(number) for key, number in queues.items() if is_clustered or number
            },
        }

    def _remember(self, of_model: model.AgentToken, created: dict[str, Any]) -> AgentToken:
        self.model.agent_tokens.append(of_model)
        token = AgentToken(of_model, created)
        self.all_tokens.append(token)
        return token

    def _expect_of_user(self, name: str, agent: Agent, *, allowed: bool, **given: Any) -> None:
        async def act() -> Any:
            node_id = await self.admin.agent_id(agent.client)
            return await self.admin.mutate(name, "agent { uuid }", id=node_id, **given)

        self.expect(act(), allowed=allowed, status=200)


SANDBOX = "/organizations/sandbox"
MOMENTS = ("connected_at", "heartbeat_at", "lost_at", "disconnected_at")


def nodes(connection: dict[str, Any]) -> list[dict[str, Any]]:
    return [edge["node"] for edge in connection["edges"]]


def moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def counts(number: int) -> dict[str, int]:
    return {"idle": number, "busy": 0, "total": number}


def with_moments(node: dict[str, Any]) -> dict[str, Any]:
    """An agent of GraphQL with its moments read."""
    return {name: moment(of) if name.endswith("At") else of for name, of in node.items()}


def as_in_rest(agent: Agent) -> dict[str, Any]:
    """What the REST API should show of an agent."""
    state, pause = agent.model.state, agent.model.pause
    return {
        "connection_state": state,
        "connected_at": agent.model.connected_at,
        "disconnected_at": agent.model.ended_at,
        "lost_at": agent.model.lost_at,
        "stopped_at": agent.model.ended_at if state == "stopped" else None,
        "paused": pause is not None,
        "paused_note": None if pause is None else pause.note,
        "paused_timeout_in_minutes": None if pause is None else pause.minutes,
    }


def as_in_graphql(agent: Agent) -> dict[str, Any]:
    """What GraphQL should show of an agent."""
    pause = agent.model.pause
    return {
        "uuid": agent.client.uuid,
        "connectionState": agent.model.state,
        "connectedAt": agent.model.connected_at,
        "heartbeatAt": agent.model.heartbeat_at,
        "lostAt": agent.model.lost_at,
        "disconnectedAt": agent.model.ended_at,
        "stoppedGracefullyAt": agent.model.stopped_gracefully_at,
        "stopForcedAt": agent.model.stop_forced_at,
        "paused": pause is not None,
        "pausedNote": None if pause is None else pause.note,
        "pausedTimeoutInMinutes": 0 if pause is None else pause.minutes,
    }


TestWholeServer = WholeServer.TestCase
TestWholeServer.settings = settings(max_examples=settings().max_examples * 2 // 5)
