"""Playing GitHub: putting a report together, having it signed, and sending it.

What it sends goes through the door that GitHub's reports would go through.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from msgspec import Struct

from mock_buildkite.token_forms import recognising

ALERTS_PATH = "/_github/secret-scanning/alerts"
SIGNATURES_PATH = "/_mock/github/signatures"
IDENTIFIER_HEADER = "Github-Public-Key-Identifier"
SIGNATURE_HEADER = "Github-Public-Key-Signature"

USUAL_TYPE = "buildkite_user_access_token"
USUAL_URL = "https://github.com/octocat/hello-world/blob/main/.env"
USUAL_SOURCE = "content"
PATIENCE_SECONDS = 30
"""As long as GitHub waits for feedback."""


class UnsentError(Exception):
    """Why there is no answer to a report."""


class Answer(Struct, frozen=True):
    """What a receiver says."""

    status: int
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether GitHub would take the report for received."""
        return 200 <= self.status < 300  # noqa: PLR2004 - HTTP's own numbers

    @property
    def feedback(self) -> Any:  # noqa: ANN401 - whatever a receiver says
        """The JSON that it is; None if it is none, which a receiver may leave out."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class Signature(Struct, frozen=True):
    """The two headers of a report."""

    identifier: str
    text: str


def body(
    values: Iterable[str], *, type_: str | None, url: str = USUAL_URL, source: str = USUAL_SOURCE
) -> bytes:
    """A report of values; without a type, each has the one that its form goes by."""
    alerts = [
        {"source": source, "token": value, "type": type_ or github_type(value), "url": url}
        for value in values
    ]
    return json.dumps(alerts, separators=(",", ":")).encode()


def github_type(value: str) -> str:
    """What GitHub would take a value for."""
    recognised = recognising.recognise(value)
    types = () if recognised is None else recognised.kind.github_types
    return types[0] if types else USUAL_TYPE


def signed_by_server(server: str, report: bytes) -> Signature:
    """The signature of a server's own key.

    Raises:
        UnsentError: the server does not sign.
    """
    url = f"{server}{SIGNATURES_PATH}"
    answer = _post(url, report, {})
    told = answer.feedback
    if not answer.is_success or not isinstance(told, dict):
        msg = f"{url} refused to sign with status {answer.status}"
        raise UnsentError(msg)
    return Signature(told["key_identifier"], told["signature"])


def signed_with_file(path: Path, report: bytes) -> Signature:
    """The signature of a private key in a file.

    Raises:
        UnsentError: the file holds none on P-256.
    """
    from mock_buildkite.leaks.signatures import read_key_pair  # noqa: PLC0415 - takes 60 ms

    try:
        pair = read_key_pair(path.read_bytes())
    except (OSError, ValueError) as error:
        msg = f"{path}: {error}"
        raise UnsentError(msg) from error
    return Signature(pair.public.identifier, pair.sign(report))


def send(url: str, report: bytes, signature: Signature) -> Answer:
    """What a receiver says to a report.

    Raises:
        UnsentError: it cannot be reached.
    """
    headers = {IDENTIFIER_HEADER: signature.identifier, SIGNATURE_HEADER: signature.text}
    return _post(url, report, {"Accept": "*/*", **headers})


def _post(url: str, content: bytes, headers: dict[str, str]) -> Answer:
    from urllib.error import HTTPError  # noqa: PLC0415 - takes 20 ms
    from urllib.parse import urlsplit  # noqa: PLC0415
    from urllib.request import ProxyHandler, Request, build_opener  # noqa: PLC0415

    from mock_buildkite.settings import is_loopback  # noqa: PLC0415

    if not url.startswith(("http://", "https://")):
        msg = f"{url} is no address"
        raise UnsentError(msg)
    request = Request(  # noqa: S310 - its scheme was looked at
        url, content, {"Content-Type": "application/json", **headers}
    )
    # No proxy stands between a test and a receiver on the same machine.
    is_near = is_loopback(urlsplit(url).hostname or "")
    opener = build_opener(*([ProxyHandler({})] if is_near else []))
    try:
        with opener.open(request, timeout=PATIENCE_SECONDS) as answer:
            return Answer(answer.status, answer.read())
    except HTTPError as error:
        with error:
            return Answer(error.code, error.read())
    except (OSError, ValueError) as error:
        msg = f"{url} cannot be reached: {error}"
        raise UnsentError(msg) from error
