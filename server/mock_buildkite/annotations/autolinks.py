"""Addresses in a text that become links without any brackets around them.

Source: the GitHub Flavored Markdown Spec, section 6.9, without its e-mail addresses.
"""

import re
from collections.abc import Iterator

from msgspec import Struct

_ADDRESS = re.compile(
    r"(?<![^\s*_~(])(?:https?://|www\.)[\w-]+(?:\.[\w-]+)*[^\s<]*", re.IGNORECASE | re.ASCII
)
_PUNCTUATION = frozenset("?!.,:*_~'\"")
_PARTS = 2  # of a domain, that have no underscores


class Part(Struct, frozen=True):
    """A piece of a text."""

    text: str
    address: str | None = None
    """Where it leads, if it leads anywhere."""


def split(text: str) -> Iterator[Part]:
    """The pieces of a text, of which those that are addresses lead there."""
    place = 0
    for found in _ADDRESS.finditer(text):
        address = _without_what_follows(found[0])
        if not _has_domain(address):
            continue
        yield Part(text[place : found.start()])
        yield Part(address, address if "://" in address else f"http://{address}")
        place = found.start() + len(address)
    yield Part(text[place:])


def _without_what_follows(address: str) -> str:
    """An address without the punctuation after it, and without a parenthesis it does not open."""
    end, unopened = len(address), address.count(")") - address.count("(")
    while end:
        last = address[end - 1]
        if last in _PUNCTUATION:
            end -= 1
        elif last == ")" and unopened > 0:
            end, unopened = end - 1, unopened - 1
        else:
            break
    return address[:end]


def _has_domain(address: str) -> bool:
    """Whether it has a domain with a dot, and without underscores in its last two parts."""
    domain: str = re.split(r"[/?#:]", address.partition("://")[2] or address)[0]
    parts = domain.split(".")[-2:]
    return len(parts) == _PARTS and all(part and "_" not in part for part in parts)
