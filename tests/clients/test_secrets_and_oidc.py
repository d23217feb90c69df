"""What a real agent's jobs read and prove: `secret get`, `secrets` of a step, `oidc request-token`.

What the commands are told leaves the job as meta-data of its build.
"""

import json
import os
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.builders import Builder
from tests.clients.agents import Fleet, reaching
from tests.clients.operators import Operator
from tests.clients.waiting import eventually
from tests.command_line.processes import environment
from tests.oidc.verifiers import Verifier
from tests.secrecy import Watch
from tests.server import Served

pytestmark = pytest.mark.real_agent

CLUSTER = {
    "name": "Default cluster",
    "secrets": {"DEPLOY_KEY": "open-sesame", "API_KEY": "abc-def"},
}
SET = "buildkite-agent meta-data set"
UNREDACTED = {True: " --skip-redaction", False: ""}


@pytest.fixture
def sockets() -> Iterator[Path]:
    """A folder with a short name: a longer one is too long for the path of a socket."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a commit, for a job to check out."""
    folder = tmp_path / "repository"
    folder.mkdir()
    names = ("AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL")
    author = {f"GIT_{name}": "x" for name in names}
    for command in (["init", "-q", "-b", "main"], ["commit", "-q", "--allow-empty", "-m", "First"]):
        subprocess.run(["git", *command], cwd=folder, env=environment(author), check=True)  # noqa: S603, S607 - git as it is found
    return folder


async def meta_data_of(
    server: Served, fleet: Fleet, sockets: Path, repository: Path, step: dict[str, Any]
) -> dict[str, str]:
    """What the commands of a passed job have set."""
    builder = Builder(server)
    configuration = json.dumps({"steps": [step]})
    slug = await builder.pipeline(configuration, repository=str(repository))
    build = await builder.build(slug)
    start = ["buildkite-agent", "start", "--config", os.devnull, "--no-color"]
    start += [*reaching(server), "--disconnect-after-job", "--write-job-logs-to-stdout"]
    start += ["--sockets-path", str(sockets)]
    places = [f'--{each}-path "$HOME/{each}"' for each in ("build", "hooks", "plugins")]
    agent = fleet.paste(" ".join([shlex.join(start), *places]))

    async def look() -> bool:
        return await builder.state(build) in {"passed", "failed"}

    await eventually(look, lambda: f"the build did not end:\n{agent.log}", within_seconds=30)
    assert await builder.state(build) == "passed", agent.log
    meta_data: dict[str, str] = (await builder.get_build(build))["meta_data"]
    return meta_data


async def test_a_service_verifies_the_token_that_a_job_requests(
    server: Served, fleet: Fleet, sockets: Path, repository: Path
) -> None:
    request = "buildkite-agent oidc request-token --audience verifier.test --claim cluster_id"
    request += UNREDACTED[fleet.release.reads_secrets]
    step = {"key": "prove", "command": f'{SET} token "$({request})"'}

    meta_data = await meta_data_of(server, fleet, sockets, repository, step)

    claims = await Verifier(server).claims(meta_data["token"], "verifier.test")
    assert claims["iss"] == server.url
    assert claims["cluster_id"] == server.facts["cluster_id"]
    assert claims["sub"].endswith(":step:prove")


async def test_a_job_reads_secrets_by_command_and_by_its_step(
    server: Served, fleet: Fleet, admin: Operator, sockets: Path, repository: Path, watch: Watch
) -> None:
    if not fleet.release.reads_secrets:
        pytest.skip(f"{fleet.release.version} has no `secret` command")
    # The job makes it meta-data of its build, and the agent is told not to take it out.
    build = "/v2/organizations/sandbox/pipelines/app/builds/1"
    watch.let(f"GET {build}", tell_again="open-sesame")
    await admin.seed({"organizations": [{"slug": "sandbox", "clusters": [CLUSTER]}]})
    get = "buildkite-agent secret get --skip-redaction"
    commands = [
        f'{SET} one "$({get} deploy_key)"',
        f'{SET} both "$({get} DEPLOY_KEY API_KEY)"',
        # Reversed, as the agent takes the value out of all that it sends.
        f'{SET} reversed "$(printenv RENAMED | rev)"',
    ]
    step = {"command": commands, "secrets": {"RENAMED": "API_KEY"}}

    meta_data = await meta_data_of(server, fleet, sockets, repository, step)

    assert meta_data["one"] == "open-sesame"
    assert json.loads(meta_data["both"]) == {"DEPLOY_KEY": "open-sesame", "API_KEY": "abc-def"}
    assert meta_data["reversed"] == "fed-cba"
