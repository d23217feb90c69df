"""Logs of jobs, as users read and delete them."""

from typing import Any

import pytest

from mock_buildkite.rest_api.wire.job_logs import SHOWN_BYTES
from tests.actors import Refused
from tests.job_logs.actors import Printing
from tests.rest_api.actors import Caller
from tests.server import Served
from tests.working_jobs import working_job

LOG = b"\x1b_bk;t=1000\x07--- One\r\n\x1b_bk;t=2500\x07\x1b[31mred\x1b[0m \xff\r\n"


@pytest.fixture
async def printing(server: Served) -> Printing:
    """A job at work whose agent sends what it prints."""
    return Printing(await working_job(server))


def path(printing: Printing) -> str:
    return f"{printing.job.path}/log"


def path_alone(printing: Printing) -> str:
    return f"{printing.job.path_alone}/log"


PATHS = pytest.mark.parametrize("path_of", [path, path_alone])


@PATHS
async def test_a_log_is_json_at_first(caller: Caller, printing: Printing, path_of: Any) -> None:
    await printing.print(LOG)

    assert await caller.get(path_of(printing)) == {
        "url": f"{caller.server.url}/v2{path(printing)}",
        "content": LOG.decode(errors="replace"),
        "size": len(LOG),
        "header_times": [1_000_000_000],
    }


async def test_posted_times_of_headers_count_where_lines_have_none(
    caller: Caller, printing: Printing
) -> None:
    await printing.print(b"--- One\r\n")
    times = {"header_times": {"0": "1970-01-01T00:00:07Z"}}
    await printing.job.call("POST", f"jobs/{printing.job.uuid}/header_times", times)

    assert (await caller.get(path(printing)))["header_times"] == [7_000_000_000]


async def test_a_log_of_nothing_is_one_too(caller: Caller, printing: Printing) -> None:
    log = await caller.get(path(printing))

    assert (log["content"], log["size"], log["header_times"]) == ("", 0, [])


@PATHS
@pytest.mark.parametrize(
    ("suffix", "accept"), [(".txt", "*/*"), ("", "text/plain"), ("", "text/plain;q=1, */*")]
)
async def test_as_text_it_is_what_came(
    caller: Caller, printing: Printing, path_of: Any, suffix: str, accept: str
) -> None:
    await printing.print(LOG)
    await printing.print(b"after a gap", 1_000)

    answer = await caller.send("GET", path_of(printing) + suffix, headers={"Accept": accept})

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Content-Length"] == str(len(LOG) + 11)
    assert answer.content == LOG + b"after a gap"


async def test_a_long_log_is_sent_part_by_part(caller: Caller, printing: Printing) -> None:
    for number in range(200):
        await printing.print(b"%06d" % number, number * 6)

    answer = await caller.send("GET", f"{path(printing)}.txt")

    assert answer.content == b"".join(b"%06d" % number for number in range(200))


@PATHS
@pytest.mark.parametrize(
    ("suffix", "accept"), [(".html", "*/*"), ("", "text/html,application/xml;q=0.9")]
)
async def test_as_html_it_is_what_a_terminal_shows(
    caller: Caller, printing: Printing, path_of: Any, suffix: str, accept: str
) -> None:
    await printing.print(LOG)

    answer = await caller.send("GET", path_of(printing) + suffix, headers={"Accept": accept})

    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    first, second = answer.text.splitlines()
    assert first.endswith("</time>--- One")
    assert second.endswith('</time><span class="term-fg31">red</span> \N{REPLACEMENT CHARACTER}')


async def test_of_a_very_long_log_html_shows_the_last_lines(
    caller: Caller, printing: Printing
) -> None:
    line = b"x" * 99 + b"\n"
    chunk = line * 1000
    for number in range(SHOWN_BYTES // len(chunk) + 1):
        await printing.print(chunk, number * len(chunk))

    answer = await caller.send("GET", f"{path(printing)}.html")

    lines = answer.text.splitlines()
    assert len(lines) == SHOWN_BYTES // len(line)
    assert {len(each) for each in lines} == {99}


@PATHS
async def test_its_size_is_told_alone(caller: Caller, printing: Printing, path_of: Any) -> None:
    await printing.print(LOG)

    answer = await caller.send("HEAD", path_of(printing))

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(LOG))
    assert answer.headers["Accept-Ranges"] == "bytes"


@PATHS
@pytest.mark.parametrize(
    ("count", "end", "content_range"),
    [
        ("1", b"9", "bytes 9-9/10"),
        ("5", b"56789", "bytes 5-9/10"),
        ("10", b"0123456789", "bytes 0-9/10"),
        ("9" * 18, b"0123456789", "bytes 0-9/10"),
    ],
)
async def test_the_end_of_it_is_a_range(
    caller: Caller, printing: Printing, path_of: Any, count: str, end: bytes, content_range: str
) -> None:
    for number in range(5):
        await printing.print(b"%d%d" % (2 * number, 2 * number + 1), 4 * number)
    headers = {"Accept": "text/plain", "Range": f"bytes=-{count}"}

    answer = await caller.send("GET", path_of(printing), headers=headers)

    assert answer.status_code == 206
    assert answer.content == end
    assert answer.headers["Content-Range"] == content_range
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Content-Length"] == str(len(end))


@pytest.mark.parametrize(
    "asked", ["bytes=-0", "bytes=0-5", "bytes=5-", "bytes=-5,-1", "lines=-5", "bytes=-", "-5"]
)
async def test_no_other_range_is_served(caller: Caller, printing: Printing, asked: str) -> None:
    await printing.print(LOG)
    headers = {"Accept": "text/plain", "Range": asked}

    assert (await caller.send("GET", path(printing), headers=headers)).status_code == 400


async def test_a_range_is_of_text_only(caller: Caller, printing: Printing) -> None:
    await printing.print(LOG)

    for accept in ("*/*", "application/json", "text/html"):
        headers = {"Accept": accept, "Range": "bytes=-5"}
        assert (await caller.send("GET", path(printing), headers=headers)).status_code == 400


async def test_nothing_has_no_end(caller: Caller, printing: Printing) -> None:
    headers = {"Accept": "text/plain", "Range": "bytes=-5"}

    answer = await caller.send("GET", path(printing), headers=headers)

    assert (answer.status_code, answer.json()) == (416, {"message": "The log is empty"})
    assert answer.headers["Content-Range"] == "bytes */0"


@PATHS
async def test_it_can_be_deleted(caller: Caller, printing: Printing, path_of: Any) -> None:
    await printing.print(LOG)

    await caller.delete(path_of(printing))

    assert (await caller.get(path(printing)))["size"] == 0
    await printing.print(b"more", len(LOG))
    assert (await caller.get(path(printing)))["content"] == "more"


async def test_each_act_needs_its_own_scope(caller: Caller, printing: Printing) -> None:
    await printing.print(LOG)
    reader = await caller.with_scopes("read_build_logs")
    writer = await caller.with_scopes("write_build_logs", "read_builds")

    assert (await reader.get(path(printing)))["size"] == len(LOG)
    assert (await reader.send("DELETE", path(printing))).status_code == 403
    for method, suffix in [("GET", ""), ("GET", ".txt"), ("GET", ".html"), ("HEAD", "")]:
        assert (await writer.send(method, path(printing) + suffix)).status_code == 403
    await writer.delete(path(printing))


async def test_no_job_has_no_log(caller: Caller, printing: Printing) -> None:
    printing.job.uuid = "00000000-0000-4000-8000-000000000000"

    for path_of in (path, path_alone):
        with pytest.raises(Refused) as refused:
            await caller.get(path_of(printing))
        assert (refused.value.status, refused.value.message) == (404, "No job found")
