"""Steps that wait for a person: asked on a terminal, answered by `--unblock`, or left alone."""

from typing import Any

import pytest

from tests.local_run.runs import Project, Runner

pytestmark = pytest.mark.real_agent

BLOCK: dict[str, Any] = {"block": "Ship it?", "key": "ship", "prompt": "Are you sure?"}
AFTER: dict[str, Any] = {"label": "Ship", "command": "echo shipped"}
FIELDS: dict[str, Any] = {
    **BLOCK,
    "fields": [
        {"text": "Version", "key": "version", "format": "v[0-9]+", "hint": "Such as v1"},
        {
            "select": "Regions",
            "key": "regions",
            "multiple": True,
            "options": [
                {"label": "Europe", "value": "eu"},
                {"label": "Asia", "value": "as"},
                {"label": "Africa", "value": "af"},
            ],
        },
        {"text": "Note", "key": "note", "required": False},
    ],
}
TELL: dict[str, Any] = {
    "label": "Tell",
    "command": [
        "echo version: $$(buildkite-agent meta-data get version)",
        "echo regions: $$(buildkite-agent meta-data get regions)",
        "echo by $$BUILDKITE_UNBLOCKER",
    ],
}


@pytest.mark.parametrize("answer", ["ship", "Ship it?", "all"])
def test_a_step_is_released_beforehand(project: Project, runner: Runner, answer: str) -> None:
    project.has_pipeline(BLOCK, AFTER)

    ran = runner.run("--unblock", answer)

    assert ran.status == 0, ran.stdout
    assert "shipped" in ran.of("Ship")
    assert "Ship it? unblocked" in ran.stdout


def test_a_step_that_nobody_releases_leaves_the_build_blocked(
    project: Project, runner: Runner
) -> None:
    project.has_pipeline({"label": "Build", "command": "true"}, BLOCK, AFTER)

    ran = runner.run()

    assert ran.status == 1
    assert "Build passed in " in ran.stdout
    assert "or with --unblock ship\n" in ran.stdout
    assert "The build is blocked" in ran.stdout


def test_fields_are_filled_in_beforehand(project: Project, runner: Runner) -> None:
    project.has_pipeline(FIELDS, TELL)

    ran = runner.run(
        *("--unblock", "ship.version=v7", "--unblock", "ship.regions=eu"),
        *("--unblock", "ship.regions=af"),
    )

    assert ran.status == 0, ran.stdout
    assert "version: v7" in ran.of("Tell")
    assert "regions: eu af" in ran.of("Tell")


def test_an_answer_that_does_not_suffice_says_what_is_missing(
    project: Project, runner: Runner
) -> None:
    project.has_pipeline(FIELDS, TELL)

    ran = runner.run("--unblock", "all")

    assert ran.status == 1
    assert "Ship it? is not released: version is required" in ran.stdout
    assert "(--unblock ship.FIELD=VALUE)" in ran.stdout


def test_a_person_is_asked_on_a_terminal(project: Project, runner: Runner) -> None:
    project.has_pipeline(FIELDS, TELL)

    with runner.start_on_a_terminal() as run:
        run.shows("Ship it? waits for you")
        run.shows("Are you sure?")
        run.shows("Version\n")
        run.shows("Such as v1")
        run.types("\n")
        run.shows("version is required")
        run.types("one\n")
        run.shows("version must match v[0-9]+")
        run.types("v1\n")
        run.shows("Regions (several, parted by commas)")
        run.shows("2) Asia")
        run.types("1, Asia\n")
        run.shows("Note (optional)")
        run.types("\n")
        run.shows("Continue? [Y/n]")
        run.types("\n")

        assert run.exit_status() == 0

    assert "version: v1" in run.output
    assert "regions: eu as" in run.output
    assert "by Somebody" in run.output
    assert runner.leftovers() == []


@pytest.mark.parametrize("answer", ["\x04", "n\n"])
def test_a_person_may_leave_a_step_as_it_is(project: Project, runner: Runner, answer: str) -> None:
    project.has_pipeline(BLOCK, AFTER)

    with runner.start_on_a_terminal() as run:
        run.shows("Continue? [Y/n]")
        run.types(answer)

        assert run.exit_status() == 1

    assert "The build is blocked" in run.output
    assert runner.leftovers() == []


def test_an_input_step_is_asked_while_other_jobs_run(project: Project, runner: Runner) -> None:
    project.has_pipeline(
        {"label": "Long", "command": "until test -e $$HOME/go; do sleep 0.1; done; echo gone"},
        {"input": "Name?", "key": "in", "fields": [{"text": "Name", "key": "name"}]},
        {
            "label": "Greet",
            "depends_on": "in",
            "command": "echo hello $$(buildkite-agent meta-data get name); touch $$HOME/go",
        },
    )

    with runner.start_on_a_terminal("--agents", 2) as run:
        run.shows("Name? waits for you")
        run.types("Ada\n\n")

        assert run.exit_status() == 0

    assert "hello Ada" in run.output
    assert "gone" in run.output
