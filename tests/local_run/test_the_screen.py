"""How a run looks: on a terminal, and where there is none."""

import io
from typing import Any

import pytest

from mock_buildkite.local_run.screen import Screen
from tests.local_run.runs import Project, Runner

RED_LINE = "\x1b[31mred\x1b[0m"
COLOURFUL: dict[str, Any] = {"label": "Paint", "command": r"printf '\033[31mred\033[0m\n'"}


class Terminal(io.StringIO):
    """Takes what a terminal takes."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("out", "environment", "shown"),
    [
        (io.StringIO, {}, "Paint | red\n"),
        (io.StringIO, {"FORCE_COLOR": "1"}, f"\x1b[36mPaint | \x1b[0m{RED_LINE}\n"),
        (Terminal, {}, f"\x1b[36mPaint | \x1b[0m{RED_LINE}\n"),
        (Terminal, {"NO_COLOR": "1"}, "Paint | red\n"),
    ],
)
def test_colours_are_for_those_who_can_see_them(
    out: type[io.StringIO], environment: dict[str, str], shown: str
) -> None:
    stream = out()

    Screen(stream, environment).say_of("Paint", [RED_LINE])

    assert stream.getvalue() == shown


def test_names_stand_in_a_column_that_does_not_grow_too_wide() -> None:
    stream = io.StringIO()
    screen = Screen(stream, {})

    screen.say_of("Unit tests", ["one", ""])
    screen.say_of("Lint", ["two"])
    screen.say_of("A name that is longer than anybody wants", ["three"])

    assert stream.getvalue().splitlines() == [
        "Unit tests | one",
        "Unit tests |",
        "Lint       | two",
        "A name that is longer than … | three",
    ]


def test_the_progress_stays_below_what_comes() -> None:
    stream = Terminal()
    screen = Screen(stream, {"NO_COLOR": "1"})

    screen.progress("1 running")
    screen.say("a line")
    screen.progress("")
    screen.say("the end")

    assert stream.getvalue() == "1 running\r\x1b[Ka line\n1 running\r\x1b[Kthe end\n"


def test_where_there_is_no_terminal_nothing_comes_and_goes() -> None:
    stream = io.StringIO()

    Screen(stream, {}).progress("1 running")

    assert stream.getvalue() == ""


@pytest.mark.real_agent
def test_a_terminal_shows_colours_and_what_is_running(project: Project, runner: Runner) -> None:
    project.has_pipeline(COLOURFUL, {"label": "Wait", "command": "sleep 2"})

    with runner.start_on_a_terminal() as run:
        assert run.exit_status() == 0

    assert RED_LINE in run.raw_output
    assert "running: Wait" in run.output


@pytest.mark.real_agent
def test_a_pipe_gets_plain_text(project: Project, runner: Runner) -> None:
    project.has_pipeline(COLOURFUL)

    ran = runner.run()

    assert "red" in ran.of("Paint")
    assert "\x1b" not in ran.stdout
    assert "\r" not in ran.stdout


@pytest.mark.real_agent
def test_a_terminal_that_knows_few_characters(project: Project, runner: Runner) -> None:
    project.has_pipeline({"label": "Say", "command": "echo ünïcödé 文件"})

    ran = runner.run(variables={"PYTHONIOENCODING": "ascii"})

    assert ran.status == 0, ran.stdout
    assert "?n?c?d? ??" in ran.stdout
