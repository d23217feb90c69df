"""What an agent token can count: the agents of its cluster, or those outside clusters."""

from typing import Any

import pytest

from tests.actors import Administrator, Agent, Refused
from tests.builders import Builder, Worker
from tests.server import Served


def counts(total: int) -> dict[str, int]:
    return {"idle": total, "busy": 0, "total": total}


NO_JOBS = {"scheduled": 0, "running": 0, "waiting": 0, "total": 0}


async def total(agent: Agent) -> int:
    number: int = (await agent.metrics())["agents"]["total"]
    return number


async def queue_metrics(agent: Agent, query: str) -> dict[str, Any]:
    return await agent.call("GET", f"metrics/queue?{query}", token=agent.agent_token)


def unclustered(server: Served) -> Agent:
    return Agent(server, server.facts["unclustered_agent_token"])


async def create_cluster(admin: Administrator, name: str, queue: str) -> str:
    """A cluster with one queue; the value of an agent token for it."""
    payload = await admin.mutate(
        "clusterCreate", "cluster { id }", organizationId=admin.organization_id, name=name
    )
    cluster_id = payload["cluster"]["id"]
    await create_queue(admin, queue, cluster_id)
    value: str = (await admin.create_agent_token(clusterId=cluster_id))["value"]
    return value


async def create_queue(admin: Administrator, key: str, cluster_id: str | None = None) -> None:
    await admin.mutate(
        "clusterQueueCreate",
        "clusterQueue { key }",
        organizationId=admin.organization_id,
        clusterId=cluster_id or await admin.cluster_id(),
        key=key,
    )


async def test_before_the_first_agent_everything_is_zero(agent: Agent) -> None:
    counted = await agent.metrics()

    assert counted == {
        "agents": {**counts(0), "queues": {"default": counts(0)}},
        "jobs": {**NO_JOBS, "queues": {"default": NO_JOBS}},
        "organization": {"slug": "sandbox"},
        "cluster": {"name": "Default cluster"},
    }


async def test_the_agents_of_a_cluster_are_counted_by_queue(
    server: Served, admin: Administrator, agent: Agent
) -> None:
    await create_queue(admin, "deploy")
    await create_queue(admin, "arm")
    await agent.start()
    for _ in range(2):
        await Agent(server).start(meta_data=["queue=deploy", "os=linux"])

    counted = await agent.metrics()

    queues = {"arm": counts(0), "default": counts(1), "deploy": counts(2)}
    assert counted["agents"] == {**counts(3), "queues": queues}
    assert counted["jobs"] == {**NO_JOBS, "queues": dict.fromkeys(queues, NO_JOBS)}


async def test_only_agents_that_are_there_are_counted(admin: Administrator, agent: Agent) -> None:
    await agent.register()
    never_connected = await total(agent)
    await agent.connect()
    connected = await total(agent)
    await admin.advance(180, silent=True)
    lost = await total(agent)
    await agent.heartbeat()
    revived = await total(agent)
    await agent.disconnect()
    disconnected = await total(agent)

    assert (never_connected, connected, lost, revived, disconnected) == (0, 1, 0, 1, 0)


async def test_paused_and_stopping_agents_are_counted_as_idle(server: Served) -> None:
    paused, stopping = await Agent(server).start(), await Agent(server).start()

    await paused.pause()
    await stopping.stop()

    counted = await paused.metrics()
    assert counted["agents"] == {**counts(2), "queues": {"default": counts(2)}}


async def test_two_clusters_count_their_own(server: Served, admin: Administrator) -> None:
    other = await create_cluster(admin, "Other", "default")
    here, there = Agent(server), Agent(server, other)
    await here.start()
    for _ in range(2):
        await Agent(server, other).start(meta_data=["queue=default"])

    assert await total(here) == 1
    counted = await there.metrics()
    assert counted["agents"] == {**counts(2), "queues": {"default": counts(2)}}
    assert counted["cluster"] == {"name": "Other"}
    assert (await queue_metrics(here, "name=default"))["agents"] == counts(1)
    assert (await queue_metrics(there, "name=default"))["agents"] == counts(2)


async def test_every_token_of_a_cluster_counts_all_its_agents(
    server: Served, admin: Administrator, agent: Agent
) -> None:
    second = Agent(server, (await admin.create_agent_token())["value"])

    await agent.start()
    await second.start()

    assert await total(agent) == await total(second) == 2


async def test_unclustered_agents_are_counted_apart(server: Served) -> None:
    clustered, outside = await Agent(server).start(), unclustered(server)
    await outside.start(meta_data=["queue=one"])
    await unclustered(server).start()

    counted = await outside.metrics()

    queues = {"default": counts(1), "one": counts(1)}
    assert counted == {
        "agents": {**counts(2), "queues": queues},
        "jobs": {**NO_JOBS, "queues": dict.fromkeys(queues, NO_JOBS)},
        "organization": {"slug": "sandbox"},
    }
    assert await total(clustered) == 1


async def test_without_agents_there_are_no_unclustered_queues(server: Served) -> None:
    counted = await unclustered(server).metrics()

    assert counted["agents"] == {**counts(0), "queues": {}}


async def test_an_agent_on_two_unclustered_queues_counts_in_both_and_once_in_all(
    server: Served,
) -> None:
    agent = await unclustered(server).start(meta_data=["queue=a", "queue=b", "queue=a"])

    counted = await agent.metrics()

    assert counted["agents"] == {**counts(1), "queues": {"a": counts(1), "b": counts(1)}}


@pytest.mark.parametrize(
    "query", ["name=deploy", "name=dep%6Coy", "x=1&name=deploy&", "name=none&name=deploy"]
)
async def test_one_queue_is_counted_by_its_name(
    server: Served, admin: Administrator, query: str
) -> None:
    await create_queue(admin, "deploy")
    agent = await Agent(server).start(meta_data=["queue=deploy"])
    await Agent(server).start()

    assert await queue_metrics(agent, query) == {
        "agents": counts(1),
        "jobs": NO_JOBS,
        "organization": {"slug": "sandbox"},
        "cluster": {"name": "Default cluster"},
    }


@pytest.mark.parametrize("key", ["none", "Default", "%25", "%2A", "%00", "%FF", "a" * 5000, "%F0"])
async def test_a_queue_that_is_not_there_has_zeros(agent: Agent, key: str) -> None:
    await agent.start()

    assert (await queue_metrics(agent, f"name={key}"))["agents"] == counts(0)


async def test_an_unclustered_queue_is_counted_by_any_name(server: Served) -> None:
    agent = await unclustered(server).start(meta_data=["queue=build & deploy"])

    counted = await queue_metrics(agent, "name=build%20%26+deploy")

    assert counted["agents"] == counts(1)


@pytest.mark.parametrize("query", ["", "name=", "Name=default", "queue=default"])
async def test_one_queue_is_not_counted_without_a_name(agent: Agent, query: str) -> None:
    with pytest.raises(Refused) as refused:
        await queue_metrics(agent, query)

    assert refused.value.status == 422


@pytest.mark.parametrize("clustered", [True, False])
async def test_an_agent_token_can_ask_what_it_is(server: Served, clustered: bool) -> None:
    agent = Agent(server) if clustered else unclustered(server)

    identity = await agent.identity()

    assert identity.pop("uuid")
    assert identity.pop("organization_uuid")
    assert identity == {
        "description": "Initial agent token" if clustered else "Default agent registration token",
        "token_type": "cluster" if clustered else "unclustered",
        "organization_slug": "sandbox",
        "cluster_uuid": server.facts["cluster_id"] if clustered else "",
        "cluster_name": "Default cluster" if clustered else "",
        "organization_queue_uuid": "",
        "organization_queue_key": "",
    }


def job_counts(scheduled: int = 0, running: int = 0, waiting: int = 0) -> dict[str, int]:
    total = scheduled + running + waiting
    return {"scheduled": scheduled, "running": running, "waiting": waiting, "total": total}


PIPELINE = """
steps:
  - command: a
  - command: b
  - command: c
    agents: {queue: other}
  - wait
  - command: d
  - block: Go
  - command: e
"""


async def test_jobs_are_counted_by_queue_until_they_end(
    server: Served, admin: Administrator
) -> None:
    await create_queue(admin, "other")
    worker = await Worker(server).start()
    before = await worker.metrics()
    await Builder(server).build_of(PIPELINE)

    offered = await worker.metrics()
    await worker.run()
    await worker.run()
    after = await worker.metrics()

    everything, default = job_counts(2, 1, 1), job_counts(1, 1, 1)
    assert before["jobs"] == {**NO_JOBS, "queues": {"default": NO_JOBS, "other": NO_JOBS}}
    assert offered["jobs"] == {
        **everything,
        "queues": {"default": default, "other": job_counts(scheduled=1)},
    }
    assert after["jobs"]["queues"]["default"] == job_counts(waiting=1)
    assert (await queue_metrics(worker, "name=default"))["jobs"] == job_counts(waiting=1)


async def test_an_agent_with_a_job_is_busy(server: Served) -> None:
    worker = await Worker(server).start()
    await Worker(server).start()
    await Builder(server).build_of("steps: [{command: make}]")

    job = await (await worker.take()).start()
    at_work = (await worker.metrics())["agents"]
    await job.finish()
    idle = (await worker.metrics())["agents"]

    busy = {"idle": 1, "busy": 1, "total": 2}
    assert at_work == {**busy, "queues": {"default": busy}}
    assert idle == {**counts(2), "queues": {"default": counts(2)}}


async def test_outside_clusters_jobs_are_counted_by_what_their_rules_name(server: Served) -> None:
    agent = unclustered(server)
    builder = Builder(server)
    slug = await builder.pipeline("steps: [{command: a}, {command: b, agents: {queue: deploy}}]")
    await builder.caller.patch(builder.path("pipelines", slug), {"cluster_id": None})
    await builder.build(slug)

    counted = await agent.metrics()

    one = job_counts(scheduled=1)
    assert counted["jobs"] == {
        **job_counts(scheduled=2),
        "queues": {"default": one, "deploy": one},
    }
    assert (await Agent(server).metrics())["jobs"]["total"] == 0
