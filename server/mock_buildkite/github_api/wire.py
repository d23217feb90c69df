"""A report as GitHub sends it, and the feedback that it takes."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from starlette.datastructures import Headers

from mock_buildkite.errors import MalformedBodyError, NothingPresentedError
from mock_buildkite.leaks.model import Alert

IDENTIFIER_HEADER = "Github-Public-Key-Identifier"
SIGNATURE_HEADER = "Github-Public-Key-Signature"

UNKNOWN_SOURCE = "unknown"


def header(headers: Headers, name: str) -> str:
    """The value of a header that a report has once.

    Raises:
        NothingPresentedError: it has none, or several.
    """
    found = headers.getlist(name)
    if len(found) != 1 or not found[0]:
        raise NothingPresentedError
    return found[0]


def alerts(body: bytes) -> list[Alert]:
    """What a report is about. What has no token among the rest is passed over.

    Raises:
        MalformedBodyError: it is no JSON array, or has things in it and not one with a token.
    """
    try:
        # As text: it is signed as it is, so nothing but UTF-8 is meant.
        listed = msgspec.json.decode(body.decode(), type=list[Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        msg = "Body must be a JSON array"
        raise MalformedBodyError(msg) from error
    found = list(_read(listed))
    if listed and not found:
        msg = "Every element of the body must be an object with a token"
        raise MalformedBodyError(msg)
    return found


def feedback(judged: Iterable[tuple[Alert, bool]]) -> list[dict[str, str]]:
    """What GitHub is told of each: whether it was a token. The token itself is not sent back."""
    return [
        {
            "token_hash": hashlib.sha256(alert.token.encode()).hexdigest(),
            "token_type": alert.type,
            "label": "true_positive" if is_token else "false_positive",
        }
        for alert, is_token in judged
    ]


def _read(listed: list[Any]) -> Iterator[Alert]:
    for each in listed:
        token = each.get("token") if isinstance(each, dict) else None
        if isinstance(token, str) and token:
            type_, url, source = each.get("type"), each.get("url"), each.get("source")
            yield Alert(
                token,
                type_ if isinstance(type_, str) else "",
                url if isinstance(url, str) else "",
                # GitHub's page has them with capitals, its samples without.
                source.lower() if isinstance(source, str) and source else UNKNOWN_SOURCE,
            )
