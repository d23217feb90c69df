"""What jobs see of the machine: the person's tools, and nothing of any other Buildkite agent."""

from pathlib import Path

import pytest

from tests.local_run.runs import Project, Runner

pytestmark = pytest.mark.real_agent

OUTER_JOB = {
    "BUILDKITE": "outer",
    "BUILDKITE_AGENT_ACCESS_TOKEN": "outer-token",
    "BUILDKITE_AGENT_CONFIG": "/nowhere/outer.cfg",
    "BUILDKITE_AGENT_ENDPOINT": "http://127.0.0.1:1/v3",
    "BUILDKITE_AGENT_JOB_API_SOCKET": "/nowhere/outer.sock",
    "BUILDKITE_AGENT_TAGS": "queue=outer,outer=true",
    "BUILDKITE_AGENT_NAME": "outer",
    "BUILDKITE_BOOTSTRAP_SCRIPT_PATH": "/bin/false",
    "BUILDKITE_BUILD_CHECKOUT_PATH": "/nowhere/outer",
    "BUILDKITE_COMMAND": "echo outer",
    "BUILDKITE_GIT_CLONE_FLAGS": "--outer",
    "BUILDKITE_HOOKS_PATH": "/nowhere/outer-hooks",
    "BUILDKITE_JOB_ID": "outer",
    "BUILDKITE_NO_PLUGINS": "true",
    "BUILDKITE_PLUGINS": '[{"outer": null}]',
    "BUILDKITE_PULL_REQUEST": "7",
    "BUILDKITE_REFSPEC": "outer",
    "BUILDKITE_SHELL": "/bin/false",
    "BUILDKITE_SOMETHING_NEW": "outer",
    "MOCK_BUILDKITE_LOST_AFTER": "1",
    "GIT_DIR": "/nowhere/outer/.git",
    "GIT_INDEX_FILE": "/nowhere/outer/index",
}


def make_hostile(home: Path) -> None:
    """What an agent that was installed for this person would read."""
    folder = home / ".buildkite-agent"
    (folder / "hooks").mkdir(parents=True)
    (folder / "buildkite-agent.cfg").write_text(
        'name="outer"\ntags="queue=outer"\ntoken="outer"\nno-command-eval=true\nshell="/bin/false"\n'
        f'hooks-path="{folder}/hooks"\nbuild-path="{folder}/builds"\n'
    )
    for name in ("environment", "pre-checkout", "pre-command", "command"):
        hook = folder / "hooks" / name
        hook.write_text("#!/bin/sh\necho outer hook\nexport OUTER_HOOK=1\nexit 1\n")
        hook.chmod(0o755)


def test_a_job_sees_nothing_of_another_agent(project: Project, runner: Runner) -> None:
    project.has_pipeline(
        {"label": "See", "command": "env; echo pull request: $$BUILDKITE_PULL_REQUEST"}
    )
    make_hostile(runner.home)
    before = sorted(runner.home.rglob("*"))

    ran = runner.run(variables={**OUTER_JOB, "TOOL_OF_MINE": "here"})

    assert ran.status == 0, ran.stdout
    seen = ran.of("See")
    assert [line for line in seen if "outer" in line.lower()] == []
    assert [line for line in seen if line.startswith(("MOCK_BUILDKITE", "GIT_DIR"))] == []
    assert "pull request: false" in seen
    assert "BUILDKITE=true" in seen
    assert "TOOL_OF_MINE=here" in seen
    assert f"HOME={runner.home}" in seen
    assert sorted(runner.home.rglob("*")) == before


def test_the_agent_token_is_kept_from_jobs(project: Project, runner: Runner) -> None:
    project.has_pipeline({"label": "See", "command": "env; ps -ef | grep buildkite-agent"})

    ran = runner.run()

    assert ran.status == 0, ran.stdout
    assert "BUILDKITE_AGENT_TOKEN" not in ran.stdout
    assert "bkct_" not in ran.stdout


def test_what_git_is_told_for_everybody_holds_in_jobs(project: Project, runner: Runner) -> None:
    project.has_pipeline({"label": "Ask", "command": "git config --get some.thing"})
    (runner.home / ".gitconfig").write_text("[some]\n\tthing = of mine\n[user]\n\tname = Bob\n")

    ran = runner.run(variables={"GIT_CONFIG_GLOBAL": str(runner.home / ".gitconfig")})

    assert ran.status == 0, ran.stdout
    assert "of mine" in ran.of("Ask")


def test_the_repository_is_as_it_was(project: Project, runner: Runner) -> None:
    project.has_pipeline(
        {"label": "Change", "command": "echo 1 > new; git commit --allow-empty -m x"}
    )
    before = {path: path.stat().st_mtime_ns for path in sorted(project.root.rglob("*"))}

    ran = runner.run()

    assert ran.status == 0, ran.stdout
    after = {path: path.stat().st_mtime_ns for path in sorted(project.root.rglob("*"))}
    assert after == before


def test_a_long_folder_for_temporary_files_leaves_room_for_sockets(
    project: Project, runner: Runner, tmp_path: Path
) -> None:
    project.has_pipeline({"label": "Ask", "command": "buildkite-agent meta-data keys"})
    folder = tmp_path / ("long" * 20)
    folder.mkdir()

    ran = runner.run(variables={"TMPDIR": str(folder)})

    assert ran.status == 0, ran.stdout
    assert list(folder.iterdir()) == []
