"""Numbered migrations: each runs once, in its own transaction, and a shipped one never changes."""

import sqlite3
from pathlib import Path

from mock_buildkite.errors import StartupError

_MIGRATIONS = Path(__file__).parent / "migrations"


def pending(connection: sqlite3.Connection) -> list[str]:
    """The statements that bring the schema up to date; `pragma user_version` counts those applied.

    Raises:
        StartupError: the database has migrations that this version does not know.
    """
    scripts = sorted(_MIGRATIONS.glob("*.sql"))
    applied = connection.execute("pragma user_version").fetchone()[0]
    if applied > len(scripts):
        msg = (
            f"the data directory was written by a newer version of mock-buildkite "
            f"(schema {applied}; this version knows {len(scripts)})"
        )
        raise StartupError(msg)
    return [
        f"begin immediate;\n{script.read_text()}\npragma user_version = {number};\ncommit;"
        for number, script in enumerate(scripts[applied:], start=applied + 1)
    ]
