"""`buildkite-agent annotate`, `annotation remove` and `meta-data`, as a job's commands run them."""

from pathlib import Path
from typing import Any

import pytest

from tests.clients.agents import Release
from tests.clients.job_commands import JobCommands
from tests.server import Served
from tests.working_jobs import WorkingJob, working_job

pytestmark = pytest.mark.real_agent

ODD = "a.b/c %2F ü?#"


@pytest.fixture
async def job(server: Served) -> WorkingJob:
    """A job at work; its commands are the real ones."""
    return await working_job(server)


@pytest.fixture
def commands(release: Release, job: WorkingJob, tmp_path: Path) -> JobCommands:
    """What runs in it."""
    return JobCommands(release, job.taken, tmp_path)


async def shown(job: WorkingJob) -> dict[str, Any]:
    """The annotations of a job's build, by scope and context."""
    found = await job.builder.caller.get(f"{job.build_path}/annotations", scope="all")
    return {f"{each['scope']} {each['context']}": each for each in found}


async def value_of(commands: JobCommands, *arguments: str) -> str:
    """What `meta-data get` prints, without the line break that 4.0 adds."""
    return (await commands.succeed("meta-data", "get", *arguments)).rstrip("\n")


async def test_annotations_are_written_appended_to_and_restyled(
    job: WorkingJob, commands: JobCommands
) -> None:
    await commands.succeed("annotate", "**one**", "--context", ODD, "--style", "info")
    await commands.succeed("annotate", "two :rocket:", "--context", ODD, "--append")
    await commands.succeed("annotate", "--context", ODD, "--style", "error")
    await commands.succeed("annotate", stdin="```term\n\x1b[31mred\x1b[0m\n```\n")

    annotations = await shown(job)
    assert list(annotations) == [f"build {ODD}", "build default"]
    odd, default = annotations.values()
    assert odd["body_html"] == "<p><strong>one</strong>two :rocket:</p>\n"
    assert (odd["style"], odd["priority"]) == ("error", 3)
    assert '<span class="term-fg31">red</span>' in default["body_html"]


async def test_annotations_are_removed_by_their_context(
    job: WorkingJob, commands: JobCommands
) -> None:
    for context in (ODD, "default", "kept"):
        await commands.succeed("annotate", "x", "--context", context)

    await commands.succeed("annotation", "remove", "--context", ODD)
    await commands.succeed("annotation", "remove")
    again = await commands.run("annotation", "remove")

    assert list(await shown(job)) == ["build kept"]
    assert again.status == 1
    assert "404 Not Found: No annotation found" in again.stderr


async def test_a_job_annotates_itself(
    release: Release, job: WorkingJob, commands: JobCommands
) -> None:
    if not release.annotates_jobs:
        pytest.skip("this version annotates builds only")

    await commands.succeed("annotate", "x", "--scope", "job", "--priority", "10")
    await commands.succeed("annotate", "x", "--scope", "job", "--context", "gone")
    await commands.succeed("annotation", "remove", "--scope", "job", "--context", "gone")

    [annotation] = (await shown(job)).values()
    assert (annotation["job_id"], annotation["priority"]) == (job.uuid, 10)


async def test_a_refusal_is_told_to_whoever_ran_the_command(commands: JobCommands) -> None:
    refused = await commands.run("annotate", "x", "--style", "loud")

    assert refused.status == 1
    assert "Style must be one of default, success, info, warning, error" in refused.stderr


async def test_meta_data_is_set_and_got(commands: JobCommands) -> None:
    await commands.succeed("meta-data", "set", ODD, "one\ntwo")
    await commands.succeed("meta-data", "set", "from stdin", stdin="three\n")

    assert await value_of(commands, ODD) == "one\ntwo"
    assert await value_of(commands, "from stdin") == "three"
    assert await commands.succeed("meta-data", "keys") == f"{ODD}\nfrom stdin\n"


async def test_meta_data_that_is_not_set_has_a_default_or_fails(commands: JobCommands) -> None:
    await commands.succeed("meta-data", "set", "there", "1")

    assert await value_of(commands, "none", "--default", "so be it") == "so be it"
    assert (await commands.run("meta-data", "get", "none")).status == 1
    assert (await commands.run("meta-data", "exists", "none")).status == 100
    assert (await commands.run("meta-data", "exists", "there")).status == 0


async def test_meta_data_of_another_build_is_read(server: Served, commands: JobCommands) -> None:
    other = await working_job(server)
    await other.call("POST", f"jobs/{other.uuid}/data/set", {"key": "k", "value": "theirs"})

    got = await value_of(commands, "k", "--build", other.build_uuid)

    assert got == "theirs"
    assert (await commands.run("meta-data", "exists", "k")).status == 100


async def test_several_keys_are_set_at_once(release: Release, commands: JobCommands) -> None:
    if not release.sets_batches:
        pytest.skip("this version sets one key at a time")

    await commands.succeed("meta-data", "set-batch", "a=1", "b=2=3")

    assert await value_of(commands, "b") == "2=3"
