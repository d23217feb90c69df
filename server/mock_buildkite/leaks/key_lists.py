"""Lists of public keys in the form of `GET /meta/public_keys/secret_scanning` of GitHub's API."""

from typing import Any

import msgspec

from mock_buildkite.leaks.signatures import PublicKey, read_public_key

LARGEST = 64 * 1024


class Entry(msgspec.Struct):
    """One key of a list."""

    key_identifier: str
    key: str


class KeyList(msgspec.Struct):
    """A whole list. Which key is current does not matter: while keys rotate, both are in use."""

    public_keys: list[Entry]


def read(text: bytes) -> dict[str, PublicKey]:
    """The keys of a list by their identifiers; those of other kinds than GitHub's are left out.

    Raises:
        ValueError: it is no list, or has no key that can be used.
    """
    if len(text) > LARGEST:
        msg = f"the list of keys is larger than {LARGEST} bytes"
        raise ValueError(msg)
    try:
        listed = msgspec.json.decode(text, type=KeyList).public_keys
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        msg = "it is no list of keys"
        raise ValueError(msg) from error
    keys = {}
    for entry in listed:
        try:
            keys[entry.key_identifier] = read_public_key(entry.key_identifier, entry.key)
        except ValueError:
            continue
    if not keys:
        msg = "the list has no key on P-256"
        raise ValueError(msg)
    return keys


def spell(*keys: PublicKey) -> dict[str, Any]:
    """A list of keys, all of them current."""
    return {
        "public_keys": [
            {"key_identifier": key.identifier, "key": key.pem, "is_current": True} for key in keys
        ]
    }
