"""`mock-buildkite github`, and `report_leak` on the fixture: reports through the real door."""

import asyncio
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from mock_buildkite.leaks import key_lists
from mock_buildkite.pytest_plugin import MockBuildkite
from mock_buildkite.running import RunningServer
from mock_buildkite.settings import Settings
from tests.command_line.processes import MODULE, environment
from tests.leaks.actors import ALERTS, KeyServer

NOBODY = "http://127.0.0.1:1"


def command(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """`mock-buildkite github`, with values on stdin."""
    return subprocess.run(  # noqa: S603 - our own program
        [*MODULE, "github", *arguments],
        input=given,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


@pytest.fixture
def running(tmp_path: Path) -> Iterator[MockBuildkite]:
    """A server in a thread, as the pytest plugin has it."""
    with RunningServer(Settings(port=0, data=tmp_path / "data")) as server:
        yield MockBuildkite(server)


def is_live(running: MockBuildkite) -> bool:
    """Whether the first API access token opens anything."""
    headers = {"Authorization": f"Bearer {running.api_access_token}"}
    with httpx.Client(trust_env=False) as http:
        return http.get(f"{running.url}/v2/access-token", headers=headers).status_code == 200


def test_the_values_on_stdin_are_reported(running: MockBuildkite) -> None:
    before = is_live(running)
    told = command("report", "--server", running.url, given=f"{running.api_access_token}\nother\n")

    assert (told.returncode, told.stderr) == (0, "")
    assert [line.split()[-1] for line in told.stdout.splitlines()] == [
        "200",
        "true_positive",
        "false_positive",
    ]
    assert running.api_access_token not in told.stdout
    assert (before, is_live(running)) == (True, False)


def test_the_values_in_a_file_are_reported_with_what_was_asked(
    running: MockBuildkite, tmp_path: Path
) -> None:
    path = tmp_path / "leaked.txt"
    path.write_text(running.agent_token)
    options = ("--type", "acme", "--url", "https://example.com/<b>", "--source", "npm", "--json")

    told = command("report", "--server", f"{running.url}/", *options, str(path))

    answer = json.loads(told.stdout)
    assert answer["status"] == 200
    assert [each["token_type"] for each in answer["feedback"]] == ["acme"]
    (leak,) = running.leaks()
    assert [leak[name] for name in ("url", "source", "action")] == [
        "https://example.com/<b>",
        "npm",
        "recorded",
    ]


def test_a_report_may_be_signed_with_a_key_of_ones_own(tmp_path: Path) -> None:
    path, keys = tmp_path / "partner.pem", tmp_path / "keys.json"
    made = command("new-key", str(path))
    keys.write_text(made.stdout)
    with RunningServer(Settings(port=0, github_keys_file=keys)) as server:
        token = server.facts["api_access_token"]
        options = ("--key-file", str(path), "--server", NOBODY, "--to", f"{server.url}{ALERTS}")

        told = command("report", *options, given=token)

    assert (told.returncode, told.stderr) == (0, "")
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(key_lists.read(made.stdout.encode())) == 1


async def test_any_receiver_can_be_sent_a_report(
    running: MockBuildkite, key_server: KeyServer
) -> None:
    options = ("--server", running.url, "--to", key_server.url)

    told = await asyncio.to_thread(command, "report", *options, given="value")

    assert (told.returncode, told.stdout) == (1, "answered with status 405\n")


def test_a_refusal_is_a_failure_that_says_why(tmp_path: Path, running: MockBuildkite) -> None:
    path = tmp_path / "stranger.pem"
    command("new-key", str(path))

    told = command("report", "--key-file", str(path), "--server", running.url, given="value")

    assert told.returncode == 1
    assert "401" in told.stdout
    assert "Not signed by GitHub" in told.stdout


@pytest.mark.parametrize(
    ("arguments", "given"),
    [
        (("report", "--server", NOBODY), "value"),
        (("report", "--server", NOBODY), " \n"),
        (("report", "--server", "nowhere"), "value"),
        (("report", "--key-file", "/dev/null", "--to", NOBODY), "value"),
        (("new-key", "/dev/null"), ""),
    ],
)
def test_what_cannot_be_sent_is_said_in_a_line(arguments: tuple[str, ...], given: str) -> None:
    told = command(*arguments, given=given)

    assert told.returncode == 2
    assert told.stderr.startswith("mock-buildkite: ")
    assert told.stderr.count("\n") == 1


def test_a_test_reports_a_leak(running: MockBuildkite) -> None:
    (told,) = running.report_leak(running.api_access_token)

    assert (told["token_type"], told["label"]) == ("buildkite_user_access_token", "true_positive")
    assert not is_live(running)
    assert [each["action"] for each in running.leaks()] == ["revoked"]
    assert [each["to"] for each in running.outbox()] == ["owner", "organization"]


def test_a_token_that_leaked_is_nowhere_in_the_data(
    running: MockBuildkite, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    values = [running.api_access_token, running.agent_token]
    for value in values:
        running.report_leak(f"Authorization: {value}", url="https://example.com/")

    kept = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert any(path.suffix.startswith(".sqlite3") for path in kept)
    for value in values:
        assert not [path for path in kept if value.encode() in path.read_bytes()]
        assert value not in caplog.text
