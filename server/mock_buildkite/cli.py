"""The command line: `mock-buildkite serve`, `run`, `exec`, `token`, `github` and `version`."""

import gc
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import click

from mock_buildkite.errors import StartupError
from mock_buildkite.github_tools import commands as github_commands
from mock_buildkite.options import PREFIX, option, run_options, server_options
from mock_buildkite.settings import (
    ControlFrom,
    FixedValues,
    PipelineUpload,
    Settings,
    TokenEra,
)
from mock_buildkite.token_forms import values
from mock_buildkite.token_tools import commands as token_commands

PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
"""The signals that `exec` hands to its command."""
NOT_RUN = 2
"""The exit status of `run` where nothing was started, as with a wrong option."""
OBJECTS_BETWEEN_COLLECTIONS = 10_000
FIXED_VALUES = ("agent_token", "unclustered_agent_token", "api_access_token")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """A local Buildkite control plane that unmodified Buildkite clients accept."""


@main.command()
@server_options
@option("--json", "as_json", is_flag=True, help="Print one line of JSON when serving.")
def serve(*, as_json: bool, **options: Any) -> None:  # noqa: ANN401 - click's
    """Serve until Ctrl-C or SIGTERM."""
    settings = settings_from(options, os.environ)
    gc.disable()
    from mock_buildkite import introducing, serving  # noqa: PLC0415 - not for `--help`
    from mock_buildkite.world import World  # noqa: PLC0415

    def announce(world: World, url: str) -> None:
        keep_what_was_built()
        facts = json.dumps(introducing.facts(world, url)) if as_json else None
        click.echo(facts or introducing.welcome(world, url))

    import uvloop  # noqa: PLC0415

    try:
        uvloop.run(serving.serve(settings, announce))
    except StartupError as error:
        fail(str(error))


@main.command("run")
@run_options
@click.argument("pipeline", required=False, type=click.Path(path_type=Path))
@click.pass_context
def run_pipeline(context: click.Context, /, pipeline: Path | None, **options: Any) -> None:  # noqa: ANN401
    """Run the pipeline of the repository at hand, or PIPELINE, with a real buildkite-agent."""
    _prefer_a_free_port(context, options)
    settings = Settings(
        port=options["port"],
        seed=options["seed"],
        token_era=TokenEra(options["token_era"]),
        fixed_values=_fixed_values(os.environ),
    )
    from mock_buildkite.local_run import session  # noqa: PLC0415 - not for `--help`
    from mock_buildkite.local_run.errors import RefusedError  # noqa: PLC0415
    from mock_buildkite.local_run.plan import Wishes  # noqa: PLC0415

    wishes = Wishes(
        pipeline=pipeline,
        branch=options["branch"],
        commit=options["commit"],
        message=options["message"],
        env=dict(options["env"]),
        meta_data=dict(options["meta_data"]),
        agents=options["agents"],
        queues=options["queue"],
        tags=tuple(f"{key}={value}" for key, value in options["tag"]),
        agent=options["agent"],
        unblock=options["unblock"],
        keep=options["keep"],
    )
    try:
        status = session.conduct(wishes, settings, os.environ)
    except (RefusedError, StartupError) as error:
        fail(str(error), NOT_RUN)
    sys.exit(status)


@main.command(
    "exec", context_settings={"ignore_unknown_options": False, "allow_interspersed_args": False}
)
@server_options
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_context
def execute(context: click.Context, /, command: Sequence[str], **options: Any) -> None:  # noqa: ANN401
    """Serve on a free port while COMMAND runs, with the variables that official clients read."""
    _prefer_a_free_port(context, options)
    settings = settings_from(options, os.environ)
    from mock_buildkite.running import RunningServer  # noqa: PLC0415 - not for `--help`

    try:
        with RunningServer(settings) as server:
            status = run(command, server.facts["env"])
    except StartupError as error:
        fail(str(error))
    sys.exit(status)


@main.command()
def version() -> None:
    """Print the version."""
    from importlib.metadata import version as version_of  # noqa: PLC0415 - takes 20 ms

    click.echo(f"mock-buildkite {version_of('mock-buildkite')}")


main.add_command(token_commands.token)
main.add_command(github_commands.github)


def keep_what_was_built() -> None:
    """Collect garbage again, but never look through what the start imported and built.

    Looking through it over and over while it is built takes a tenth of the start. Requests leave
    hardly any circles behind: to look for those as often as Python does takes a fiftieth of a job.
    """
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    gc.enable()


def settings_from(options: dict[str, Any], environment: Any) -> Settings:  # noqa: ANN401 - a mapping
    """The settings that options and variables add up to."""
    return Settings(
        host=options["host"],
        port=options["port"],
        data=options["data"],
        seed=options["seed"],
        fixed_values=_fixed_values(environment),
        public_url=options["public_url"],
        token_era=TokenEra(options["token_era"]),
        ping_stream=options["ping_stream"],
        ping_interval_seconds=options["ping_interval"],
        heartbeat_interval_seconds=options["heartbeat_interval"],
        job_status_interval_seconds=options["job_status_interval"],
        lost_after_seconds=options["lost_after"],
        session_ends_after_seconds=options["session_ends_after"],
        assignment_ends_after_seconds=options["assignment_ends_after"],
        acceptance_ends_after_seconds=options["acceptance_ends_after"],
        job_expires_after_days=options["job_expires_after"],
        pipeline_upload=PipelineUpload(options["pipeline_upload"]),
        trusted_proxies=options["trusted_proxies"],
        allowed_hosts=options["allowed_host"],
        control_from=ControlFrom(options["control_from"]),
        cors=options["cors"],
        graphql_limits=options["graphql_limits"],
        portal_limits=options["portal_limits"],
        failed_authentications_per_minute=options["failed_authentications_per_minute"],
        github_keys_url=options["github_keys_url"],
        github_keys_file=options["github_keys_file"],
    )


def run(command: Sequence[str], variables: dict[str, str]) -> int:
    """Run a command, pass signals on to it, and return its exit status as a shell has it."""
    from mock_buildkite.introducing import TOKEN_VARIABLES  # noqa: PLC0415 - not for `--help`

    machine = {name: value for name, value in os.environ.items() if name not in TOKEN_VARIABLES}
    process: subprocess.Popen[bytes] | None = None
    early: list[int] = []

    def pass_on(number: int, _frame: FrameType | None) -> None:
        if process is None:
            early.append(number)
        else:
            process.send_signal(number)

    for number in PASSED_ON:
        signal.signal(number, pass_on)
    try:
        process = subprocess.Popen(command, env={**machine, **variables})  # noqa: S603 - asked for
    except OSError as error:
        click.echo(f"mock-buildkite: {command[0]}: {error.strerror}", err=True)
        return 127 if isinstance(error, FileNotFoundError) else 126
    while early:
        process.send_signal(early.pop(0))
    # Ctrl-C reaches the whole process group by itself; passing it on would be a second one.
    if sys.stdin.isatty():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    status = process.wait()
    return status if status >= 0 else 128 - status


def fail(message: str, status: int = 1) -> NoReturn:
    """End with one line on stderr."""
    click.echo(f"mock-buildkite: {message}", err=True)
    sys.exit(status)


def _prefer_a_free_port(context: click.Context, options: dict[str, Any]) -> None:
    """Pick one unless a port was asked for."""
    if context.get_parameter_source("port") is click.core.ParameterSource.DEFAULT:
        options["port"] = 0


def _fixed_values(environment: Any) -> FixedValues:  # noqa: ANN401 - a mapping
    return FixedValues(**{name: _value(name, environment) for name in FIXED_VALUES})


def _value(name: str, environment: Any) -> str | None:  # noqa: ANN401 - a mapping
    """A value for a seed's token, from a variable or the file that a variable names."""
    variable = PREFIX + name.upper()
    value: str | None = environment.get(variable) or None
    path = environment.get(f"{variable}_FILE")
    if value is None and path:
        try:
            value = Path(path).read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            fail(f"{variable}_FILE cannot be read: {error}")
    if value is not None and not values.is_presentable(value):
        fail(f"{variable} must be 1 to 4,096 visible ASCII characters")
    return value
