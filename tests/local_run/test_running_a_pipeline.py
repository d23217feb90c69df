"""`mock-buildkite run`: a repository's pipeline on a real agent, to its end."""

import shutil
from pathlib import Path

import pytest

from tests.local_run.runs import PIPELINE, Project, Runner

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


def test_variables_may_matter_to_a_pipeline(project: Project, runner: Runner) -> None:
    project.commit(
        {
            PIPELINE: "env: {COUNT: 2}\nsteps:\n  - label: Count $MINUTES\n    command: 'true'\n"
            "    parallelism: $COUNT\n    timeout_in_minutes: ${MINUTES}"
        }
    )

    ran = runner.run("--env", "MINUTES=7")

    assert ran.status == 0, ran.stdout
    assert "Count 7 2/2 passed in " in ran.stdout


def test_jobs_run_beside_each_other_on_several_agents(project: Project, runner: Runner) -> None:
    project.has_pipeline(
        {
            "label": "Meet",
            "command": [
                "touch ../../../$$BUILDKITE_PARALLEL_JOB",
                "until test -e ../../../0 && test -e ../../../1; do sleep 0.1; done",
                "echo $$BUILDKITE_AGENT_NAME",
            ],
            "parallelism": 2,
        }
    )

    ran = runner.run("--agents", 2)

    assert ran.status == 0, ran.stdout
    names = {line for job in ("Meet 1/2", "Meet 2/2") for line in ran.of(job)}
    assert {"local-1", "local-2"} <= names


def test_work_that_is_not_committed_is_no_part_of_the_build(
    project: Project, runner: Runner
) -> None:
    project.has_pipeline({"label": "Look", "command": "ls"})
    project.commit({"committed": "1"})
    project.write("not committed", "1")

    ran = runner.run()

    assert ran.status == 0, ran.stdout
    assert "committed" in ran.of("Look")
    assert "not committed" not in ran.of("Look")
    assert ran.stderr.startswith("Warning: the work tree has changes that are not part of")
    assert ran.stderr.endswith(": not committed\n")


def test_the_pipeline_itself_may_be_newer_than_the_commit(project: Project, runner: Runner) -> None:
    project.has_pipeline({"label": "Old", "command": "true"})
    project.write(PIPELINE, "steps:\n  - label: New\n    command: echo $BUILDKITE_BRANCH")

    ran = runner.run()

    assert ran.status == 0, ran.stdout
    assert "main" in ran.of("New")
    assert PIPELINE in ran.stderr


def test_a_pipeline_outside_of_the_repository(
    project: Project, runner: Runner, tmp_path: Path
) -> None:
    project.commit({"a": "1"})
    pipeline = tmp_path / "it's $HERE.yml"
    pipeline.write_text("steps:\n  - label: There\n    command: cat a")

    ran = runner.run(pipeline)

    assert ran.status == 0, ran.stdout
    assert "1" in ran.of("There")


def test_a_project_in_a_folder_of_any_name(project: Project, runner: Runner) -> None:
    project.has_pipeline({"label": "Look", "command": "ls .buildkite"})
    renamed = project.root.rename(project.root.with_name("it's $HOME: ünïcödé"))

    ran = runner.run(folder=renamed)

    assert ran.status == 0, ran.stdout
    assert "pipeline.yml" in ran.of("Look")


def test_a_work_tree_of_a_repository_elsewhere(
    project: Project, runner: Runner, tmp_path: Path
) -> None:
    project.commit({"a": "1"})
    project.git("worktree", "add", "--quiet", "-b", "feature", str(tmp_path / "feature"))
    feature = Project(tmp_path / "feature")
    commit = feature.has_pipeline({"label": "Where", "command": "git rev-parse HEAD"})

    ran = runner.run(folder=feature.root)

    assert ran.status == 0, ran.stdout
    assert commit in ran.of("Where")
    assert "(feature)" in ran.stdout


@pytest.mark.parametrize("detached", [False, True])
def test_an_older_commit_under_another_branch(
    project: Project, runner: Runner, *, detached: bool
) -> None:
    commit = project.has_pipeline(
        {"label": "Where", "command": "git rev-parse HEAD; echo $$BUILDKITE_BRANCH"}
    )
    project.commit({"a": "1"})
    if detached:
        project.git("checkout", "--quiet", "--detach", commit)
        commit = project.commit({"a": "2"})

    ran = runner.run("--commit", commit[:12], "--branch", "release")

    assert ran.status == 0, ran.stdout
    assert commit in ran.of("Where")
    assert "release" in ran.of("Where")


def test_a_detached_head_is_of_no_branch(project: Project, runner: Runner) -> None:
    project.commit({"a": "1"})
    project.git("checkout", "--quiet", "--detach")
    commit = project.has_pipeline(
        {"label": "Where", "command": "git rev-parse HEAD; echo $$BUILDKITE_BRANCH"}
    )

    ran = runner.run()

    assert ran.status == 0, ran.stdout
    assert commit in ran.of("Where")
    assert "HEAD" in ran.of("Where")


def test_an_agent_under_another_name_runs_as_it_should_be_called(
    project: Project, runner: Runner, tmp_path: Path
) -> None:
    project.has_pipeline({"label": "Ask", "command": "buildkite-agent meta-data set a b"})
    renamed = tmp_path / "agent of mine"
    assert runner.agent is not None
    shutil.copy(runner.agent, renamed)
    runner.agent = renamed

    ran = runner.run(variables={"PATH": "/usr/bin:/bin"})

    assert ran.status == 0, ran.stdout


def test_queues_and_tags(project: Project, runner: Runner) -> None:
    project.has_pipeline(
        {"label": "Anywhere", "command": "echo on $$BUILDKITE_AGENT_META_DATA_QUEUE"},
        {"label": "Deploy", "command": "echo on $$BUILDKITE_AGENT_META_DATA_QUEUE"}
        | {"agents": {"queue": "deploy", "os": "plan9"}},
    )

    ran = runner.run("--queue", "build", "--queue", "deploy", "--tag", "os=plan9")

    assert ran.status == 0, ran.stdout
    assert "on build" in ran.of("Anywhere")
    assert "on deploy" in ran.of("Deploy")


def test_a_job_that_no_agent_takes_is_not_waited_for(project: Project, runner: Runner) -> None:
    project.has_pipeline(
        {"label": "Lost", "command": "true", "agents": {"queue": "nowhere"}},
        {"label": "Strange", "command": "true", "agents": {"os": "plan9"}},
        {"label": "Usual", "command": "true"},
    )

    ran = runner.run()

    assert ran.status == 1
    assert "Usual passed in " in ran.stdout
    assert "Lost waits for an agent with queue=nowhere, and there is none" in ran.stdout
    assert "Strange waits for an agent with os=plan9" in ran.stdout
    assert "The build was canceled in " in ran.stdout


def test_the_older_era(project: Project, runner: Runner) -> None:
    project.has_pipeline(
        {
            "label": "Try",
            "command": [
                "token=$$BUILDKITE_AGENT_ACCESS_TOKEN",
                "echo $${token:0:2}-$${token:2:3}",
                "buildkite-agent annotate Done",
            ],
            "agents": {"queue": "deploy"},
        },
        {"label": "Default", "command": "true"},
    )

    ran = runner.run("--token-era", "older", "--queue", "deploy")

    assert ran.status == 0, ran.stdout
    assert "bk-aa_" in ran.of("Try")


def test_a_seed_brings_secrets(project: Project, runner: Runner, tmp_path: Path) -> None:
    project.has_pipeline({"label": "Tell", "command": "test $$(buildkite-agent secret get s) = 5"})
    seed = tmp_path / "seed.yaml"
    seed.write_text(
        "organizations: [{slug: acme, clusters: [{name: C, secrets: [{key: s, value: '5'}]}]}]"
    )

    ran = runner.run("--seed", seed)

    if "secret " in runner.help():
        assert ran.status == 0, ran.stdout


def test_what_a_job_writes_about_itself_is_in_the_summary(project: Project, runner: Runner) -> None:
    project.has_pipeline(
        {
            "label": "Note",
            "command": "printf '## All **good**\\n\\033[31mred\\n' | buildkite-agent annotate"
            " --style success --context notes",
        }
    )

    ran = runner.run()

    assert ran.status == 0, ran.stdout
    assert "Annotation notes (success)\n  ## All **good**\n  red\n" in ran.stdout


def test_every_way_in_which_a_job_can_end(project: Project, runner: Runner) -> None:
    project.has_pipeline(
        {"label": "Flaky", "command": "exit $$((1 - BUILDKITE_RETRY_COUNT))"}
        | {"retry": {"automatic": {"exit_status": 1, "limit": 1}}},
        {"label": "Soft", "command": "exit 4", "soft_fail": True},
        {"label": "Not here", "command": "true", "branches": "elsewhere"},
        {"label": "Later", "command": "true", "skip": "not today"},
        {"label": "Elsewhere", "trigger": "another-pipeline"},
    )

    ran = runner.run()

    assert ran.status == 1
    assert "Flaky failed (exit status 1) in " in ran.stdout
    assert "Flaky (retry 1) passed in " in ran.stdout
    assert "Soft soft failed (exit status 4) in " in ran.stdout
    assert "Later skipped (not today)" in ran.stdout
    assert "The cluster has no pipeline 'another-pipeline' that can be triggered" in ran.stdout
