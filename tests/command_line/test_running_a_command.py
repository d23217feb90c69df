"""`exec`: a server for as long as a command runs, and the command none the wiser."""

import json
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.command_line.processes import MODULE, PATIENCE_SECONDS, environment, run

PRINT_VARIABLES = (
    "import json, os;"
    "print(json.dumps({k: v for k, v in os.environ.items() if k.startswith('BUILDKITE')}))"
)
REGISTER = """
import json, os, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
request = urllib.request.Request(
    os.environ["BUILDKITE_AGENT_ENDPOINT"] + "/register",
    json.dumps({"name": "runner"}).encode(),
    {"Authorization": "Token " + os.environ["BUILDKITE_AGENT_TOKEN"]},
)
print(json.load(opener.open(request))["name"])
"""
UNTIL_TOLD = """
import signal, sys
def told(number, frame):
    print("told", number, flush=True)
    sys.exit(3)
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1):
    signal.signal(number, told)
print("ready", flush=True)
while True:
    signal.pause()
"""


def variables_in(*options: object, variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables that a command finds."""
    command = (sys.executable, "-c", PRINT_VARIABLES)
    done = run("exec", *options, "--", *command, variables=variables)
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_a_command_finds_the_variables_that_official_clients_read() -> None:
    ours = {"BUILDKITE_AGENT_ENDPOINT": "https://agent.example/v3"}

    found = variables_in(variables=ours)

    url = found["BUILDKITE_REST_URL"]
    assert found == {
        "BUILDKITE_AGENT_ENDPOINT": f"{url}/v3",
        "BUILDKITE_AGENT_TOKEN": found["BUILDKITE_AGENT_TOKEN"],
        "BUILDKITE_API_TOKEN": found["BUILDKITE_API_TOKEN"],
        "BUILDKITE_GRAPHQL_TOKEN": found["BUILDKITE_API_TOKEN"],
        "BUILDKITE_ORGANIZATION": "sandbox",
        "BUILDKITE_ORGANIZATION_SLUG": "sandbox",
        "BUILDKITE_GRAPHQL_URL": f"{url}/v1",
        "BUILDKITE_GRAPHQL_ENDPOINT": f"{url}/v1",
        "BUILDKITE_REST_URL": url,
        "BUILDKITE_REST_API_ENDPOINT": url,
        "BUILDKITE_NO_KEYRING": "1",
    }
    assert not url.endswith(":5483")


def test_a_command_works_with_the_server_and_has_stdout_to_itself() -> None:
    done = run("exec", "--", sys.executable, "-c", REGISTER)

    assert (done.returncode, done.stdout, done.stderr) == (0, "runner\n", "")


def test_what_stands_before_the_dashes_is_for_the_server_and_the_rest_for_the_command() -> None:
    code = "import os, sys; print(os.environ['BUILDKITE_ORGANIZATION_SLUG'], *sys.argv[1:])"

    done = run("exec", "--seed", "two", "--", sys.executable, "-c", code, "--seed", "x", "--", "-h")

    assert done.stdout == "acme --seed x -- -h\n"


def test_the_older_era_gives_the_unclustered_token() -> None:
    found = variables_in("--token-era", "older")

    assert found["BUILDKITE_AGENT_TOKEN"].startswith("bkar_")


def test_a_seed_without_organizations_gives_addresses_only(tmp_path: Path) -> None:
    (tmp_path / "nobody.yaml").write_text("organizations: []")

    found = variables_in("--seed", tmp_path / "nobody.yaml")

    assert "BUILDKITE_AGENT_ENDPOINT" in found
    assert "BUILDKITE_AGENT_TOKEN" not in found
    assert "BUILDKITE_ORGANIZATION_SLUG" not in found


@pytest.mark.parametrize(("code", "status"), [("exit 0", 0), ("exit 7", 7), ("kill -9 $$", 137)])
def test_its_exit_status_is_that_of_the_command(code: str, status: int) -> None:
    done = run("exec", "--", "sh", "-c", code)

    assert (done.returncode, done.stdout, done.stderr) == (status, "", "")


def test_a_command_that_is_not_there_is_127(tmp_path: Path) -> None:
    done = run("exec", "--", tmp_path / "nothing")

    assert done.returncode == 127
    [line] = done.stderr.splitlines()
    assert str(tmp_path / "nothing") in line


def test_a_command_that_cannot_be_run_is_126(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("exit 0")
    script.chmod(stat.S_IRUSR)

    done = run("exec", "--", script)

    assert done.returncode == 126
    [line] = done.stderr.splitlines()
    assert str(script) in line


def test_without_a_command_nothing_is_served() -> None:
    done = run("exec")

    assert done.returncode == 2
    assert "COMMAND" in done.stderr


def test_a_server_that_cannot_start_runs_no_command(tmp_path: Path) -> None:
    done = run("exec", "--seed", tmp_path / "missing", "--", "sh", "-c", "echo run")

    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1])
def test_signals_are_passed_on(number: signal.Signals) -> None:
    with executing(sys.executable, "-c", UNTIL_TOLD) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"

        process.send_signal(number)

        assert process.stdout.read() == f"told {int(number)}\n"
        assert process.wait(PATIENCE_SECONDS) == 3


@contextmanager
def executing(*command: str) -> Iterator["subprocess.Popen[Any]"]:
    """`exec` at work, with no terminal whose Ctrl-C would reach the command by itself."""
    with subprocess.Popen(  # noqa: S603 - our own program
        [*MODULE, "exec", "--", *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as process:
        try:
            yield process
        finally:
            process.terminate()  # which is passed on: nothing is left behind
