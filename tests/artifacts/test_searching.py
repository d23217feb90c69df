"""Finding artifacts again: exact paths, patterns, steps and attempts."""

import pytest

from mock_buildkite.artifacts import patterns
from mock_buildkite.errors import InvalidInputError
from tests.actors import Administrator, Refused, status_of
from tests.artifacts.actors import Uploader, announced, uploader_of
from tests.builders import Builder
from tests.server import Served

FILES = ["a.txt", "b.log", "log/a.txt", "log/b.log", "log/deep/a.txt", "log/[x]?.txt"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("a.txt", ["a.txt"]),
        ("log/a.txt", ["log/a.txt"]),
        ("A.txt", []),
        ("log", []),
        ("*", FILES),
        ("**", FILES),
        ("**/*", FILES),
        ("*.txt", ["a.txt", "log/[x]?.txt", "log/a.txt", "log/deep/a.txt"]),
        ("log/*", ["log/[x]?.txt", "log/a.txt", "log/b.log", "log/deep/a.txt"]),
        ("log/**/a.txt", ["log/a.txt", "log/deep/a.txt"]),
        ("**/a.txt", ["a.txt", "log/a.txt", "log/deep/a.txt"]),
        ("?.txt", ["a.txt"]),
        ("log/?.*", ["log/a.txt", "log/b.log"]),
        ("{a.txt,b.log}", ["a.txt", "b.log"]),
        ("{log/{a,deep/a}.txt,b.log}", ["b.log", "log/a.txt", "log/deep/a.txt"]),
        ("log/[x]?.txt", ["log/[x]?.txt"]),
        ("log/[x]*", ["log/[x]?.txt"]),
        ("{a.txt}", []),
        ("{a.txt,", []),
    ],
)
async def test_a_query_is_a_path_or_a_pattern_over_whole_paths(
    uploader: Uploader, query: str, found: list[str]
) -> None:
    for path in FILES:
        await uploader.upload(path)

    assert await uploader.paths(query) == sorted(found)


async def test_a_path_that_is_written_like_a_pattern_is_found_alone(uploader: Uploader) -> None:
    for path in ("hello??.html", "hello42.html", "{a,b}", "a"):
        await uploader.upload(path)

    assert await uploader.paths("hello??.html") == ["hello??.html"]
    assert await uploader.paths("hello4?.html") == ["hello42.html"]
    assert await uploader.paths("{a,b}") == ["{a,b}"]


async def test_an_exact_path_of_several_jobs_is_ambiguous(uploader: Uploader) -> None:
    neighbor = await uploader.neighbor()
    await uploader.upload("out/a.txt", b"one")
    await neighbor.upload("out/a.txt", b"other")

    with pytest.raises(Refused) as refused:
        await uploader.search("out/a.txt")

    assert refused.value.status == 400
    assert refused.value.message == (
        "Multiple artifacts were found for query: `out/a.txt`. Try scoping by the job ID or name."
    )


async def test_a_pattern_finds_the_newest_of_each_path(uploader: Uploader) -> None:
    neighbor = await uploader.neighbor()
    await neighbor.upload("out/a.txt", b"older")
    newest = await uploader.upload("out/a.txt", b"newer")

    found = await uploader.search("out/*")
    duplicates = await uploader.search("out/*", include_duplicates="true")
    exact = await uploader.search("out/a.txt", include_duplicates="true")

    assert [each["id"] for each in found] == [newest]
    assert len(duplicates) == len(exact) == 2


async def test_of_one_jobs_files_with_one_path_the_newest_is_found(uploader: Uploader) -> None:
    await uploader.upload("a.txt", b"older")
    await uploader.upload("a.txt", b"newer")

    assert await uploader.download("a.txt") == b"newer"


async def test_a_scope_is_a_job_or_its_step(uploader: Uploader) -> None:
    neighbor = await uploader.neighbor()
    own = await uploader.upload("a.txt", b"one")
    other = await neighbor.upload("a.txt", b"other")

    by_job = await uploader.search("a.txt", neighbor.job.uuid)
    by_key = await uploader.search("a.txt", "make")
    by_label = await uploader.search("*", ":hammer: Make")
    by_nothing = await uploader.search("*", "unknown")

    assert [each["id"] for each in by_job] == [other]
    assert [each["id"] for each in by_key] == [own]
    assert [each["id"] for each in by_label] == [own]
    assert by_nothing == []


async def test_a_steps_parallel_jobs_each_have_theirs(uploader: Uploader) -> None:
    jobs = await uploader.neighbors(3, parallelism=3, key="tests")
    expected = [await each.upload("a.txt") for each in jobs]

    exact = await uploader.search("a.txt", "tests")
    pattern = await uploader.search("*.txt", "tests")

    assert [each["id"] for each in exact] == expected
    assert [each["id"] for each in pattern] == expected


async def test_earlier_attempts_are_found_only_if_asked_for(
    server: Served, uploader: Uploader
) -> None:
    first = await uploader.upload("a.txt", b"first")
    await uploader.job.finish(1)
    await Builder(server).retry({"id": uploader.job.uuid})
    retry = Uploader(await uploader.job.worker.take())
    second = await retry.upload("a.txt", b"second")

    latest = await retry.search("a.txt")
    every = await retry.search("a.txt", include_retried_jobs="true")

    assert [each["id"] for each in latest] == [second]
    assert [each["id"] for each in every] == [first, second]


async def test_what_is_not_finished_is_not_found(uploader: Uploader) -> None:
    created = await uploader.create(announced("a.txt", b"a"))
    await uploader.send_form(created, "a.txt", b"a")

    assert await uploader.search("a.txt") == []
    assert await uploader.search("a.txt", state="") == []
    [new] = await uploader.search("a.txt", state="new")
    assert new["id"] == created["artifact_ids"][0]


@pytest.mark.parametrize(
    "parameters",
    [
        {"query": ""},
        {"query": "a\0b"},
        {"query": "a" * 5000},
        {"query": "{a,b}" * 9},
        {"query": "*", "state": "lost"},
    ],
)
async def test_a_search_that_cannot_be_read_is_refused(
    uploader: Uploader, parameters: dict[str, str]
) -> None:
    path = f"builds/{uploader.build_uuid}/artifacts/search"

    refused = await uploader.job.send("GET", path, params=parameters)

    assert refused.status_code == 422
    assert refused.json()["message"]


async def test_a_pattern_that_tries_to_backtrack_is_quick(uploader: Uploader) -> None:
    await uploader.upload("a" * 250)

    assert await uploader.search("*a" * 400 + "*b") == []


async def test_another_build_of_the_cluster_can_be_searched(
    server: Served, uploader: Uploader
) -> None:
    await uploader.upload("a.txt")
    other = await uploader_of(server)

    assert await other.search("*") == []
    assert len(await other.search("*", of=uploader.build_uuid)) == 1


async def test_a_build_outside_the_cluster_does_not_exist(
    server: Served, uploader: Uploader
) -> None:
    await uploader.upload("a.txt")
    made = await Administrator(server).seed(
        {"organizations": [{"slug": "sandbox", "clusters": [{"name": "Other"}]}]}
    )
    [other] = made["organizations"][0]["clusters"]
    [agent_token] = other["agent_tokens"]
    outside = await uploader_of(server, agent_token["value"], cluster_id=other["uuid"])
    job = uploader.job.uuid

    assert await status_of(outside.search("*", of=uploader.build_uuid)) == 404
    assert await status_of(outside.create(announced("a.txt"), of=job)) == 404
    assert await status_of(outside.report("a", of=job)) == 404
    assert await status_of(outside.search("*", of="unknown")) == 404


async def test_a_job_that_is_over_opens_nothing(uploader: Uploader) -> None:
    await uploader.job.finish()

    assert await status_of(uploader.search("*")) == 401
    assert await status_of(uploader.create(announced("a.txt"))) == 401
    assert await status_of(uploader.report("a")) == 401


def test_alternatives_multiply_up_to_a_limit() -> None:
    assert patterns.globs("{a,b}/{c,d}") == ["a/c", "a/d", "b/c", "b/d"]
    assert patterns.globs("{" * 2000) == ["{" * 2000]
    with pytest.raises(InvalidInputError):
        patterns.globs("{a,b,c}" * 6)
