"""The keys of a world: made once, kept beside the database, never inside it."""

import json
import os
from dataclasses import dataclass, fields
from pathlib import Path

from mock_buildkite.errors import StartupError
from mock_buildkite.ids import Ids

FILE_NAME = "keys.json"
FIRST_KEYS = 2
"""How many every file has; the others came with later versions, and are drawn when missing."""
KEY_BYTES = 32
JOB_TOKEN_KEY_BYTES = 64
"""As long as the digest that it is used with: HMAC-SHA-512."""


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """Secrets that only the server knows."""

    seed: bytes
    """What a seed mints on an address others can reach is derived from it."""
    reveal: bytes
    """Unclustered agent tokens of the older era are derived from it, to be shown again."""
    job_tokens: bytes
    """Job tokens are signed with it."""
    addresses: bytes
    """Addresses at which artifacts are uploaded and downloaded are signed with it."""
    secrets: bytes
    """The values of cluster secrets are encrypted with it."""
    registry_tokens: bytes
    """Tokens of package registries are signed with it."""

    @classmethod
    def draw(cls, ids: Ids) -> "Keys":
        """New random keys."""
        return cls(*(bytes.fromhex(_drawn(field.name, ids)) for field in fields(cls)))

    @classmethod
    def kept_in(cls, directory: Path, ids: Ids) -> "Keys":
        """The keys of a data directory; those it has none of are drawn and written (mode 600).

        Raises:
            StartupError: the file cannot be read, or cannot be written.
        """
        path = directory / FILE_NAME
        try:
            names = [field.name for field in fields(cls)]
            stored = json.loads(path.read_text()) if path.exists() else {}
            # What has none of the first is no file of keys.
            missing = {
                name: _drawn(name, ids)
                for name in (names[FIRST_KEYS:] if path.exists() else names)
                if name not in stored
            }
            stored |= missing
            keys = cls(*(bytes.fromhex(stored[name]) for name in names))
            if missing:
                write_private(path, json.dumps(stored).encode())
        except (OSError, ValueError, KeyError, TypeError) as error:
            msg = f"{path} cannot be read or written: {type(error).__name__}"
            raise StartupError(msg) from error
        return keys


def _drawn(name: str, ids: Ids) -> str:
    return ids.hexadecimal(2 * (JOB_TOKEN_KEY_BYTES if name == "job_tokens" else KEY_BYTES))


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read (mode 600).

    Whole under another name first: a half-written file would lock the data out.
    """
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    unfinished.replace(path)
