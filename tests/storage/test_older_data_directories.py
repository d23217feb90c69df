"""Folders that earlier versions filled are brought up to date, and lose nothing by it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from mock_buildkite.clock import ManualClock
from mock_buildkite.jobs.lifecycle import JobState
from mock_buildkite.settings import Settings
from mock_buildkite.storage import migrate
from tests.server import serve_in_process

LEAK = (
    "insert into leaks (digest, kind, token_uuid, organizations, reported_type, url, source,"
    " action, told_owner, first_reported_at, last_reported_at)"
    " values (?, 'api-access-token', ?, ?, 'any', ?, 'content', 'revoked', ?, ?, ?)"
)
FIRST, LATER = "2025-06-01T00:00:00.000000+00:00", "2025-06-02T00:00:00.000000+00:00"


def folder_of(path: Path, migrations: int) -> Path:
    """The database in a folder as it was when there were so many migrations."""
    path.mkdir()
    database = path / "mock-buildkite.sqlite3"
    with closing(sqlite3.connect(database)) as connection:
        for script in migrate.pending(connection)[:migrations]:
            connection.executescript(script)
    return database


async def test_mails_about_leaks_are_in_the_outbox_as_before(tmp_path: Path) -> None:
    database = folder_of(tmp_path / "data", migrations=10)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.executemany(
            LEAK,
            [
                (
                    b"1",
                    "one",
                    '["rival","acme"]',
                    "https://a.example",
                    "ada@x.example",
                    FIRST,
                    LATER,
                ),
                (b"1", "one", '["rival","acme"]', "https://b.example", None, FIRST, LATER),
                (b"2", "two", "[]", "", "bob@x.example", LATER, LATER),
            ],
        )

    async with serve_in_process(Settings(data=tmp_path / "data"), ManualClock()) as server:
        outbox = (await server.http.get("/_mock/outbox")).json()
        leaks = (await server.http.get("/_mock/leaks")).json()

    told = {"reason": "leaked", "token_uuid": "one", "url": "https://a.example", "sent_at": FIRST}
    assert outbox == [
        {"to": "owner", "recipient": "ada@x.example", "organization": None, **told},
        {"to": "organization", "recipient": "rival", "organization": "rival", **told},
        {"to": "organization", "recipient": "acme", "organization": "acme", **told},
        {
            "reason": "leaked",
            "to": "owner",
            "recipient": "bob@x.example",
            "token_uuid": "two",
            "organization": None,
            "url": "",
            "sent_at": LATER,
        },
    ]
    assert [each["url"] for each in leaks] == ["https://a.example", "https://b.example", ""]


async def test_jobs_and_their_logs_outlive_that_their_table_is_made_anew(tmp_path: Path) -> None:
    database = folder_of(tmp_path / "data", migrations=13)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(
            "insert into jobs (id, uuid, organization_id, pipeline_id, build_id, step_id, type,"
            " state, created_at, scheduled_at, retry_source_job_id)"
            " values (7, 'job', 1, 1, 1, 1, 'script', 'finished', ?1, ?1, 7)",
            (FIRST,),
        )
        connection.execute(
            "insert into job_log_chunks (job_id, start, size, content) values (7, 0, 1, x'00')"
        )

    async with serve_in_process(Settings(data=tmp_path / "data"), ManualClock()):
        pass

    with closing(sqlite3.connect(database)) as connection:
        jobs = connection.execute("select id, uuid, state, retry_source_job_id from jobs")
        chunks = connection.execute("select job_id from job_log_chunks")
        assert jobs.fetchall() == [(7, "job", "finished", 7)]
        assert chunks.fetchall() == [(7,)]
        assert_states_are_checked(connection)


def assert_states_are_checked(connection: sqlite3.Connection) -> None:
    for state in JobState:
        connection.execute("update jobs set state = ?", (state.value,))
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        connection.execute("update jobs set state = 'passed'")
