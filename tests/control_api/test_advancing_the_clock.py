"""`POST /_mock/clock`: time passes when a test says so, and what falls due has happened."""

from datetime import datetime

import pytest

from mock_buildkite.clock import ManualClock
from tests.actors import Administrator, Agent, Refused, Visitor


async def test_the_new_time_is_answered(admin: Administrator, clock: ManualClock) -> None:
    start = clock.now()

    first = await admin.control("clock", {"advance_seconds": 7200})
    second = await admin.control("clock", {"advance_seconds": 0.5})

    assert (datetime.fromisoformat(first["now"]) - start).total_seconds() == 7200
    assert (datetime.fromisoformat(second["now"]) - start).total_seconds() == 7200.5


async def test_connected_agents_are_carried_along(admin: Administrator, agent: Agent) -> None:
    await agent.start()

    await admin.advance(7200)

    assert await admin.state(agent) == "connected"
    assert await agent.ping() == {}


async def test_silent_time_passes_without_their_heartbeats(
    admin: Administrator, agent: Agent
) -> None:
    await agent.start()

    await admin.advance(170, silent=True)
    assert await admin.state(agent) == "connected"
    await admin.advance(70, silent=True)

    assert await admin.state(agent) == "lost"
    await agent.heartbeat()
    assert await admin.state(agent) == "connected"


async def test_what_falls_due_on_the_way_has_happened_before_the_answer(
    admin: Administrator, agent: Agent
) -> None:
    await agent.start()
    await agent.pause(note="lunch", timeout_in_minutes=30)

    await admin.advance(29 * 60)
    assert (await admin.agent(agent, "paused"))["paused"]
    await admin.advance(60)

    assert not (await admin.agent(agent, "paused"))["paused"]


async def test_two_silent_days_end_a_session(admin: Administrator, agent: Agent) -> None:
    await agent.start()

    await admin.advance(2 * 24 * 3600, silent=True)

    with pytest.raises(Refused) as refused:
        await agent.ping()
    assert refused.value.status == 401
    assert await admin.agents() == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"advance_seconds": -1}', 422),
        (b'{"advance_seconds": -0.001}', 422),
        (b'{"advance_seconds": 1e12}', 422),
        (b'{"advance_seconds": 1e400}', 422),
        (b'{"advance_seconds": "60"}', 422),
        (b'{"advance_seconds": null}', 422),
        (b'{"advance_seconds": true}', 422),
        (b'{"advance_seconds": 1, "quietly": true}', 422),
        (b"{}", 422),
        (b'{"advance_seconds": NaN}', 400),
        (b'{"advance_seconds": Infinity}', 400),
        (b"[60]", 400),
        (b"soon", 400),
    ],
)
async def test_what_is_no_span_of_time_is_refused(
    visitor: Visitor, admin: Administrator, body: bytes, status: int
) -> None:
    before = await admin.control("clock", {"advance_seconds": 0})

    answer = await visitor.send("POST", "/_mock/clock", content=body)

    assert answer.status_code == status
    assert answer.json()["message"]
    assert await admin.control("clock", {"advance_seconds": 0}) == before


async def test_time_does_not_run_out_of_dates(admin: Administrator, agent: Agent) -> None:
    century = 100 * 365 * 24 * 3600
    await agent.start()
    await admin.advance(century)

    with pytest.raises(Refused) as refused:
        await admin.advance(century)

    assert refused.value.status == 422
    assert await admin.state(agent) == "connected"
