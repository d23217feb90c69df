"""The `mock_buildkite` fixture, in any project that has the package installed.

One server per session (and so per xdist worker), put back to its seed between tests. Everything
heavy is imported when the fixture is first used: every pytest run of a project loads this module.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mock_buildkite.running import RunningServer
    from mock_buildkite.settings import Settings


class GraphQLError(AssertionError):
    """A GraphQL answer with errors: the query, and what was wrong about it."""

    def __init__(self, query: str, errors: list[dict[str, Any]]) -> None:
        messages = "\n".join(f"  {error['message']}" for error in errors)
        super().__init__(f"GraphQL refused\n{query}\nbecause\n{messages}")
        self.errors = errors


class MockBuildkite:
    """A running server, its facts as attributes, and the controls of a test's author."""

    url: str
    agent_endpoint: str
    graphql_endpoint: str
    rest_endpoint: str
    organization_slug: str
    organization_id: str
    cluster_id: str
    agent_token: str
    unclustered_agent_token: str
    api_access_token: str
    pid: int
    env: dict[str, str]
    organizations: list[dict[str, Any]]

    def __init__(self, server: "RunningServer") -> None:
        self._take(server.facts)

    def seed(self, document: dict[str, Any]) -> dict[str, Any]:
        """Add to the world, all or nothing; every id and value that was minted."""
        answer: dict[str, Any] = self._control("seed", document)
        return answer

    def advance(self, seconds: float, *, silent: bool = False) -> None:
        """Let the world's time pass; with `silent` without its agents' heartbeats."""
        self._control("clock", {"advance_seconds": seconds, "silent": silent})

    def reset(self) -> None:
        """Put the world back to its seed and the present."""
        self._take(self._control("reset", {}))

    def graphql(self, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        """The data of a GraphQL operation, called by the organization's administrator.

        Raises:
            GraphQLError: it was refused.
        """
        answer = self._post(
            self.graphql_endpoint,
            {"query": query, "variables": variables or {}},
            {"Authorization": f"Bearer {self.api_access_token}"},
        )
        if answer.get("errors"):
            raise GraphQLError(query, answer["errors"])
        data: dict[str, Any] = answer["data"]
        return data

    def agents(self) -> list[dict[str, Any]]:
        """Every agent ever registered since the last reset, with the agent token it used."""
        agents: list[dict[str, Any]] = self._send("GET", f"{self.url}/_mock/agents", None, {})
        return agents

    def report_leak(
        self,
        value: str,
        *,
        type: str | None = None,  # noqa: A002 - as GitHub calls it
        url: str | None = None,
        source: str | None = None,
    ) -> list[dict[str, str]]:
        """Report a value as GitHub's secret scanning does, signed; what it is told of it."""
        from mock_buildkite.github_tools import reporting  # noqa: PLC0415 - see above

        report = reporting.body(
            [value],
            type_=type,
            url=reporting.USUAL_URL if url is None else url,
            source=source or reporting.USUAL_SOURCE,
        )
        signature = reporting.signed_by_server(self.url, report)
        answer = reporting.send(f"{self.url}{reporting.ALERTS_PATH}", report, signature)
        if not answer.is_success:
            msg = f"mock-buildkite refused the report: {answer.status} {answer.feedback}"
            raise AssertionError(msg)
        feedback: list[dict[str, str]] = answer.feedback
        return feedback

    def leaks(self) -> list[dict[str, Any]]:
        """Every token that was reported since the last reset, and what was done."""
        leaks: list[dict[str, Any]] = self._send("GET", f"{self.url}/_mock/leaks", None, {})
        return leaks

    def outbox(self) -> list[dict[str, Any]]:
        """Every mail that Buildkite would have sent since the last reset."""
        notices: list[dict[str, Any]] = self._send("GET", f"{self.url}/_mock/outbox", None, {})
        return notices

    def _take(self, facts: dict[str, Any]) -> None:
        vars(self).update(facts)

    def _control(self, name: str, body: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        return self._post(f"{self.url}/_mock/{name}", body, {})

    def _post(self, url: str, body: dict[str, Any], headers: dict[str, str]) -> Any:  # noqa: ANN401
        return self._send("POST", url, body, headers)

    def _send(
        self, method: str, url: str, body: dict[str, Any] | None, headers: dict[str, str]
    ) -> Any:  # noqa: ANN401 - JSON
        import json  # noqa: PLC0415 - see above
        from urllib.error import HTTPError  # noqa: PLC0415
        from urllib.request import ProxyHandler, Request, build_opener  # noqa: PLC0415

        data = None if body is None else json.dumps(body).encode()
        request = Request(  # noqa: S310 - the server's own address
            url, data, {"Content-Type": "application/json", **headers}, method=method
        )
        opener = build_opener(ProxyHandler({}))  # the machine's proxy has no business here
        try:
            with opener.open(request, timeout=30) as response:
                return json.load(response)
        except HTTPError as error:
            with error:
                text = error.read().decode(errors="replace")
            msg = f"mock-buildkite refused {method} {url}: {error.code} {text}"
            raise AssertionError(msg) from None


@pytest.fixture(scope="session")
def mock_buildkite_settings() -> "Settings":
    """What the server is told; override it to tell it something else."""
    from mock_buildkite.settings import Settings  # noqa: PLC0415 - see above

    return Settings(port=0)


@pytest.fixture(scope="session")
def mock_buildkite_server(mock_buildkite_settings: "Settings") -> Iterator[MockBuildkite]:
    """The session's server, which `mock_buildkite` hands to each test as new."""
    from dataclasses import replace  # noqa: PLC0415 - see above

    from mock_buildkite.running import RunningServer  # noqa: PLC0415

    with RunningServer(replace(mock_buildkite_settings, port=0)) as server:
        yield MockBuildkite(server)


@pytest.fixture
def mock_buildkite(mock_buildkite_server: MockBuildkite) -> Iterator[MockBuildkite]:
    """A running mock-buildkite, as it was at first; it is put back after the test."""
    yield mock_buildkite_server
    mock_buildkite_server.reset()
