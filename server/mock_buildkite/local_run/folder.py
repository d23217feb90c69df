"""The one folder in which a run leaves anything."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "mock-buildkite-"
LONGEST_PARENT = 48
"""How many bytes of a path leave room for a socket of the agent's, whose path has 103 at most."""

SHORT_PARENT = Path("/tmp")  # noqa: S108 - what is made in it has a name that nobody can guess


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    usual = Path(tempfile.gettempdir()).resolve()
    parent = usual if len(os.fsencode(usual)) <= LONGEST_PARENT else SHORT_PARENT
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent)).resolve()
    try:
        yield folder
    finally:
        _remove(folder)


def _remove(folder: Path) -> None:
    """Remove a folder with all in it; tools may have protected what they have put there."""
    with suppress(OSError):
        shutil.rmtree(folder)
        return
    for path, names, _ in os.walk(folder):
        for inner in (Path(path, name) for name in names):
            with suppress(OSError):
                if not inner.is_symlink():  # that would change what it leads to
                    inner.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        sys.stderr.write(f"mock-buildkite: {folder} could not be removed\n")
