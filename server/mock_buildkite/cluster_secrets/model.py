"""What a secret of a cluster is."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from msgspec import Struct

from mock_buildkite.errors import InvalidInputError

LONGEST_KEY = 255
LARGEST_VALUE_BYTES = 8 * 1024 - 1
"""Of a value given over REST: pages/apis/rest_api/clusters/secrets.md of the documentation."""
LARGEST_TYPED_VALUE_BYTES = 32 * 1024
"""Of one typed into the web page: pages/pipelines/security/secrets/buildkite_secrets.md there."""
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_RESERVED = ("buildkite", "bk")


@dataclass(frozen=True, slots=True)
class NewClusterSecret:
    """What is chosen about a secret when it is made."""

    key: str
    value: str = field(repr=False)
    description: str | None = None
    policy: str | None = None


class ClusterSecret(Struct, frozen=True):
    """All about a secret but its value."""

    id: int
    uuid: str
    cluster_id: int
    key: str
    description: str | None
    policy: str | None
    created_by: int | None
    created_at: datetime
    updated_by: int | None
    updated_at: datetime
    last_read_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReadSecret:
    """A secret as a job is told it."""

    key: str
    uuid: str
    value: str = field(repr=False)


def checked_key(key: str) -> str:
    """A key that a secret can have.

    Raises:
        InvalidInputError: it has other characters, is too long, or begins with a reserved word.

    Source: pages/apis/rest_api/clusters/secrets.md of Buildkite's documentation.
    """
    if not key.strip():
        msg = "Key can't be blank"
        raise InvalidInputError(msg)
    if not _KEY.fullmatch(key):
        msg = "Key must start with a letter and only contain letters, numbers and underscores"
        raise InvalidInputError(msg)
    if key.lower().startswith(_RESERVED):
        msg = "Key can't start with 'buildkite' or 'bk'"
        raise InvalidInputError(msg)
    if len(key) > LONGEST_KEY:
        msg = f"Key is too long (maximum is {LONGEST_KEY} characters)"
        raise InvalidInputError(msg)
    return key


def checked_value(value: str, largest_bytes: int) -> str:
    """A value that a secret can have.

    Raises:
        InvalidInputError: it is blank, or too large.
    """
    if not value.strip():
        msg = "Value can't be blank"
        raise InvalidInputError(msg)
    if len(value.encode()) > largest_bytes:
        msg = f"Value is too large (maximum is {largest_bytes:,} bytes)"
        raise InvalidInputError(msg)
    return value
