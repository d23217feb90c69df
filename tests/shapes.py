"""Matchers for what differs from run to run: a placeholder in a sample stands for its shape.

A placeholder is a whole text such as `<uuid>`, `<moment>`, `<text>`, `<token bkaa>` or
`<graphql id Cluster>`. One whose value is known when the answer comes is not matched by shape,
but must be that value. Known ones, and `<uuid>`, may also stand inside a text: an address.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

_ID_SEGMENT = (
    "(?:[MNO][DTjz][AEIMQUYcgk][w-z0-5])*"
    "(?:[MNO][AQgw]|[MNO][DTjz][AEIMQUYcgk]|[MNO][DTjz][AEIMQUYcgk][w-z0-5])"
)
_AGENT_TOKEN_REST = rf"{_ID_SEGMENT}\.[1-9A-HJ-NP-Za-km-z]{{77}}"

TOKEN_FORMS = {
    "bkua": re.compile(rf"bkua_(?:{_ID_SEGMENT}\.)?[0-9a-f]{{40}}"),
    "bkaa": re.compile(f"bkaa_{_AGENT_TOKEN_REST}"),
    "bkar": re.compile(f"bkar_{_AGENT_TOKEN_REST}"),
    "bkct": re.compile(f"bkct_{_AGENT_TOKEN_REST}"),
    "bkaj": re.compile(r"bkaj_[\w-]+\.[\w-]+\.[\w-]+", re.ASCII),
}
"""How each kind of token is written, by its prefix."""

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")

_MOMENT_FORMS = {
    "milliseconds": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"),
    "words": re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"),
}
"""How the REST API writes moments."""

_PLACEHOLDER = re.compile(r"<([a-zA-Z ]+)>")


def fill(template: Any, known: Mapping[str, str]) -> Any:
    """A copy of what a sample sends, with values in place of the placeholders.

    Raises:
        KeyError: a placeholder has no known value.
    """
    match template:
        case str():
            return _PLACEHOLDER.sub(lambda found: known[found[1]], template)
        case dict():
            return {key: fill(value, known) for key, value in template.items()}
        case list():
            return [fill(each, known) for each in template]
    return template


def differences(
    expected: Any, actual: Any, known: Mapping[str, str], place: str = "answer"
) -> Iterator[str]:
    """Where an answer is not what a sample says, each with its place; nothing when it is.

    Raises:
        ValueError: the sample has a placeholder that is no shape.
    """
    match expected, actual:
        case dict(), dict():
            for key in expected.keys() | actual.keys():
                if key not in actual or key not in expected:
                    yield f"{place}.{key} is {'missing' if key in expected else 'there too'}"
                else:
                    yield from differences(expected[key], actual[key], known, f"{place}.{key}")
        case list(), list() if len(expected) == len(actual):
            for number, (one, other) in enumerate(zip(expected, actual, strict=True)):
                yield from differences(one, other, known, f"{place}[{number}]")
        case _ if not _is_alike(expected, actual, known):
            yield f"{place} is {actual!r}, not {expected!r}"


def _is_alike(expected: Any, actual: Any, known: Mapping[str, str]) -> bool:
    placeholder = _PLACEHOLDER.fullmatch(expected) if isinstance(expected, str) else None
    if placeholder is None:
        if isinstance(expected, str) and isinstance(actual, str):
            return re.fullmatch(_pattern(expected, known), actual) is not None
        return type(expected) is type(actual) and bool(expected == actual)
    name = placeholder[1]
    return actual == known[name] if name in known else has_shape(name, actual)


def _pattern(expected: str, known: Mapping[str, str]) -> str:
    """A pattern for the texts that a text with placeholders inside stands for."""
    literals, names = _PLACEHOLDER.split(expected)[::2], _PLACEHOLDER.findall(expected)
    meant = [UUID.pattern if name == "uuid" else re.escape(known[name]) for name in names]
    parts = zip(map(re.escape, literals), [*meant, ""], strict=True)
    return "".join(literal + meaning for literal, meaning in parts)


def has_shape(name: str, value: object) -> bool:
    """Whether a value is a text of the named shape.

    Raises:
        ValueError: there is no such shape.
    """
    text = value if isinstance(value, str) else ""
    match name.split():
        case ["text"]:
            return bool(text)
        case ["uuid"]:
            return UUID.fullmatch(text) is not None
        case ["moment"]:
            return _is_moment(text)
        case ["moment", "in", form] if form in _MOMENT_FORMS:
            return _MOMENT_FORMS[form].fullmatch(text) is not None
        case ["token", prefix] if prefix in TOKEN_FORMS:
            return TOKEN_FORMS[prefix].fullmatch(text) is not None
        case ["graphql", "id", type_name]:
            return _is_graphql_id(type_name, text)
    msg = f"<{name}> is no shape"
    raise ValueError(msg)


def _is_moment(text: str) -> bool:
    """Whether a text is a moment in ISO 8601, in UTC and with its time."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return False
    return moment.utcoffset() == timedelta(0) and "T" in text


def _is_graphql_id(type_name: str, text: str) -> bool:
    try:
        named, _, uuid = base64.b64decode(text, validate=True).decode().partition("---")
    except (binascii.Error, UnicodeDecodeError):
        return False
    return named == type_name and UUID.fullmatch(uuid) is not None
