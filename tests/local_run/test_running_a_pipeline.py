"""`mock-buildkite run`: a repository's pipeline on a real agent, to its end."""

import pytest

from tests.local_run.runs import Project, Runner

pytestmark = pytest.mark.real_agent


def test_a_pipeline_that_passes(project: Project, runner: Runner) -> None:
    commit = project.has_pipeline(
        {"label": "Greet", "command": "echo hello from $$BUILDKITE_SOURCE; git rev-parse HEAD"}
    )

    ran = runner.run()

    assert ran.status == 0, ran.stdout
    assert "hello from local" in ran.of("Greet")
    assert commit in ran.of("Greet")
    assert "Greet passed in " in ran.stdout
    assert "The build has passed in " in ran.stdout
    assert ran.stderr == ""


def test_a_pipeline_that_fails(project: Project, runner: Runner) -> None:
    project.has_pipeline(
        {"label": "Break", "command": "exit 3"}, "wait", {"label": "Later", "command": "true"}
    )

    ran = runner.run()

    assert ran.status == 1
    assert "Break failed (exit status 3) in " in ran.stdout
    assert "Later            not run" in ran.stdout
    assert "The build has failed in " in ran.stdout


def test_jobs_find_what_they_need_and_see_who_runs_them(project: Project, runner: Runner) -> None:
    project.has_pipeline(
        {
            "label": "See",
            "command": [
                'echo "$$BUILDKITE_BRANCH, $$BUILDKITE_MESSAGE, $$BUILDKITE_BUILD_AUTHOR, $$OWN"',
                'echo "$$(buildkite-agent meta-data get release) on $$HOME"',
                "echo $$(buildkite-agent --version)",
            ],
        }
    )

    ran = runner.run("--message", "Try it", "--env", "OWN=a b", "--meta-data", "release=v1")

    assert ran.status == 0, ran.stdout
    assert "main, Try it, Ada, a b" in ran.of("See")
    assert f"v1 on {runner.home}" in ran.of("See")
