"""Starting: what is printed for a program and for a person, and that it works."""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.command_line.processes import (
    MODULE,
    PATIENCE_SECONDS,
    SCRIPT,
    ServeProcess,
    environment,
    run,
    serve,
    start,
)

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")

ORGANIZATION_FACTS = {
    "organization_slug",
    "organization_id",
    "cluster_id",
    "agent_token",
    "unclustered_agent_token",
    "api_access_token",
}


@pytest.mark.parametrize("program", [MODULE, SCRIPT], ids=["module", "script"])
def test_json_is_one_line_with_all_that_a_program_needs(program: tuple[str, ...]) -> None:
    with serve(program=program) as server:
        facts = server.facts
        healthy = httpx.get(f"{server.url}/healthz", trust_env=False)
        server.end()
        rest = server.rest_of_stdout()

    assert rest == ""
    assert set(facts) == ORGANIZATION_FACTS | {
        "url",
        "agent_endpoint",
        "graphql_endpoint",
        "rest_endpoint",
        "pid",
        "env",
        "organizations",
    }
    assert facts["pid"] == server.process.pid
    assert facts["organizations"] == [{name: facts[name] for name in ORGANIZATION_FACTS}]
    assert [facts[f"{api}_endpoint"] for api in ("agent", "graphql", "rest")] == [
        f"{facts['url']}/{path}" for path in ("v3", "v1", "v2")
    ]
    assert healthy.status_code == 200


def test_json_tells_the_same_of_each_organization() -> None:
    with serve("--seed", "two") as server:
        facts = server.facts

    assert [each["organization_slug"] for each in facts["organizations"]] == ["acme", "rival"]
    assert all(set(each) == ORGANIZATION_FACTS for each in facts["organizations"])
    tokens = [
        each[name]
        for each in facts["organizations"]
        for name in ORGANIZATION_FACTS
        if name.endswith("token")
    ]
    assert None not in tokens
    assert len(set(tokens)) == 6


def test_env_is_what_official_clients_read() -> None:
    with serve() as server:
        facts = server.facts

    assert facts["env"] == {
        "BUILDKITE_AGENT_ENDPOINT": facts["agent_endpoint"],
        "BUILDKITE_AGENT_TOKEN": facts["agent_token"],
        "BUILDKITE_API_TOKEN": facts["api_access_token"],
        "BUILDKITE_GRAPHQL_TOKEN": facts["api_access_token"],
        "BUILDKITE_ORGANIZATION": "sandbox",
        "BUILDKITE_ORGANIZATION_SLUG": "sandbox",
        "BUILDKITE_GRAPHQL_URL": facts["graphql_endpoint"],
        "BUILDKITE_GRAPHQL_ENDPOINT": facts["graphql_endpoint"],
        "BUILDKITE_REST_URL": facts["url"],
        "BUILDKITE_REST_API_ENDPOINT": facts["url"],
        "BUILDKITE_NO_KEYRING": "1",
    }


def test_a_person_reads_the_addresses_the_tokens_and_an_agent_to_start() -> None:
    with serve() as server:
        facts = server.facts

    # On a loopback address the same tokens are printed every time.
    with start() as server:
        welcome = read_welcome(server)

    address = re.search(r"Agent API +(\S+)/v3\n", welcome)
    assert address is not None
    url = address[1]
    assert f" {url}/v1\n" in welcome
    assert f" {url}/v2\n" in welcome
    for name in ("organization_slug", "agent_token", "unclustered_agent_token", "api_access_token"):
        assert f" {facts[name]}\n" in welcome, name
    line = next(line for line in welcome.splitlines() if "buildkite-agent start" in line)
    assert f"--endpoint {url}/v3 --token {facts['agent_token']} " in line
    for option in ("--config /dev/null", "--hooks-path ", "--plugins-path ", "--build-path "):
        assert option in line


@needs_curl
@pytest.mark.parametrize(("era", "prefix"), [("current", "bkct_"), ("older", "bkar_")])
def test_the_printed_curl_lines_create_and_revoke_an_agent_token(era: str, prefix: str) -> None:
    # Whoever chooses a value may choose one that a shell reads something into.
    chosen = {"MOCK_BUILDKITE_API_ACCESS_TOKEN": "it's\"a$HOME`#"}

    with start("--token-era", era, variables=chosen) as server:
        create, revoke = curl_lines(read_welcome(server))
        value, node_id = find_token(shell(create))
        before = identify(create, value)
        revoked = shell(revoke.replace("ID OF THE TOKEN", node_id))
        after = identify(create, value)

    assert value.startswith(prefix)
    assert "errors" not in revoked
    assert (before, after) == (200, 401)


@needs_curl
def test_on_a_later_start_the_shell_fills_the_api_access_token_in(tmp_path: Path) -> None:
    with serve("--data", tmp_path) as server:
        token = server.facts["api_access_token"]
        server.end()

    with start("--data", tmp_path) as server:
        welcome = read_welcome(server)
        create, _ = curl_lines(welcome)
        created = shell(create, {"BUILDKITE_API_TOKEN": token})

    assert welcome.count("(shown at the first start only)") == 3
    assert find_token(created)[0].startswith("bkct_")


def test_the_version_is_printed() -> None:
    printed = run("version")

    assert re.fullmatch(r"mock-buildkite \d+\.\d+\.\d+\n", printed.stdout)


def read_welcome(server: ServeProcess) -> str:
    lines = iter(server.read_line, "Press Ctrl-C to stop\n")
    return "".join(lines)


def curl_lines(welcome: str) -> list[str]:
    return [line.strip() for line in welcome.splitlines() if line.strip().startswith("curl ")]


def shell(line: str, variables: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What a line prints when it is pasted into a shell."""
    done = subprocess.run(  # noqa: S602 - that is how it is used
        line,
        shell=True,
        env=environment(variables),
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def find_token(created: dict[str, Any]) -> tuple[str, str]:
    """The value and the GraphQL ID in the answer of either mutation."""
    [payload] = created["data"].values()
    agent_token = payload.get("clusterAgentToken") or payload["agentTokenEdge"]["node"]
    return payload["tokenValue"], agent_token["id"]


def identify(line: str, agent_token: str) -> int:
    """The status with which the server that a curl line calls answers about an agent token."""
    address = re.search(r"(http://\S+)/v1 ", line)
    assert address is not None
    return httpx.get(
        f"{address[1]}/v3/token",
        headers={"Authorization": f"Token {agent_token}"},
        trust_env=False,
    ).status_code
