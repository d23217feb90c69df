"""What a build learns of its commit from the agent that checked it out first."""

from typing import Any

import pytest

from mock_buildkite.builds import store as builds
from mock_buildkite.builds.model import Build
from mock_buildkite.storage.database import Transaction
from tests.planted_jobs import WorkingJob

COMMIT = "0123456789abcdef0123456789abcdef01234567"
SHOWN = f"""\
commit {COMMIT}
abbrev-commit 0123456789
Author: Ada Lovelace <ada@example.com>

    Count with cards

    Not with fingers:
        they are only ten.
"""
MESSAGE = "Count with cards\n\nNot with fingers:\n    they are only ten."


async def check_out(job: WorkingJob, shown: str = SHOWN) -> None:
    body = {"key": "buildkite:git:commit", "value": shown}
    await job.call("POST", f"jobs/{job.uuid}/data/set", body)


async def build_of(job: WorkingJob) -> Build:
    def unit(tx: Transaction) -> Build:
        build = builds.find_by_uuid(tx, job.build_uuid)
        assert build is not None
        return build

    return await job.server.application.worlds.current.database.read(unit)


async def change(job: WorkingJob, changes: dict[str, Any]) -> None:
    number = (await build_of(job)).id
    world = job.server.application.worlds.current
    await world.database.write(lambda tx: builds.update(tx, number, changes))


async def test_it_learns_commit_message_and_author(job: WorkingJob) -> None:
    await check_out(job)

    build = await build_of(job)
    assert (build.commit, build.message) == (COMMIT, MESSAGE)
    assert build.author == {"name": "Ada Lovelace", "email": "ada@example.com"}


async def test_the_key_is_there_for_the_next_agent(job: WorkingJob) -> None:
    await check_out(job)

    body = {"key": "buildkite:git:commit"}
    assert await job.call("POST", f"jobs/{job.uuid}/data/exists", body) == {"exists": True}
    answer = await job.call("POST", f"jobs/{job.uuid}/data/get", body)
    assert answer["value"] == SHOWN


async def test_what_was_said_when_the_build_was_created_stays(job: WorkingJob) -> None:
    given = {'"commit"': "1" * 40, "message": "Release", "author": '{"name": "Bob"}'}
    await change(job, given)

    await check_out(job)

    build = await build_of(job)
    assert (build.commit, build.message) == ("1" * 40, "Release")
    assert build.author == {"name": "Bob"}


@pytest.mark.parametrize(
    "shown", ["a commit", SHOWN.replace(COMMIT, "0123"), SHOWN.replace("Author", "Committer")]
)
async def test_what_describes_no_commit_is_kept_and_teaches_nothing(
    job: WorkingJob, shown: str
) -> None:
    before = await build_of(job)

    await check_out(job, shown)

    assert await build_of(job) == before


async def test_a_commit_without_message_or_name_is_one_too(job: WorkingJob) -> None:
    await check_out(job, f"commit {COMMIT}\nabbrev-commit 0123\nAuthor:  <ada@example.com>\n\n\n")

    build = await build_of(job)
    assert (build.commit, build.message) == (COMMIT, "")
    assert build.author == {"name": "", "email": "ada@example.com"}
