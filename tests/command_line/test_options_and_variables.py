"""Every option is also a variable: `--x-y` is `MOCK_BUILDKITE_X_Y`."""

from typing import Any

import click
import pytest

from mock_buildkite import cli
from tests.command_line.processes import run, serve


def options_of(name: str) -> dict[str, click.Option]:
    """The options of a command, by their first spelling."""
    command = cli.main.commands[name]
    return {each.opts[0]: each for each in command.params if isinstance(each, click.Option)}


SERVE_OPTIONS = options_of("serve")


@pytest.mark.parametrize("spelling", SERVE_OPTIONS)
def test_every_option_is_also_a_variable(spelling: str, monkeypatch: pytest.MonkeyPatch) -> None:
    option = SERVE_OPTIONS[spelling]
    value = something_else_for(option)
    flag = option.secondary_opts[:1] if value == "0" else [spelling]
    by_option = parsed([*flag] if option.is_flag else [spelling, value])

    monkeypatch.setenv("MOCK_BUILDKITE_" + spelling[2:].upper().replace("-", "_"), value)
    by_variable = parsed([])

    monkeypatch.undo()
    assert by_variable == by_option
    assert by_variable != parsed([])


def test_exec_has_the_options_of_serve() -> None:
    assert set(options_of("exec")) == set(SERVE_OPTIONS) - {"--json"}


def test_an_option_wins_over_its_variable() -> None:
    with serve("--seed", "two", variables={"MOCK_BUILDKITE_SEED": "sandbox"}) as server:
        assert server.facts["organization_slug"] == "acme"


def test_an_impossible_value_is_refused_by_name() -> None:
    refused = run("serve", variables={"MOCK_BUILDKITE_PING_INTERVAL": "soon"})

    assert refused.returncode != 0
    assert "--ping-interval" in refused.stderr
    assert "Traceback" not in refused.stderr


def parsed(arguments: list[str]) -> dict[str, Any]:
    """What `serve` makes of arguments and of the variables there are."""
    with cli.main.commands["serve"].make_context("serve", arguments) as context:
        return context.params


def something_else_for(option: click.Option) -> str:
    """A value that is not the option's default."""
    if option.is_flag:
        return "0" if option.default is True else "1"
    if isinstance(option.type, click.Choice):
        return str(next(each for each in option.type.choices if each != option.default))
    return "77" if isinstance(option.type, click.IntRange) else "10.9.8.7"
