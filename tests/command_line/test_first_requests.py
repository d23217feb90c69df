"""The first requests to a server: its APIs are imported for them, not for the start."""

import asyncio
import subprocess
import sys

import httpx

from tests.command_line.processes import ServeProcess, serve

LATER = {
    "ariadne",
    "cryptography",
    "graphql",
    "httpx",
    "jinja2",
    "jwt",
    "lark",
    "markdown_it",
    "mock_buildkite.agent_api.app",
    "mock_buildkite.graphql_api.routes",
    "mock_buildkite.pipelines.reading",
    "mock_buildkite.rest_api.app",
}
"""What a start must not import."""
OPERATION = {"query": "{ viewer { user { email } } }"}


def test_a_start_imports_nothing_that_only_some_requests_need() -> None:
    code = "import sys, mock_buildkite.cli, mock_buildkite.serving; print(*sys.modules)"

    loaded = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()

    assert "mock_buildkite.app" in loaded
    assert not LATER.intersection(loaded)


async def test_the_first_requests_are_answered_though_they_come_together() -> None:
    with serve() as server:
        statuses = await first_statuses(server)

    assert statuses == [200] * len(statuses)


async def first_statuses(server: ServeProcess) -> list[int]:
    """How an API each, asked twice in the same moment, answers."""
    facts = server.facts
    bearer = {"Authorization": f"Bearer {facts['api_access_token']}"}
    agent = {"Authorization": f"Token {facts['agent_token']}"}
    async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=30) as http:
        answers = await asyncio.gather(
            *(
                request
                for _ in range(2)
                for request in (
                    http.post("/v1", json=OPERATION, headers=bearer),
                    http.post("/graphql", json=OPERATION, headers=bearer),
                    http.get("/v2/user", headers=bearer),
                    http.get("/v3/metrics", headers=agent),
                    http.get("/_mock/agents"),
                    http.get("/.well-known/openid-configuration"),
                    http.get("/healthz"),
                )
            )
        )
    return [answer.status_code for answer in answers]
