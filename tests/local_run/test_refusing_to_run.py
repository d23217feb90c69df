"""What is found wrong before anything is started: exit status 2, and a line that says what."""

import socket
from pathlib import Path

import pytest

from tests.local_run.runs import PIPELINE, Project, Ran, Runner

NO_AGENT = {"PATH": "/usr/bin:/bin"}


@pytest.fixture
def stand_in(tmp_path: Path) -> Path:
    """What says that it is an agent, and refuses every pipeline."""
    path = tmp_path / "stand-in"
    path.write_text(
        "#!/bin/sh\n"
        'test "$1" = --version && echo "buildkite-agent version 9.9.9" && exit\n'
        f'test "$1" = start && touch {tmp_path}/started\n'
        'echo "fatal: no good" >&2; exit 1\n'
    )
    path.chmod(0o755)
    return path


def assert_refused(ran: Ran, reason: str) -> None:
    assert ran.status == 2, ran
    assert reason in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    assert ran.stdout == ""


def test_without_an_agent_the_message_says_how_to_get_one(
    project: Project, agentless: Runner
) -> None:
    project.has_pipeline({"command": "true"})

    ran = agentless.run(variables=NO_AGENT)

    assert_refused(ran, "no buildkite-agent is on PATH. Get one as https://buildkite.com/docs/")
    assert "--agent" in ran.stderr


@pytest.mark.parametrize(
    ("path", "problem"), [("nowhere", "nowhere is no program"), ("/bin/true", "is no buildkite-")]
)
def test_what_is_no_agent(project: Project, agentless: Runner, path: str, problem: str) -> None:
    project.has_pipeline({"command": "true"})

    assert_refused(agentless.run("--agent", path), problem)


def test_outside_of_a_repository(agentless: Runner, tmp_path: Path) -> None:
    ran = agentless.run(folder=tmp_path)

    assert_refused(ran, f"{tmp_path} is in no git work tree: not a git repository")


def test_a_repository_without_a_commit(project: Project, agentless: Runner) -> None:
    project.write(PIPELINE, "steps: []")

    assert_refused(agentless.run(), "has no commit yet")


def test_no_pipeline(project: Project, agentless: Runner) -> None:
    project.commit({"a": "1"})

    assert_refused(agentless.run(), "has no pipeline")


@pytest.mark.parametrize(
    ("pipeline", "problem"),
    [
        ("steps: [", "no good"),
        ("steps:\n  - command: true\n    parallelism: many", "no good"),
    ],
)
def test_a_pipeline_that_neither_we_nor_the_agent_can_read(
    project: Project, agentless: Runner, stand_in: Path, pipeline: str, problem: str
) -> None:
    project.commit({PIPELINE: pipeline})

    ran = agentless.run("--agent", stand_in)

    assert_refused(ran, f"the pipeline {PIPELINE} cannot be run: {problem}")
    assert not (stand_in.parent / "started").exists()


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--unblock", "deploy=1"), "--unblock takes all, KEY or KEY.field=value"),
        (("--seed", "nowhere.yaml"), "nowhere.yaml"),
        (("--queue", "a b"), "Key can only contain letters"),
        (("--meta-data", "buildkite:x=1"), "Keys that begin with buildkite: are reserved"),
    ],
)
def test_options_that_cannot_be(
    project: Project, agentless: Runner, stand_in: Path, options: tuple[str, ...], problem: str
) -> None:
    project.has_pipeline({"command": "true"})

    ran = agentless.run("--agent", stand_in, *options)

    assert ran.status == 2
    assert problem in ran.stderr
    assert not (stand_in.parent / "started").exists()


@pytest.mark.parametrize("options", [("--env", "X"), ("--tag", "=x"), ("--agents", "0")])
def test_options_that_are_malformed(agentless: Runner, options: tuple[str, ...]) -> None:
    ran = agentless.run(*options)

    assert ran.status == 2
    assert "Usage:" in ran.stderr


def test_a_port_that_is_taken(project: Project, agentless: Runner, stand_in: Path) -> None:
    project.has_pipeline({"command": "true"})
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = agentless.run("--agent", stand_in, "--port", taken.getsockname()[1])

    assert ran.status == 2
    assert "cannot be listened on" in ran.stderr


@pytest.mark.real_agent
@pytest.mark.parametrize(
    "pipeline",
    [
        "steps:\n  - command: [unfinished",
        "steps:\n  - command: 'true'\n    parallelism: many",
        "steps:\n  - command: 'true'\n    timeout_in_minutes: all $MINUTES",
        "steps:\n  - command: ${NOBODY_SETS_THIS?please}\n    parallelism: ${N}",
        "no steps: here",
    ],
)
def test_a_pipeline_that_the_agent_cannot_make_good(
    project: Project, runner: Runner, pipeline: str
) -> None:
    project.commit({PIPELINE: pipeline})

    assert_refused(runner.run(), f"the pipeline {PIPELINE} cannot be run: ")
