"""Global IDs: base64 of `TypeName---uuid`.

Source: the IDs in pages/apis/graphql of Buildkite's documentation.
"""

import base64
import binascii
import re
from functools import lru_cache

_DECODED = re.compile(
    r"(?P<type>[A-Za-z]+)---"
    r"(?P<uuid>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})",
    re.IGNORECASE,
)


def encode(type_name: str, uuid: str) -> str:
    """The global ID of something of a GraphQL type."""
    return base64.b64encode(f"{type_name}---{uuid}".encode()).decode()


@lru_cache(maxsize=4096)
def decode(node_id: str) -> tuple[str, str] | None:
    """The type name and UUID in a global ID; None for anything else.

    Missing padding and space around it are forgiven: people paste these.
    """
    stripped = node_id.strip().rstrip("=")
    try:
        padded = stripped + "=" * (-len(stripped) % 4)
        decoded = base64.b64decode(padded, validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    match = _DECODED.fullmatch(decoded)
    return None if match is None else (match["type"], match["uuid"].lower())


def uuid_of(node_id: str, type_name: str) -> str | None:
    """The UUID in the global ID of something of a type; None for another type or none at all."""
    decoded = decode(node_id)
    return decoded[1] if decoded is not None and decoded[0] == type_name else None
