"""Data directories with so many registered agents, and the calls that are made of them."""

import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.load import Requests
from bench.servers import HEALTH, Served, bearer, call, ours, serving

CLIENTS = 8
JSON = {"Content-Type": "application/json"}
AGENT_HEADERS = {"User-Agent": "buildkite-agent/3.137.0.x (linux; amd64)"}
REGISTRATION = json.dumps(
    {
        "name": "%hostname-%spawn",
        "hostname": "bench",
        "os": "Linux bench 6.1.0-18-amd64 #1 SMP PREEMPT_DYNAMIC x86_64 GNU/Linux",
        "arch": "amd64",
        "script_eval_enabled": True,
        "ignore_in_dispatches": False,
        "priority": None,
        "version": "3.137.0",
        "build": "x",
        "meta_data": ["queue=default", "os=linux"],
        "pid": 4711,
        "machine_id": "0123456789abcdef0123456789abcdef",
        "features": ["polling-mode", "acquire", "signal_reason", "kubernetes-exec"],
    }
)
"""What buildkite-agent 3.137.0 sends on a Linux machine."""
CREATE = """
mutation ($input: ClusterAgentTokenCreateInput!) {
  clusterAgentTokenCreate(input: $input) {
    tokenValue
    clusterAgentToken { id uuid description }
  }
}
"""
FIRST_CLUSTER = """
query ($slug: ID!) {
  organization(slug: $slug) { clusters(first: 1) { edges { node { id } } } }
}
"""


@dataclass(frozen=True, slots=True)
class Fleet:
    """A data directory, with what is needed to speak for its agents and its administrator."""

    folder: Path
    facts: dict[str, Any]
    session_tokens: list[str]
    cluster_id: str
    idle_bytes: int
    """The server's memory before the agents registered, and after."""
    full_bytes: int

    @property
    def bytes_per_agent(self) -> float:
        """How much more memory an agent took, all that grew counted."""
        return (self.full_bytes - self.idle_bytes) / len(self.session_tokens)

    def requests(self, route: str) -> Requests:
        """The requests of one of the routes in `ROUTES`."""
        return ROUTES[route](self)

    @contextmanager
    def serving(self) -> Iterator[Served]:
        """Our server on a copy, so that every measurement finds the same data."""
        with TemporaryDirectory(prefix="mock-buildkite-bench-") as name:
            copy = Path(name) / "data"
            shutil.copytree(self.folder, copy)
            with self.serving_on(copy) as server:
                yield server

    @contextmanager
    def serving_on(self, folder: Path) -> Iterator[Served]:
        """Our server on a folder, knowing what it printed when it first served: the tokens."""
        with serving(ours(folder)) as server:
            yield replace(server, facts=self.facts)


def prepare(folder: Path, agents: int) -> Fleet:
    """Fill a data directory: start our server on it, register and connect its agents, end it."""
    with serving(ours(folder)) as server:
        server.call("GET", HEALTH, {}, None)
        idle_bytes = server.resident_bytes()
        session_tokens = _register(server, agents)
        full_bytes = server.resident_bytes()
        cluster_id = _first_cluster(server)
    return Fleet(folder, server.facts, session_tokens, cluster_id, idle_bytes, full_bytes)


def _ping(fleet: Fleet) -> Requests:
    return Requests("GET", "/v3/ping", _agents(fleet), AGENT_HEADERS)


def _heartbeat(fleet: Fleet) -> Requests:
    body = json.dumps({"sent_at": "2026-01-01T00:00:00.000000001Z"})
    return Requests("POST", "/v3/heartbeat", _agents(fleet), {**AGENT_HEADERS, **JSON}, body)


def _register_more(fleet: Fleet) -> Requests:
    authorization = f"Token {fleet.facts['agent_token']}"
    headers = {**AGENT_HEADERS, **JSON}
    return Requests("POST", "/v3/register", [authorization], headers, REGISTRATION)


def _create_agent_token(fleet: Fleet) -> Requests:
    given = {
        "organizationId": fleet.facts["organization_id"],
        "clusterId": fleet.cluster_id,
        "description": "fleet",
    }
    body = json.dumps({"query": CREATE, "variables": {"input": given}})
    return Requests("POST", "/v1", [bearer(fleet.facts)], JSON, body)


ROUTES = {
    "ping": _ping,
    "heartbeat": _heartbeat,
    "register": _register_more,
    "clusterAgentTokenCreate": _create_agent_token,
}


def _agents(fleet: Fleet) -> list[str]:
    return [f"Token {token}" for token in fleet.session_tokens]


def _register(server: Served, agents: int) -> list[str]:
    """The session tokens of new agents, who have connected."""
    shares = [len(range(client, agents, CLIENTS)) for client in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as clients:
        each = clients.map(lambda share: _register_some(server, share), shares)
        return [session_token for session_tokens in each for session_token in session_tokens]


def _register_some(server: Served, agents: int) -> list[str]:
    connection = server.connection()
    try:
        return [_register_one(connection, server.facts["agent_token"]) for _ in range(agents)]
    finally:
        connection.close()


def _register_one(connection: HTTPConnection, agent_token: str) -> str:
    headers = {**AGENT_HEADERS, **JSON, "Authorization": f"Token {agent_token}"}
    answer = call(connection, "POST", "/v3/register", headers, REGISTRATION)
    session_token: str = answer["access_token"]
    headers = {**AGENT_HEADERS, "Authorization": f"Token {session_token}"}
    call(connection, "POST", "/v3/connect", headers, "")
    return session_token


def _first_cluster(server: Served) -> str:
    """The GraphQL ID of the first organization's first cluster."""
    variables = {"slug": server.facts["organization_slug"]}
    body = json.dumps({"query": FIRST_CLUSTER, "variables": variables})
    headers = {**JSON, "Authorization": bearer(server.facts)}
    data = server.call("POST", "/v1", headers, body)["data"]
    cluster_id: str = data["organization"]["clusters"]["edges"][0]["node"]["id"]
    return cluster_id
