"""Ctrl-C: the build is canceled, and nothing is left; twice, and everything is killed."""

import os
import signal
import time

import pytest

from tests.local_run.runs import Project, Runner

pytestmark = pytest.mark.real_agent


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_cancels_the_build(
    project: Project, runner: Runner, number: signal.Signals
) -> None:
    project.has_pipeline(
        {"label": "Sleep", "command": "trap 'echo cleaned up' EXIT; echo asleep; sleep 300 & wait"},
        "wait",
        {"label": "Never", "command": "true"},
    )

    with runner.start() as run:
        run.shows("asleep")
        run.interrupt(number)

        assert run.exit_status() == 1

    assert "Canceling the build" in run.output
    assert "cleaned up" in run.output
    assert "Sleep canceled" in run.output
    assert "The build was canceled in " in run.output
    assert runner.leftovers() == []


def test_a_second_interrupt_kills_what_does_not_heed_the_first(
    project: Project, runner: Runner
) -> None:
    project.has_pipeline(
        {"label": "Stay", "command": "trap '' TERM INT; echo here; while true; do sleep 1; done"}
    )

    with runner.start() as run:
        run.shows("here")
        run.interrupt()
        run.shows("Canceling the build")
        since = time.perf_counter()
        run.interrupt()

        assert run.exit_status() == 1

    assert time.perf_counter() - since < 4
    assert "Killed" in run.output
    assert runner.leftovers() == []


def test_ctrl_c_while_a_person_is_asked(project: Project, runner: Runner) -> None:
    project.has_pipeline({"block": "Go on?"}, {"command": "true"})

    with runner.start_on_a_terminal() as run:
        run.shows("Continue? [Y/n]")
        run.types("\x03")

        assert run.exit_status() == 1

    assert "The build was canceled" in run.output
    assert runner.leftovers() == []


def test_what_jobs_leave_running_ends_with_the_run(project: Project, runner: Runner) -> None:
    since = 10_000 * os.getpid()  # other tests may look at the same time
    commands = [f"sleep {since + number}" for number in range(3)]
    project.has_pipeline(
        {
            "label": "Fork",
            "command": [
                f"{commands[0]} &",
                f"(setsid nohup {commands[1]} >/dev/null 2>&1 &)",
                f"(cd / && env -i setsid nohup {commands[2]} >/dev/null 2>&1 &)",
                "mkdir -p kept/away && touch kept/away/file && chmod -R a-w kept",
            ],
        }
    )

    ran = runner.run()

    assert ran.status == 0, ran.stdout
    assert [command for command in commands if runner.is_running(command)] == []


def test_a_run_that_is_kept_stays_until_it_is_interrupted(project: Project, runner: Runner) -> None:
    project.has_pipeline({"label": "Quick", "command": "true"})

    with runner.start("--keep") as run:
        run.shows("The build has passed in ")
        run.shows("Work trees")
        assert run.process.poll() is None
        url = next(line.split()[-1] for line in run.output.splitlines() if "Agent API" in line)
        assert runner.answers(f"{url}/ping") == 401
        run.interrupt()

        assert run.exit_status() == 0

    assert runner.leftovers() == []


def test_agents_that_end_break_the_run_off(project: Project, runner: Runner) -> None:
    project.has_pipeline({"label": "Kill", "command": "kill -9 $$BUILDKITE_AGENT_PID"})

    ran = runner.run()

    assert ran.status == 1
    assert "The agents have ended before the build" in ran.stdout


def test_a_reader_that_goes_away_ends_the_run(project: Project, runner: Runner) -> None:
    project.has_pipeline({"label": "Talk", "command": "while true; do echo talk; sleep 0.1; done"})

    with runner.start() as run:
        run.shows("talk")
        assert run.process.stdout is not None
        run.process.stdout.close()

        assert run.process.wait(30) == 1

    assert runner.leftovers() == []
