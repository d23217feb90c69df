"""Finding the values of tokens in whatever bytes: answers, logs, files of databases.

One pass finds the exact forms of all kinds, wherever they stand: the columns of a row lie side by
side in a database, so nothing is asked of what is before and after.
"""

import base64
import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

import re2

from mock_buildkite.token_forms.kinds import KINDS

_DIGIT = "[A-Za-z0-9+/]"
_PERCENT_ENCODED = f"(?:{_DIGIT}|%2[BbFf]){{4,}}(?:=|%3[Dd]){{0,2}}--[0-9a-f]{{40}}"
"""A registry's token as it travels in addresses; in the other kinds there is nothing to encode."""
_IN_BASE64 = "(?:Ymt|[GWm2]Jr|[BFJNRVZdhlptx159]ia[23])[A-Za-z0-9+/_-]{40,}"
"""What the base64 of a text has where the text has `bk`, which begins every token."""


def _pattern() -> str:
    bodies = [kind.prefix + re.sub(r"\?P<\w+>", "?:", kind.body) for kind in KINDS if kind.body]
    return "|".join([*bodies, f"bkpt_{_PERCENT_ENCODED}", _IN_BASE64])


_BASE64_AT_END = re.compile(rb"[A-Za-z0-9+/_-]*\Z")
_FORMS = re2.compile(_pattern().encode())


def values_in(content: bytes) -> set[str]:
    """The tokens of exact form, as they are, percent-encoded, or in base64 of anything."""
    return set(_found(content))


def _found(content: bytes) -> Iterator[str]:
    for found in _FORMS.finditer(content):
        text: bytes = found.group()
        if text.startswith(b"bk"):
            yield unquote_to_bytes(text).decode()
        else:
            before = content[max(0, found.start() - 3) : found.start()]
            yield from _found_in_base64(_BASE64_AT_END.findall(before)[0] + text)


def _found_in_base64(text: bytes) -> Iterator[str]:
    """The tokens in base64 that begins at one of the first four characters, and ends anywhere."""
    text = text.replace(b"-", b"+").replace(b"_", b"/")
    for start in range(4):
        yield from values_in(base64.b64decode(text[start:] + b"A" * ((start - len(text)) % 4)))
