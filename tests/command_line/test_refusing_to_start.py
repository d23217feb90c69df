"""Not starting: one line that says why, a status that is not 0, and nothing changed."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from mock_buildkite import cli
from tests.command_line.processes import contents, run, serve

DATABASE = "mock-buildkite.sqlite3"


def refusal(*options: object, variables: Mapping[str, str] | None = None) -> str:
    """The one line with which a server does not start; in this process, which is quicker."""
    arguments = ["serve", "--port", "0", *map(str, options)]
    refused = CliRunner().invoke(cli.main, arguments, env=variables, catch_exceptions=False)
    return only_line(refused.exit_code, refused.stdout, refused.stderr)


def only_line(status: int, stdout: str, stderr: str) -> str:
    assert status != 0
    assert stdout == ""
    [line] = stderr.splitlines()
    return line


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serve() as server:
        port = server.url.rpartition(":")[2]

        refused = run("serve", "--port", port, "--data", data)

    line = only_line(refused.returncode, refused.stdout, refused.stderr)
    assert f"127.0.0.1:{port}" in line
    assert "in use" in line
    assert not data.exists()


def test_an_unreadable_seed_is_named_with_those_there_are(tmp_path: Path) -> None:
    data, missing = tmp_path / "data", tmp_path / "missing.yaml"

    line = refusal("--seed", missing, "--data", data)

    assert str(missing) in line
    assert "sandbox, two" in line
    assert not data.exists()


@pytest.mark.parametrize(
    ("text", "place", "expected"),
    [
        ("organizations: [{slug: 7}]", "$.organizations[0].slug", "Expected `str`, got `int`"),
        ("organizations: [{name: A}]", "$.organizations[0]", "missing required field `slug`"),
        ("users: [{email: a@b.c, nick: A}]", "$.users[0]", "unknown field `nick`"),
        ("users: {}", "$.users", "Expected `array`"),
        ("users:\n  - email: a@b.c\n   name: x", "line 3, column 4", "expected YAML"),
        ("users: &all []\norganizations: *al", "line 2", "nothing is named &al"),
        ("users: " + "[" * 50 + "]" * 50, "line 1", "levels"),
        ("users: " + "[" * 100_000, "line 1", "nesting depth"),
        ("users: [{email: \x01}]", "expected YAML", "control characters"),
        (
            "organizations: [{slug: a, members: [{email: nobody@b.c}]}]",
            "$.organizations[0].members[0]",
            "User 'nobody@b.c' is not there",
        ),
        (
            "organizations: [{slug: a, clusters: [{name: C, default_queue: q, queues: []}]}]",
            "$.organizations[0].clusters[0]",
            "Default queue 'q' is not a queue of the cluster",
        ),
        ("organizations: [{slug: A b}]", "$.organizations[0]", "Slug 'A b' must be"),
    ],
)
def test_a_bad_seed_is_refused_with_file_place_and_what_was_expected(
    tmp_path: Path, text: str, place: str, expected: str
) -> None:
    seed = tmp_path / "bad.yaml"
    seed.write_text(text)

    line = refusal("--seed", seed)

    assert str(seed) in line
    assert place in line
    assert expected in line


def test_after_a_bad_seed_the_data_directory_takes_a_good_one(tmp_path: Path) -> None:
    data, seed = tmp_path / "data", tmp_path / "seed.yaml"
    seed.write_text("organizations: [{slug: acme, members: [{email: ada@b.c}]}]")
    refusal("--seed", seed, "--data", data)

    seed.write_text("organizations: [{slug: acme}]")

    with serve("--seed", seed, "--data", data) as server:
        assert server.facts["organization_slug"] == "acme"
        assert server.facts["agent_token"] is not None


def test_a_data_directory_that_another_server_holds_is_left_alone(tmp_path: Path) -> None:
    with serve("--data", tmp_path):
        before = contents(tmp_path)

        line = refusal("--data", tmp_path)

        assert contents(tmp_path) == before
    assert str(tmp_path) in line
    assert "held by another server" in line


def test_a_data_directory_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    with serve("--data", tmp_path) as server:
        server.end()
    connection = sqlite3.connect(tmp_path / DATABASE)
    connection.execute("pragma user_version = 999")
    connection.close()
    before = contents(tmp_path)

    line = refusal("--data", tmp_path)

    assert "newer version" in line
    assert "999" in line
    assert contents(tmp_path) == before


def test_another_seed_is_refused_where_there_is_data(tmp_path: Path) -> None:
    with serve("--data", tmp_path) as server:
        server.end()
    before = contents(tmp_path)

    line = refusal("--data", tmp_path, "--seed", "two")

    assert "sandbox" in line
    assert "two" in line
    assert contents(tmp_path) == before


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / DATABASE).write_text("dear diary, " * 1000)

    line = refusal("--data", tmp_path)

    assert DATABASE in line
    assert (tmp_path / DATABASE).read_text() == "dear diary, " * 1000


def test_keys_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text("{}")

    line = refusal("--data", tmp_path)

    assert "keys.json" in line
    assert (tmp_path / "keys.json").read_text() == "{}"


def test_a_data_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    line = refusal("--data", tmp_path / "file" / "data")

    assert str(tmp_path / "file" / "data") in line


@pytest.mark.parametrize("value", ["two words", "tab\there", "ümlaut", "x" * 4097])
def test_a_fixed_value_that_cannot_be_a_credential_is_refused_unshown(value: str) -> None:
    line = refusal(variables={"MOCK_BUILDKITE_AGENT_TOKEN": value})

    assert "MOCK_BUILDKITE_AGENT_TOKEN" in line
    assert value not in line


def test_a_file_for_a_fixed_value_must_be_there(tmp_path: Path) -> None:
    missing = tmp_path / "missing"

    line = refusal(variables={"MOCK_BUILDKITE_API_ACCESS_TOKEN_FILE": str(missing)})

    assert "MOCK_BUILDKITE_API_ACCESS_TOKEN_FILE" in line
    assert str(missing) in line


def test_an_address_of_another_machine_cannot_be_listened_on() -> None:
    line = refusal("--host", "192.0.2.1")

    assert "192.0.2.1" in line


def test_only_one_place_can_have_the_keys_of_github() -> None:
    line = refusal("--github-keys-url", "http://127.0.0.1:1/", "--github-keys-file", "keys.json")

    assert "--github-keys-url" in line
    assert "--github-keys-file" in line


def test_the_address_of_githubs_keys_must_be_one() -> None:
    assert "file:///keys.json" in refusal("--github-keys-url", "file:///keys.json")
