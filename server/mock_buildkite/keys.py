"""The keys of a world: made once, kept beside the database, never inside it."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from mock_buildkite.errors import StartupError
from mock_buildkite.ids import Ids

FILE_NAME = "keys.json"


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """Secrets that only the server knows."""

    seed: bytes
    """What a seed mints on an address others can reach is derived from it."""
    reveal: bytes
    """Unclustered agent tokens of the older era are derived from it, to be shown again."""

    @classmethod
    def draw(cls, ids: Ids) -> "Keys":
        """New random keys."""
        return cls(*(bytes.fromhex(ids.hexadecimal(64)) for _ in range(2)))

    @classmethod
    def kept_in(cls, directory: Path, ids: Ids) -> "Keys":
        """The keys of a data directory, drawn and written (mode 600) when it has none.

        Raises:
            StartupError: the file cannot be read, or cannot be written.
        """
        path = directory / FILE_NAME
        try:
            if not path.exists():
                keys = cls.draw(ids)
                _write(keys, path)
                return keys
            stored = json.loads(path.read_text())
            return cls(bytes.fromhex(stored["seed"]), bytes.fromhex(stored["reveal"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            msg = f"{path} cannot be read or written: {type(error).__name__}"
            raise StartupError(msg) from error


def _write(keys: Keys, path: Path) -> None:
    # Written whole under another name first: a half-written file would lock the data out.
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump({"seed": keys.seed.hex(), "reveal": keys.reveal.hex()}, file)
    unfinished.replace(path)
