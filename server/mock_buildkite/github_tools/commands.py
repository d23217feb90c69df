"""The commands of `mock-buildkite github`."""

import json
import sys
from pathlib import Path
from typing import NoReturn, TextIO

import click

from mock_buildkite.github_tools import reporting
from mock_buildkite.options import PREFIX, option
from mock_buildkite.settings import DEFAULT_HOST, DEFAULT_PORT
from mock_buildkite.token_forms import recognising

REFUSED = 1
"""The exit status of `report` when the receiver refuses."""
UNSENT = 2
"""The exit status where nothing was sent, as with a wrong option."""
PRIVATE_MODE = 0o600
USUAL_SERVER = f"http://{DEFAULT_HOST}:{DEFAULT_PORT}"
REPORT_PREFIX = f"{PREFIX}REPORT_"
"""Of the variables of what is reported: `MOCK_BUILDKITE_URL` looks like a server's."""


@click.group()
def github() -> None:
    """Play GitHub: report tokens as leaked, signed as GitHub signs."""


@github.command()
@option("--server", metavar="URL", help=f"The mock-buildkite that signs. [default: {USUAL_SERVER}]")
@option(
    "--key-file",
    envvar=f"{REPORT_PREFIX}KEY_FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Sign with this private key instead.",
)
@option(
    "--to",
    metavar="ADDRESS",
    envvar=f"{REPORT_PREFIX}TO",
    help="Who is told. [default: that server]",
)
@option(
    "--type",
    "type_",
    envvar=f"{REPORT_PREFIX}TYPE",
    help="What GitHub takes the values for. [default: by their form]",
)
@option(
    "--url",
    default=reporting.USUAL_URL,
    envvar=f"{REPORT_PREFIX}URL",
    help="Where they were found.",
)
@option(
    "--source",
    default=reporting.USUAL_SOURCE,
    envvar=f"{REPORT_PREFIX}SOURCE",
    help="In what kind of place.",
)
@option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.argument("file", default="-", type=click.File())
def report(  # noqa: PLR0913 - an option each
    *,
    server: str | None,
    key_file: Path | None,
    to: str | None,
    type_: str | None,
    url: str,
    source: str,
    as_json: bool,
    file: TextIO,
) -> None:
    """Report the values in FILE, or on stdin, one a line: they do not belong in arguments."""
    values = [line.strip() for line in file if line.strip()]
    if not values:
        _fail("no value to report")
    server = (server or USUAL_SERVER).rstrip("/")
    content = reporting.body(values, type_=type_, url=url, source=source)
    try:
        if key_file is None:
            signature = reporting.signed_by_server(server, content)
        else:
            signature = reporting.signed_with_file(key_file, content)
        address = to or f"{server}{reporting.ALERTS_PATH}"
        answer = reporting.send(address, content, signature)
    except reporting.UnsentError as error:
        _fail(str(error))
    if as_json:
        told = {"status": answer.status, "feedback": answer.feedback}
        click.echo(json.dumps(told))
    else:
        click.echo(_described(values, answer))
    sys.exit(0 if answer.is_success else REFUSED)


@github.command("new-key")
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
def new_key(*, path: Path) -> None:
    """Write a new private key to PATH, for --key-file, and print the list of its public half."""
    from mock_buildkite.leaks import key_lists  # noqa: PLC0415 - not for `--help`
    from mock_buildkite.leaks.signatures import draw_key_pair  # noqa: PLC0415

    pair = draw_key_pair()
    try:
        path.touch(PRIVATE_MODE, exist_ok=False)
        path.write_bytes(pair.to_pem())
    except OSError as error:
        _fail(f"{path} cannot be written: {error.strerror}")
    click.echo(json.dumps(key_lists.spell(pair.public)))


def _described(values: list[str], answer: reporting.Answer) -> str:
    lines = [f"answered with status {answer.status}"]
    feedback = answer.feedback
    if isinstance(feedback, list):
        labels = [each.get("label") for each in feedback if isinstance(each, dict)]
        if len(labels) == len(values):
            lines += [
                f"{recognising.masked(value)}  {label}"
                for value, label in zip(values, labels, strict=True)
            ]
    elif isinstance(feedback, dict) and "message" in feedback:
        lines.append(str(feedback["message"]))
    return "\n".join(lines)


def _fail(message: str) -> NoReturn:
    click.echo(f"mock-buildkite: {message}", err=True)
    sys.exit(UNSENT)
