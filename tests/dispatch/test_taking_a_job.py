"""From the offer of a job to its start: accepting, acquiring, and letting time pass instead."""

import pytest

from tests.actors import Administrator, Refused
from tests.builders import Builder, Worker
from tests.server import Served

ONE = "steps: [{command: a}]"


async def test_accepting_and_starting_twice_is_the_same_as_once(
    builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of(ONE)

    first = await worker.take()
    second = await worker.accept(first.uuid)
    await first.start()
    await second.start()

    assert [first.token, first.env] == [second.token, second.env]
    assert (await builder.job(build, "a"))["state"] == "running"


async def test_a_job_in_the_middle_cannot_be_accepted_again(
    builder: Builder, worker: Worker
) -> None:
    await builder.build_of(ONE)
    job = await (await worker.take()).start()

    with pytest.raises(Refused) as refused:
        await worker.accept(job.uuid)

    assert refused.value.status == 422
    assert await job.state() == "running"


async def test_another_agent_cannot_accept_a_job(builder: Builder, worker: Worker) -> None:
    other = await Worker(builder.server).start("other")
    build = await builder.build_of(ONE)
    workers = [worker, other]
    offers = [(await each.ping()).get("job") for each in workers]
    uninvited = workers[offers.index(None)]
    job = next(offer for offer in offers if offer)

    with pytest.raises(Refused) as refused:
        await uninvited.accept(job["id"])

    assert refused.value.status == 403
    assert (await builder.job(build, "a"))["state"] == "assigned"


async def test_a_job_that_is_not_accepted_in_time_goes_to_another_agent(
    builder: Builder, worker: Worker
) -> None:
    admin = Administrator(builder.server)
    build = await builder.build_of(ONE)
    offered = (await worker.ping())["job"]["id"]
    other = await Worker(builder.server).start("other")

    await admin.advance(59, silent=True)
    before = (await other.ping()).get("job")
    await admin.advance(1, silent=True)

    assert before is None
    assert (await other.ping())["job"]["id"] == offered
    assert (await worker.ping()).get("job") is None
    assert (await builder.job(build, "a"))["state"] == "assigned"


async def test_a_job_that_is_accepted_and_not_started_in_time_goes_to_another_agent(
    builder: Builder, worker: Worker
) -> None:
    admin = Administrator(builder.server)
    await builder.build_of(ONE)
    job = await worker.take()
    other = await Worker(builder.server).start("other")

    for _ in range(3):
        await admin.advance(100, silent=True)
        await worker.heartbeat()
        await other.heartbeat()
    again = await other.take()

    assert again.uuid == job.uuid
    assert again.token != job.token
    with pytest.raises(Refused) as refused:
        await job.start()
    assert refused.value.status == 401
    await (await again.start()).finish()


@pytest.mark.parametrize("how", ["disconnected", "stopped", "paused", "lost"])
async def test_a_job_that_was_only_offered_waits_for_another_agent_when_its_own_goes(
    how: str, builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of(ONE)
    assert (await worker.ping()).get("job")

    match how:
        case "disconnected":
            await worker.disconnect()
        case "stopped":
            await worker.stop()
        case "paused":
            await worker.pause()
        case "lost":
            await Administrator(builder.server).advance(180, silent=True)

    assert (await builder.job(build, "a"))["state"] == "scheduled"
    other = await Worker(builder.server).start("other")
    assert (await other.run()).command == "a"
    assert await builder.state(build) == "passed"


async def acquirer(server: Served) -> Worker:
    return await Worker(server).start("acquirer", ignore_in_dispatches=True)


async def test_an_agent_acquires_the_job_it_names_whatever_its_tags(
    builder: Builder, server: Served
) -> None:
    worker = await acquirer(server)
    build = await builder.build_of("steps: [{command: a, agents: {os: plan9}}]")
    job = await builder.job(build, "a")

    offered = (await worker.ping()).get("job")
    acquired = await worker.acquire(job["id"])
    again = await worker.acquire(job["id"])
    await (await acquired.start()).finish()

    assert offered is None
    assert acquired.token == again.token
    assert await builder.state(build) == "passed"


async def test_a_job_that_waits_for_others_is_locked_and_one_that_is_over_refused(
    builder: Builder, server: Served
) -> None:
    worker = await acquirer(server)
    build = await builder.build_of("steps: [{command: a}, wait, {command: b}]")
    first, second = await builder.job(build, "a"), await builder.job(build, "b")

    with pytest.raises(Refused) as locked:
        await worker.acquire(second["id"])
    await (await (await worker.acquire(first["id"])).start()).finish()
    with pytest.raises(Refused) as over:
        await worker.acquire(first["id"])
    await worker.acquire(second["id"])

    assert [locked.value.status, over.value.status] == [423, 422]
    assert int(locked.value.response.headers["Retry-After"]) >= 1


async def test_a_job_that_another_agent_has_cannot_be_acquired(
    builder: Builder, worker: Worker, server: Served
) -> None:
    build = await builder.build_of(ONE)
    job = await (await worker.take()).start()

    for _ in range(2):
        with pytest.raises(Refused) as refused:
            await (await acquirer(server)).acquire(job.uuid)
        assert refused.value.status == 422

    assert await job.state() == "running"
    assert await builder.state(build) == "running"


async def test_an_agent_with_a_job_acquires_no_other(builder: Builder, server: Served) -> None:
    worker = await acquirer(server)
    build = await builder.build_of("steps: [{command: a}, {command: b}]")
    await worker.acquire((await builder.job(build, "a"))["id"])

    with pytest.raises(Refused) as refused:
        await worker.acquire((await builder.job(build, "b"))["id"])

    assert refused.value.status == 422
    assert await builder.job_states(build) == {"a": "accepted", "b": "scheduled"}
