"""What an agent sends of its job's output, and what the log is then."""

import gzip
import zlib
from typing import Any

import pytest

from mock_buildkite.job_logs.model import CHUNKS_MAX_SIZE_BYTES, LOG_MAX_SIZE_BYTES
from tests.job_logs.actors import Printing
from tests.server import Served
from tests.working_jobs import working_job

LARGEST = CHUNKS_MAX_SIZE_BYTES


async def test_chunks_make_up_the_log(job: Printing) -> None:
    await job.print(b"one\r\n")
    await job.print(b"two \xff\x00\x1b[0m\r\n", 5)

    assert await job.log() == b"one\r\ntwo \xff\x00\x1b[0m\r\n"
    assert await job.size() == 17


async def test_chunks_may_come_in_any_order(job: Printing) -> None:
    await job.print(b"three", 6)
    await job.print(b"one", 0)
    await job.print(b"two", 3)

    assert await job.log() == b"onetwothree"


async def test_a_chunk_that_comes_again_changes_nothing(job: Printing) -> None:
    for _ in range(3):
        await job.print(b"once")

    assert await job.log() == b"once"


async def test_where_a_chunk_was_dropped_what_follows_comes_at_once(job: Printing) -> None:
    await job.print(b"before")
    await job.print(b"after", 1_000)

    assert await job.log() == b"beforeafter"
    assert await job.size() == 11


async def test_an_overlapping_chunk_adds_what_is_new(job: Printing) -> None:
    await job.print(b"cd", 2)
    await job.print(b"g", 6)

    await job.print(b"abcdefgh")

    assert await job.log() == b"abcdefgh"
    assert await job.size() == 8


@pytest.mark.parametrize(
    ("content", "offset"), [(b"xbc", 0), (b"dx", 2), (b"0123456", 0), (b"x", 1)]
)
async def test_a_chunk_that_contradicts_the_log_is_refused(
    job: Printing, content: bytes, offset: int
) -> None:
    await job.print(b"abc")

    answer = await job.send(content, offset, sequence=2)

    assert answer.status_code == 422
    assert "differs from what the log has" in answer.json()["message"]
    assert await job.log() == b"abc"


async def test_a_chunk_need_not_be_compressed(job: Printing) -> None:
    answer = await job.send(b"plain", encoding="identity")

    assert answer.status_code == 200
    assert await job.log() == b"plain"


async def test_an_empty_chunk_is_none(job: Printing) -> None:
    answer = await job.send(b"")

    assert answer.status_code == 200
    assert await job.size() == 0


async def test_the_largest_chunk_may_be_one_that_cannot_be_compressed(job: Printing) -> None:
    noise = b"".join(zlib.crc32(bytes([a, b])).to_bytes(4) for a in range(100) for b in range(256))

    await job.print(noise[:LARGEST])

    assert await job.log() == noise[:LARGEST]


@pytest.mark.parametrize("name", ["sequence", "offset", "size"])
@pytest.mark.parametrize("value", ["", "-1", "1.0", "one", "٣", " 1", "9" * 19])
async def test_a_parameter_that_is_no_number_is_refused(
    job: Printing, name: str, value: str
) -> None:
    part: dict[str, Any] = {name: value}

    answer = await job.send(b"content", **part)

    assert answer.status_code == 422
    assert answer.json()["message"] == f"{name} must be a whole number that is not negative"
    assert await job.size() == 0


@pytest.mark.parametrize(
    ("size", "body", "message"),
    [
        (5, b"12345", "Chunk is no gzip"),
        (5, gzip.compress(b"12345")[:-1], "Chunk is cut off"),
        (5, gzip.compress(b"12345")[:-8] + bytes(8), "Chunk is no gzip"),
        (5, gzip.compress(b"12345") * 2, "something follows its end"),
        (5, b"", "Chunk is cut off"),
        (4, gzip.compress(b"12345"), "more than 4 bytes"),
        (6, gzip.compress(b"12345"), "has 5 bytes, its size says 6"),
        (0, gzip.compress(b"1"), "more than 0 bytes"),
        (LARGEST, gzip.compress(bytes(50_000_000)), "more than 102400 bytes"),
        (LARGEST + 1, gzip.compress(bytes(LARGEST + 1)), "Chunk is too large"),
    ],
    ids=[
        *("no gzip", "cut off", "checksum", "two", "nothing", "too long", "too short", "not empty"),
        *("a bomb", "too large"),
    ],
)
async def test_a_body_that_is_not_what_its_size_says_is_refused(
    job: Printing, size: int, body: bytes, message: str
) -> None:
    answer = await job.send(b"", size=size, body=body)

    assert answer.status_code == 422
    assert message in answer.json()["message"]
    assert await job.size() == 0


async def test_a_plain_body_of_another_size_is_refused(job: Printing) -> None:
    answer = await job.send(b"12345", size=4, encoding="identity")

    assert (answer.status_code, await job.size()) == (422, 0)


async def test_another_encoding_is_not_read(job: Printing) -> None:
    answer = await job.send(b"12345", encoding="br")

    assert answer.status_code == 415


async def test_a_body_larger_than_any_chunk_is_refused(job: Printing) -> None:
    answer = await job.send(b"", size=1, body=bytes(LARGEST + 1025))

    assert answer.status_code == 413


async def test_a_log_ends_at_its_limit(job: Printing) -> None:
    await job.print(b"last", LOG_MAX_SIZE_BYTES - 4)

    answer = await job.send(b"more", LOG_MAX_SIZE_BYTES - 3)

    assert answer.status_code == 422
    assert answer.json()["message"] == "Log is too large (maximum is 1073741824 bytes)"
    assert await job.log() == b"last"


async def test_a_finished_job_has_nothing_more_to_say(job: Printing) -> None:
    await job.print(b"all")
    await job.job.end()

    answer = await job.send(b" and more", 3)

    assert answer.status_code == 401
    assert await job.log() == b"all"


async def test_a_job_writes_its_own_log_only(job: Printing) -> None:
    other = Printing(await job.job.neighbor())

    answer = await job.send(b"forged", uuid=other.job.uuid)

    assert answer.status_code == 403
    assert await other.size() == 0


async def test_a_bad_token_wins_over_a_bad_chunk(server: Served, job: Printing) -> None:
    job.job.token = server.facts["agent_token"]

    answer = await job.send(b"", size=5, body=b"no gzip")

    assert answer.status_code == 401


async def test_a_job_that_no_one_has_is_not_found(job: Printing) -> None:
    answer = await job.send(b"", uuid="01020304-0506-4708-890a-0b0c0d0e0f10")

    assert answer.status_code == 404


async def test_the_session_of_an_older_agent_stands_for_its_job(server: Served) -> None:
    job = Printing(await working_job(server, version="3.38.0"))

    await job.print(b"as ever")
    await job.job.end()

    assert (await job.send(b"more", 7)).status_code == 422
    assert await job.log() == b"as ever"
