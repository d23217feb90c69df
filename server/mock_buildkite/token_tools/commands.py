"""The commands of `mock-buildkite token`."""

import json
import sys
from pathlib import Path

import click
from msgspec.structs import asdict

from mock_buildkite.options import option
from mock_buildkite.token_forms import kinds

FOUND = 1
"""The exit status of `scan` when there is a token, and of `inspect` when there is none."""
UNUSABLE = 2
"""The exit status where something could not be looked at, as with a wrong option."""
LONGEST_LINE = 64 * 1024
MOST_SAMPLES = 10_000

_MINTED = [kind.name for kind in kinds.KINDS if kind.is_minted]

as_json = option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def token() -> None:
    """Say what a token is, find tokens in files, make some to test with."""


@token.command()
@option("--server", metavar="URL", help="Ask this server whose it is, and whether it is live.")
@as_json
def inspect(*, server: str | None, as_json: bool) -> None:
    """Say what the value on stdin is: it belongs neither in arguments nor in addresses."""
    from mock_buildkite.errors import StartupError  # noqa: PLC0415 - not for `--help`
    from mock_buildkite.token_tools import inspecting  # noqa: PLC0415

    value = sys.stdin.readline(LONGEST_LINE).strip()
    if not value:
        _fail("no value on stdin")
    try:
        told = inspecting.by_form(value) if server is None else inspecting.by_server(server, value)
    except StartupError as error:
        _fail(str(error))
    click.echo(json.dumps(told) if as_json else inspecting.described(told))
    sys.exit(FOUND if told["kind"] is None and told.get("on_record") is None else 0)


@token.command()
@as_json
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
def scan(*, as_json: bool, paths: tuple[Path, ...]) -> None:
    """Find tokens of every kind in files and folders; exit with status 1 if there are any."""
    from mock_buildkite.token_tools import scanning  # noqa: PLC0415 - not for `--help`

    findings, unread = [], []
    for each in scanning.scan(paths):
        if isinstance(each, scanning.Unread):
            unread.append(each)
            click.echo(f"mock-buildkite: {each.path}: {each.reason}", err=True)
            continue
        findings.append(each)
        if not as_json:
            place = f"{each.path}:{each.line}:{each.column}"
            click.echo(f"{place}: {each.kind} ({each.confidence} confidence) {each.masked}")
    if as_json:
        told = {
            "findings": [asdict(each) for each in findings],
            "unread": [asdict(each) for each in unread],
        }
        click.echo(json.dumps(told))
    if findings:
        sys.exit(FOUND)
    sys.exit(UNUSABLE if unread else 0)


@token.command()
@option("--kind", type=click.Choice(_MINTED), help="Of this kind only, instead of every one.")
@option("--count", default=1, type=click.IntRange(1, MOST_SAMPLES), help="How many of each form.")
@as_json
def sample(*, kind: str | None, count: int, as_json: bool) -> None:
    """Print values of exact form that no server accepts, also in the forms of earlier years."""
    from mock_buildkite.ids import SystemIds  # noqa: PLC0415 - not for `--help`
    from mock_buildkite.token_tools import samples  # noqa: PLC0415

    ids = SystemIds()
    wanted = [each for each in samples.MINTED if kind in {None, each.name}]
    drawn = [each for one in wanted for each in samples.draw(ids, one, count)]
    if as_json:
        told = [
            {"kind": each.kind.name, "form": each.form.value, "value": each.value} for each in drawn
        ]
        click.echo(json.dumps(told))
    else:
        click.echo("\n".join(each.value for each in drawn))


def _fail(message: str) -> None:
    click.echo(f"mock-buildkite: {message}", err=True)
    sys.exit(UNUSABLE)
