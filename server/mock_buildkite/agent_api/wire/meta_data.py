"""Meta-data as jobs send it and are told it.

Source: buildkite/agent api/meta_data.go, the client's side of the same shapes.
"""

from typing import Any

import msgspec

from mock_buildkite.bodies import decode


class Item(msgspec.Struct):
    """A key with its value."""

    key: str
    value: str


class BatchBody(msgspec.Struct):
    """The body of `POST data/set-batch`."""

    items: list[Item]


class KeyBody(msgspec.Struct):
    """The body of `POST data/get` and `POST data/exists`."""

    key: str


def pair(body: bytes) -> dict[str, str]:
    """The one key to set, with its value."""
    item = decode(body, Item)
    return {item.key: item.value}


def pairs(body: bytes) -> dict[str, str]:
    """The keys to set with their values; of a key that comes twice, the last."""
    return {item.key: item.value for item in decode(body, BatchBody).items}


def key(body: bytes) -> str:
    """The key that is asked for."""
    return decode(body, KeyBody).key


def found(key: str, value: str) -> dict[str, Any]:
    """The value of a key."""
    return {"key": key, "value": value}


def existence(*, exists: bool) -> dict[str, Any]:
    """Whether a key is set."""
    return {"exists": exists}
