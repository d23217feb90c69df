"""Agents sign a pipeline over GraphQL, and verify the jobs of its builds."""

from pathlib import Path

import pytest

from tests.clients.agents import Fleet
from tests.clients.workshop import Workshop, make_repository
from tests.server import Served

YAML = """\
env:
  GREETING: hello
steps:
  - label: greet
    command: printenv GREETING
"""


async def test_a_pipeline_that_was_signed_where_it_is_runs_on_agents_that_verify(
    server: Served, fleet: Fleet, tmp_path: Path
) -> None:
    if not fleet.release.signs_at_any_address:
        pytest.skip(f"{fleet.release.version} signs what Buildkite itself has")
    private, public = fleet.release.draw_keys(tmp_path)
    repository = make_repository(tmp_path / "repository", {})
    workshop = Workshop(server, fleet, repository)
    await workshop.start_agents(1, "--verification-jwks-file", str(public))
    slug = await workshop.builder.pipeline(YAML, repository=str(repository))

    signing = fleet.paste(
        "buildkite-agent tool sign --update --no-confirm"
        f" --jwks-file {private} --jwks-key-id test"
        f" --graphql-endpoint {server.url}/v1 --graphql-token {server.facts['api_access_token']}"
        f" --organization-slug {server.facts['organization_slug']} --pipeline-slug {slug}"
    )
    assert await signing.exit_status(within_seconds=30) == 0, signing.log
    build = await workshop.builder.build(slug)
    await workshop.comes_to(build, "passed")

    log = await workshop.log(build, "greet")
    assert "Job signature verified" in log
    assert "hello" in log
