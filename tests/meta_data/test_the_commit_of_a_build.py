"""What a build learns of its commit from the agent that checked it out first."""

from typing import Any

import pytest

from tests.server import Served
from tests.working_jobs import WorkingJob, working_job

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


async def build_of(job: WorkingJob) -> dict[str, Any]:
    return await job.builder.get_build(job.build, exclude_jobs="true")


async def test_it_learns_commit_message_and_author(job: WorkingJob) -> None:
    await check_out(job)

    build = await build_of(job)
    assert (build["commit"], build["message"]) == (COMMIT, MESSAGE)
    assert build["author"] == {"name": "Ada Lovelace", "email": "ada@example.com"}


async def test_the_key_is_there_for_the_next_agent(job: WorkingJob) -> None:
    await check_out(job)

    body = {"key": "buildkite:git:commit"}
    assert await job.call("POST", f"jobs/{job.uuid}/data/exists", body) == {"exists": True}
    answer = await job.call("POST", f"jobs/{job.uuid}/data/get", body)
    assert answer["value"] == SHOWN


async def test_what_was_said_when_the_build_was_created_stays(server: Served) -> None:
    said = {
        "commit": "1" * 40,
        "message": "Release",
        "author": {"name": "Bob", "email": "bob@example.com"},
    }
    job = await working_job(server, of_build=said)

    await check_out(job)

    build = await build_of(job)
    assert {name: build[name] for name in said} == said


@pytest.mark.parametrize(
    "shown", ["a commit", SHOWN.replace(COMMIT, "0123"), SHOWN.replace("Author", "Committer")]
)
async def test_what_describes_no_commit_is_kept_and_teaches_nothing(
    job: WorkingJob, shown: str
) -> None:
    await check_out(job, shown)

    build = await build_of(job)
    assert (build["commit"], build["message"], build["author"]) == ("HEAD", None, None)


async def test_a_commit_without_message_or_name_is_one_too(job: WorkingJob) -> None:
    await check_out(job, f"commit {COMMIT}\nabbrev-commit 0123\nAuthor:  <ada@example.com>\n\n\n")

    build = await build_of(job)
    assert (build["commit"], build["message"]) == (COMMIT, "")
    assert build["author"] == {"name": "", "email": "ada@example.com"}
