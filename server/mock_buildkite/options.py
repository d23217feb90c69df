"""The options of the command line, each of which is a variable too."""

import ipaddress
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from mock_buildkite.settings import (
    DEFAULT_HOST,
    DEFAULT_PORT,
    ControlFrom,
    IpNetwork,
    PipelineUpload,
    TokenEra,
)

Command = Callable[..., None]
PREFIX = "MOCK_BUILDKITE_"


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


class Pairs(click.ParamType[tuple[str, str]]):
    """A name and a value."""

    name = "name=value"

    def convert(
        self,
        value: Any,  # noqa: ANN401 - click's
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[str, str]:
        """Read them."""
        if isinstance(value, tuple):
            return value
        key, separator, rest = value.partition("=")
        if not key or not separator:
            self.fail(f"{value!r} is not of the form NAME=VALUE", param, ctx)
        return key, rest


def option(name: str, *names: str, **attributes: Any) -> Callable[[Command], Command]:  # noqa: ANN401 - click's
    """An option, and the variable of the same name: `--x-y` is `MOCK_BUILDKITE_X_Y`."""
    variable = PREFIX + name.partition("/")[0].removeprefix("--").removeprefix("no-").upper()
    attributes.setdefault("envvar", variable.replace("-", "_"))
    return click.option(name, *names, show_default=True, show_envvar=True, **attributes)


PORT = option(
    "--port",
    default=DEFAULT_PORT,
    type=click.IntRange(0, 65535),
    help="The port to listen on; 0 picks a free one.",
)
SEED = option("--seed", help="A seed's name or file, which fills a world that is empty.")
TOKEN_ERA = option(
    "--token-era",
    default=TokenEra.CURRENT.value,
    type=click.Choice([era.value for era in TokenEra]),
    help="Which of Buildkite's worlds of agent tokens to live in.",
)

SERVER_OPTIONS = [
    option("--host", default=DEFAULT_HOST, help="The address to listen on."),
    PORT,
    option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        help="A folder to keep everything in; without one it lives in memory.",
    ),
    SEED,
    option("--public-url", help="The address that clients reach the server at, if it differs."),
    TOKEN_ERA,
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
    option(
        "--portal-limits/--no-portal-limits",
        default=False,
        help="Enforce the limit of requests to portals.",
    ),
    option(
        "--failed-authentications-per-minute",
        type=click.IntRange(0),
        help="How many an address may have; 0 is any number. [default: any number on loopback]",
    ),
    option("--github-keys-url", help="Where GitHub lists the keys that it signs reports with."),
    option(
        "--github-keys-file",
        type=click.Path(dir_okay=False, path_type=Path),
        help="A file of such keys, in place of an address.",
    ),
]


RUN_OPTIONS = [
    option("--branch", help="The branch that the build is of. [default: the current one]"),
    option("--commit", help="The commit to check out. [default: HEAD]"),
    option("--message", "-m", help="What the build says. [default: the commit's message]"),
    option("--env", "-e", multiple=True, type=Pairs(), help="A variable of the build."),
    option("--meta-data", multiple=True, type=Pairs(), help="Meta-data of the build."),
    option(
        "--agents",
        default=1,
        type=click.IntRange(1, 100),
        help="How many agents there are, in each queue.",
    ),
    option("--queue", multiple=True, help="The agents' queue; the first one is the default."),
    option("--tag", "-t", multiple=True, type=Pairs(), help="A tag of the agents."),
    option(
        "--agent",
        type=click.Path(path_type=Path),
        help="The buildkite-agent to run. [default: the one on PATH]",
    ),
    option(
        "--unblock",
        multiple=True,
        metavar="KEY[.FIELD=VALUE]",
        help="Release a block or input step, or all.",
    ),
    option("--keep", is_flag=True, help="Have server and agents stay until Ctrl-C."),
    PORT,
    SEED,
    TOKEN_ERA,
]


def server_options(command: Command) -> Command:
    """The options of everything that serves."""
    for decorate in reversed(SERVER_OPTIONS):
        command = decorate(command)
    return command


def run_options(command: Command) -> Command:
    """The options of a run."""
    for decorate in reversed(RUN_OPTIONS):
        command = decorate(command)
    return command
