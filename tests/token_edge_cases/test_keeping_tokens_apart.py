"""Section 7.3: what a token opens of somebody else's.

| Case | Also in |
|---|---|
| 13 a session token for another agent | `dispatch/test_taking_a_job.py`, `job_tokens/` |
| 14 a job token for another job | `job_tokens/test_what_a_job_token_opens.py` |
| 15 a job token after the end | the same; after a reassignment `dispatch/test_taking_a_job.py` |
| 16 a job token on another agent | `dispatch/test_taking_a_job.py`, after a reassignment |
| 17 another organization, another cluster | `everywhere/test_two_organizations.py`, \
`agent_api/test_queues.py` |
| 18 an organization that was taken away | `access_tokens/test_taking_an_organization_away.py` |
| 19 another portal, other codes | `portals/test_running_portals.py`, \
`portals/test_portals_that_users_invoke.py` |
"""

import pytest

from tests.actors import Administrator, Agent, Refused, status_of
from tests.builders import Builder, Worker
from tests.server import Served
from tests.working_jobs import WorkingJob


async def test_a_session_token_ends_its_own_session_whoever_presents_it(
    server: Served, admin: Administrator
) -> None:
    one, other = await Agent(server).start("one"), await Agent(server).start("other")

    await other.call("POST", "disconnect", {"id": one.uuid, "agent": one.uuid}, one.session_token)

    assert await status_of(one.ping()) == 401
    assert await other.ping() == {}
    assert await admin.agents() == ["other"]


async def test_a_session_token_accepts_no_job_that_was_offered_to_another_agent(
    server: Served,
) -> None:
    builder = Builder(server)
    worker = await Worker(server).start("chosen")
    build = await builder.build_of("steps: [{command: make}]")
    other = await Worker(server).start("other")
    offered = (await worker.ping())["job"]["id"]

    for call in ("accept", "acquire", "start", "finish"):
        status = await status_of(other.call("PUT", f"jobs/{offered}/{call}", {"exit_status": "0"}))
        assert status in {401, 403, 404, 422}, call

    assert (await builder.jobs(build))[0]["state"] == "assigned"
    assert (await worker.accept(offered)).uuid == offered


async def test_a_job_is_finished_once(job: WorkingJob) -> None:
    await job.taken.finish(3)

    with pytest.raises(Refused) as refused:
        await job.taken.finish(0)

    assert refused.value.status == 401  # with this, as with 422, the agent stops trying
    [shown] = await job.builder.jobs(job.build)
    assert shown["exit_status"] == 3


async def test_the_token_of_a_job_opens_nothing_of_the_one_that_takes_its_place(
    job: WorkingJob,
) -> None:
    await job.taken.finish(1)
    again = await job.builder.retry({"id": job.uuid})
    taken = await job.taken.worker.take()

    assert taken.uuid == again["id"] != job.uuid
    for uuid in (job.uuid, taken.uuid):
        assert (await job.send("GET", f"jobs/{uuid}")).status_code == 401
    assert (await taken.start()).token != job.token


async def test_a_job_token_is_over_when_its_build_is_canceled_and_the_agent_gone(
    job: WorkingJob,
) -> None:
    await job.builder.cancel(job.build)
    while_stopping = await job.taken.state()
    await job.taken.worker.disconnect()

    assert while_stopping == "canceling"
    assert (await job.send("GET", f"jobs/{job.uuid}")).status_code == 401
