"""When the headers of a log were printed, posted by agents that do not stamp the lines."""

import pytest

from mock_buildkite.job_logs.header_times import stamped
from tests.job_logs.actors import Printing


async def test_times_come_in_batches_and_are_in_the_order_of_the_headers(job: Printing) -> None:
    for times in (
        {"1": "2026-01-01T00:00:02.5Z", "2": "2026-01-01T00:00:03Z"},
        {"0": "2026-01-01T10:00:01.000001999+10:00"},
        {"1": "2026-01-01T00:00:02.5Z"},
    ):
        await job.job.call("POST", f"jobs/{job.job.uuid}/header_times", {"header_times": times})

    second = 1767225600_000000000
    assert await job.header_times() == [
        second + 1_000002000,
        second + 2_500000000,
        second + 3_000000000,
    ]


@pytest.mark.parametrize(
    ("number", "moment"),
    [
        ("-1", "2026-01-01T00:00:00Z"),
        ("one", "2026-01-01T00:00:00Z"),
        ("0", "yesterday"),
        ("0", "2026-01-01T00:00:00"),
        ("0", "1969-12-31T23:59:59Z"),
        ("0", "9999-01-01T00:00:00Z"),
    ],
)
async def test_what_is_no_time_of_a_header_is_refused(
    job: Printing, number: str, moment: str
) -> None:
    times = {"1": "2026-01-01T00:00:00Z", number: moment}

    answer = await job.job.send(
        "POST", f"jobs/{job.job.uuid}/header_times", json={"header_times": times}
    )

    assert answer.status_code == 422
    assert await job.header_times() == []


async def test_they_are_of_the_own_job_only(job: Printing) -> None:
    other = await job.job.neighbor()

    answer = await job.job.send(
        "POST", f"jobs/{other.uuid}/header_times", json={"header_times": {}}
    )

    assert answer.status_code == 403


def test_the_stamps_of_header_lines_are_found() -> None:
    log = (
        b"\x1b_bk;t=1000\x07~~~ Preparing\r\n"
        b"\x1b_bk;t=1500\x07plain\r\n"
        b"\x1b_bk;t=2000\x07\x1b[33m--- Coloured\x1b[0m\r\n"
        b"\x1b_bk;t=2500\x07a --- no header\r\n"
        b"\x1b_bk;t=2600\x07---no header either\r\n"
        b"\x1b_bk;t=2700\x07^^^ +++\r\n"
        b"--- Without a stamp\r\n"
        b"\x1b_bk;t=2900\x07\x1b_bk;t=3000\x07+++ Twice\r\n"
    )

    assert stamped(log) == [1_000_000_000, 2_000_000_000, 3_000_000_000]
