"""However output is cut up, sent again and mixed, the log is what was printed."""

import asyncio
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from mock_buildkite.clock import ManualClock
from mock_buildkite.job_logs import service as job_logs
from mock_buildkite.jobs import store as jobs
from mock_buildkite.settings import Settings
from mock_buildkite.storage.database import Transaction
from tests.job_logs.actors import Printing
from tests.server import serve_in_process
from tests.working_jobs import working_job

Piece = tuple[int, bytes]
"""An offset, and what was printed from there on."""


@st.composite
def cut_up(draw: DrawFn) -> tuple[bytes, list[Piece]]:
    """Some output, and pieces that cover it: cut up in one way or several, and mixed."""
    output = draw(st.binary(min_size=1, max_size=60))
    cuts = st.sets(st.integers(1, len(output) - 1)) if len(output) > 1 else st.just(set[int]())
    pieces = [
        (start, output[start:end])
        for places in draw(st.lists(cuts, min_size=1, max_size=3))
        for start, end in pairwise([0, *sorted(places), len(output)])
    ]
    again = draw(st.lists(st.sampled_from(pieces), max_size=3))
    return output, draw(st.permutations(pieces + again))


async def so_far(printing: Printing) -> bytes:
    """What somebody is shown who watches the log grow."""

    def unit(tx: Transaction) -> bytes:
        job = jobs.find_by_uuid(tx, printing.job.uuid)
        assert job is not None
        return job_logs.follow(tx, job.id, 0)

    return await printing.job.server.application.worlds.current.database.read(unit)


@given(cut_up())
def test_chunks_in_any_order_make_up_what_was_printed(printed: tuple[bytes, list[Piece]]) -> None:
    output, pieces = printed

    async def send() -> None:
        async with serve_in_process(Settings(), ManualClock()) as server:
            job = Printing(await working_job(server))
            covered: set[int] = set()
            for offset, content in pieces:
                await job.print(content, offset)
                covered |= set(range(offset, offset + len(content)))

                assert await job.log() == bytes(output[place] for place in sorted(covered))
                assert await job.size() == len(covered)
                whole = next(place for place in range(len(output) + 1) if place not in covered)
                assert await so_far(job) == output[:whole]
                assert await job.tail(7) == (await job.log())[-7:]

    asyncio.run(send())
