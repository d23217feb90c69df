"""The command line: `mock-buildkite serve`, `exec` and `version`."""

import gc
import ipaddress
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import click

from mock_buildkite import token_forms
from mock_buildkite.errors import StartupError
from mock_buildkite.settings import (
    DEFAULT_HOST,
    DEFAULT_PORT,
    ControlFrom,
    FixedValues,
    IpNetwork,
    PipelineUpload,
    Settings,
    TokenEra,
)

Command = Callable[..., None]
PREFIX = "MOCK_BUILDKITE_"
PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
"""The signals that `exec` hands to its command."""
FIXED_VALUES = ("agent_token", "unclustered_agent_token", "api_access_token")


class Addresses(click.ParamType[tuple[IpNetwork, ...]]):
    """IP addresses or CIDR blocks, separated by spaces or commas."""

    name = "addresses"

    def convert(
        self,
        value: Any,  # noqa: ANN401 - click's
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[IpNetwork, ...]:
        """Read them."""
        if isinstance(value, tuple):
            return value
        try:
            blocks = value.replace(",", " ").split()
            return tuple(ipaddress.ip_network(block, strict=False) for block in blocks)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Words(click.ParamType[tuple[str, ...]]):
    """Words, separated by spaces or commas."""

    name = "names"

    def convert(
        self,
        value: Any,  # noqa: ANN401 - click's
        param: click.Parameter | None,  # noqa: ARG002
        ctx: click.Context | None,  # noqa: ARG002
    ) -> tuple[str, ...]:
        """Read them."""
        return value if isinstance(value, tuple) else tuple(value.lower().replace(",", " ").split())


def option(name: str, *names: str, **attributes: Any) -> Callable[[Command], Command]:  # noqa: ANN401 - click's
    """An option, and the variable of the same name: `--x-y` is `MOCK_BUILDKITE_X_Y`."""
    variable = PREFIX + name.partition("/")[0].removeprefix("--").removeprefix("no-").upper()
    attributes.setdefault("envvar", variable.replace("-", "_"))
    return click.option(name, *names, show_default=True, show_envvar=True, **attributes)


SERVER_OPTIONS = [
    option("--host", default=DEFAULT_HOST, help="The address to listen on."),
    option(
        "--port",
        default=DEFAULT_PORT,
        type=click.IntRange(0, 65535),
        help="The port to listen on; 0 picks a free one.",
    ),
    option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        help="A folder to keep everything in; without one it lives in memory.",
    ),
    option("--seed", help="A seed's name or file, which fills a world that is empty."),
    option("--public-url", help="The address that clients reach the server at, if it differs."),
    option(
        "--token-era",
        default=TokenEra.CURRENT.value,
        type=click.Choice([era.value for era in TokenEra]),
        help="Which of Buildkite's worlds of agent tokens to live in.",
    ),
    option("--ping-stream/--no-ping-stream", default=True, help="Serve the ping stream."),
    option(
        "--ping-interval",
        default=1,
        type=click.IntRange(1, 3600),
        help="Seconds between the pings of an agent.",
    ),
    option(
        "--heartbeat-interval",
        default=10,
        type=click.IntRange(1, 3600),
        help="Seconds between the heartbeats of an agent.",
    ),
    option(
        "--job-status-interval",
        default=1,
        type=click.IntRange(1, 3600),
        help="Seconds between an agent's looks at its job's state.",
    ),
    option(
        "--lost-after",
        default=180,
        type=click.IntRange(1),
        help="Seconds of silence after which an agent is lost.",
    ),
    option(
        "--session-ends-after",
        default=3600,
        type=click.IntRange(1),
        help="Seconds after which a lost agent's session token dies.",
    ),
    option(
        "--assignment-ends-after",
        default=60,
        type=click.IntRange(1),
        help="Seconds after which a job that was not accepted goes to another agent.",
    ),
    option(
        "--acceptance-ends-after",
        default=300,
        type=click.IntRange(1),
        help="Seconds after which a job that was accepted and not started is offered again.",
    ),
    option(
        "--job-expires-after",
        default=30,
        type=click.IntRange(1, 3650),
        help="Days after which a job that found no agent expires.",
    ),
    option(
        "--pipeline-upload",
        default=PipelineUpload.AT_ONCE.value,
        type=click.Choice([each.value for each in PipelineUpload]),
        help="Whether a pipeline upload is answered when it is applied, or before.",
    ),
    option(
        "--trusted-proxies",
        default=(),
        type=Addresses(),
        help="Addresses whose X-Forwarded-For is believed.",
    ),
    option(
        "--allowed-host",
        default=(),
        type=Words(),
        help="Further names that requests may call the server by.",
    ),
    option(
        "--control-from",
        default=ControlFrom.LOOPBACK.value,
        type=click.Choice([place.value for place in ControlFrom]),
        help="From where the controls under /_mock/ may be used.",
    ),
    option("--cors/--no-cors", default=False, help="Let web pages of other origins call the APIs."),
    option(
        "--graphql-limits/--no-graphql-limits",
        default=False,
        help="Enforce the limits of GraphQL complexity.",
    ),
]


def server_options(command: Command) -> Command:
    """The options of everything that serves."""
    for decorate in reversed(SERVER_OPTIONS):
        command = decorate(command)
    return command


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


@main.command(
    "exec", context_settings={"ignore_unknown_options": False, "allow_interspersed_args": False}
)
@server_options
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_context
def execute(context: click.Context, /, command: Sequence[str], **options: Any) -> None:  # noqa: ANN401
    """Serve on a free port while COMMAND runs, with the variables that official clients read."""
    source = context.get_parameter_source("port")
    if source is click.core.ParameterSource.DEFAULT:
        options["port"] = 0
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


def keep_what_was_built() -> None:
    """Collect garbage again, but never look through what was imported and built.

    Looking through it over and over while it is built takes a tenth of the start.
    """
    gc.freeze()
    gc.enable()


def settings_from(options: dict[str, Any], environment: Any) -> Settings:  # noqa: ANN401 - a mapping
    """The settings that options and variables add up to."""
    return Settings(
        host=options["host"],
        port=options["port"],
        data=options["data"],
        seed=options["seed"],
        fixed_values=FixedValues(**{name: _value(name, environment) for name in FIXED_VALUES}),
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


def fail(message: str) -> None:
    """End with one line on stderr."""
    click.echo(f"mock-buildkite: {message}", err=True)
    sys.exit(1)


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
    if value is not None and not token_forms.is_presentable(value):
        fail(f"{variable} must be 1 to 4,096 visible ASCII characters")
    return value
