"""The first of the jobs goes to the best of the agents, and to none that does not fit."""

import pytest

from tests.actors import Administrator
from tests.builders import Builder, Worker
from tests.server import Served


async def connected(builder: Builder, name: str, *tags: str, **body: object) -> Worker:
    return await Worker(builder.server).start(name, meta_data=list(tags), **body)


async def offered_to(*workers: Worker) -> list[str]:
    """The names of the agents that are offered a job."""
    return [worker.name for worker in workers if (await worker.ping()).get("job")]


async def test_jobs_go_by_priority_then_by_age_then_by_place(builder: Builder) -> None:
    admin = Administrator(builder.server)
    await builder.build_of("steps: [{command: old}, {command: last, priority: -1}]")
    await admin.advance(1)
    await builder.build_of(
        "steps: [{command: young}, {command: younger}, {command: first, priority: 5}]"
    )

    worker = await connected(builder, "worker")

    assert await worker.run_all() == ["first", "old", "young", "younger", "last"]


async def test_jobs_that_come_together_go_by_priority_too(builder: Builder, worker: Worker) -> None:
    await builder.build_of("steps: [{command: second}, {command: first, priority: 1}]")

    assert await worker.run_all() == ["first", "second"]


async def test_uploaded_jobs_are_as_old_as_the_job_that_uploads_them(
    builder: Builder, worker: Worker
) -> None:
    admin = Administrator(builder.server)
    await builder.build_of("steps: [{command: uploader}]")
    uploader = await (await worker.take()).start()
    await admin.advance(1)
    await builder.build_of("steps: [{command: younger}]")
    await admin.advance(1)

    await uploader.upload([{"command": "uploaded"}])
    await uploader.finish()

    assert await worker.run_all() == ["uploaded", "younger"]


async def test_a_higher_priority_of_the_agent_comes_first_and_none_last(builder: Builder) -> None:
    workers = [
        await connected(builder, "none"),
        await connected(builder, "below", priority="-1"),
        await connected(builder, "low", priority="1"),
        await connected(builder, "high", priority="10"),
    ]

    order = []
    for _ in workers:
        await builder.build_of("steps: [{command: a}]")
        order.append(next(name for name in await offered_to(*workers) if name not in order))

    assert order == ["high", "low", "below", "none"]


async def test_the_agent_that_succeeded_last_comes_first(builder: Builder) -> None:
    admin = Administrator(builder.server)
    workers = {name: await connected(builder, name, f"name={name}") for name in ("a", "b", "c")}
    for name, exit_status in (("b", 0), ("c", 1)):
        await admin.advance(1)
        await builder.build_of(f"steps: [{{command: x, agents: {{name: {name}}}}}]")
        await workers[name].run(exit_status)

    await builder.build_of("steps: [{command: x}]")

    assert await offered_to(*workers.values()) == ["b"]


async def test_an_agent_set_free_leaves_the_next_job_to_a_better_one_that_is_idle(
    builder: Builder,
) -> None:
    low = await connected(builder, "low", "kind=low", priority="1")
    high = await connected(builder, "high", priority="9")
    await builder.build_of("steps: [{command: a, agents: {kind: low}}, wait, {command: b}]")

    await low.run()

    assert await offered_to(low, high) == ["high"]


@pytest.mark.parametrize(
    ("tags", "rules", "fits"),
    [
        (["os=linux"], ["os=linux"], True),
        (["os=linux"], ["os=mac"], False),
        (["os=linux"], ["os=*"], True),
        (["os=linux"], ["os="], True),
        (["os=linux"], ["os=lin*"], False),
        (["os=linux"], ["arch=*"], False),
        (["os=linux", "arch=arm"], ["os=linux", "arch=arm"], True),
        (["os=linux"], ["os=linux", "arch=arm"], False),
        (["build=normal", "build=release"], ["build=release"], True),
        (["docker"], ["docker"], True),
        (["docker"], ["docker=*"], True),
        (["docker=true"], ["docker"], False),
        ([], ["*"], True),
        (["os=linux"], ["OS=linux"], False),
    ],
)
async def test_an_agent_is_given_a_job_if_its_tags_satisfy_all_rules(
    tags: list[str], rules: list[str], builder: Builder, *, fits: bool
) -> None:
    worker = await connected(builder, "worker", *tags)
    await builder.build_of(f"steps: [{{command: a, agents: {rules}}}]")

    assert (await offered_to(worker) == ["worker"]) is fits


async def test_rules_given_as_a_mapping_are_compared_as_text(builder: Builder) -> None:
    worker = await connected(builder, "worker", "gpu=true", "cores=8")
    await builder.build_of("steps: [{command: a, agents: {gpu: true, cores: 8}}]")

    assert await offered_to(worker) == ["worker"]


async def test_the_rules_of_a_step_take_the_place_of_the_pipelines(builder: Builder) -> None:
    linux = await connected(builder, "linux", "os=linux")
    mac = await connected(builder, "mac", "os=mac")
    await builder.build_of(
        "{agents: {os: linux}, steps: [{command: a}, {command: b, agents: {os: mac}}]}"
    )

    assert [(await linux.run()).command, (await mac.run()).command] == ["a", "b"]


async def test_jobs_go_to_the_queue_they_name_or_else_to_the_default(
    builder: Builder, server: Served
) -> None:
    cluster = builder.path("clusters", server.facts["cluster_id"])
    await builder.caller.post(f"{cluster}/queues", {"key": "deploy"})
    default = await connected(builder, "default")
    deploy = await connected(builder, "deploy", "queue=deploy")
    build = await builder.build_of(
        """
        steps:
          - {command: a}
          - {command: b, agents: {queue: deploy}}
          - {command: c, agents: {queue: nowhere}}
        """
    )

    assert [await default.run_all(), await deploy.run_all()] == [["a"], ["b"]]
    assert (await builder.job(build, "c"))["state"] == "scheduled"


async def test_a_paused_queue_gives_no_jobs_until_it_is_resumed(
    builder: Builder, server: Served
) -> None:
    cluster = builder.path("clusters", server.facts["cluster_id"])
    queue = (await builder.caller.get(cluster))["default_queue_id"]
    path = f"{cluster}/queues/{queue}"
    low = await connected(builder, "low", priority="1")
    high = await connected(builder, "high", priority="2")
    await builder.caller.post(f"{path}/pause_dispatch", {"note": "disk swap"})
    await builder.build_of("steps: [{command: a}]")
    paused = await offered_to(low, high)

    await builder.caller.post(f"{path}/resume_dispatch")

    assert [paused, await offered_to(low, high)] == [[], ["high"]]


async def test_a_paused_or_stopping_agent_is_given_no_job(builder: Builder) -> None:
    paused, stopping = await connected(builder, "paused"), await connected(builder, "stopping")
    await paused.pause()
    await stopping.stop()
    await builder.build_of("steps: [{command: a}]")
    before = await offered_to(paused, stopping)

    await paused.resume()

    assert [before, await offered_to(paused, stopping)] == [[], ["paused"]]


async def test_an_agent_works_on_one_job_and_is_offered_it_until_it_accepts(
    builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of("steps: [{command: a, parallelism: 2}]")

    offers = [(await worker.ping())["job"]["id"] for _ in range(3)]
    states = [job["state"] for job in await builder.jobs(build)]

    assert len(set(offers)) == 1
    assert states == ["assigned", "scheduled"]


async def test_unclustered_agents_and_pipelines_have_their_own_jobs(
    builder: Builder, server: Served
) -> None:
    clustered = await connected(builder, "clustered")
    token = server.facts["unclustered_agent_token"]
    unclustered = await Worker(server, token).start("unclustered")
    other = await Worker(server, token).start("other", meta_data=["queue=a", "queue=b"])
    slug = await builder.pipeline("steps: [{command: a}, {command: b, agents: {queue: b}}]")
    await builder.caller.patch(builder.path("pipelines", slug), {"cluster_id": None})
    await builder.build(slug)

    assert await clustered.run_all() == []
    assert [await unclustered.run_all(), await other.run_all()] == [["a"], ["b"]]


async def test_an_agent_that_leaves_after_its_job_is_given_no_other(
    builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of("steps: [{command: a}, {command: b}]")

    job = await (await worker.take()).start()
    await job.finish(ignore_agent_in_dispatches=True)

    assert (await worker.ping()).get("job") is None
    assert await builder.job_states(build) == {"a": "passed", "b": "scheduled"}


@pytest.mark.parametrize(
    ("affinity", "retried_by"),
    [("prefer-warmest", "first"), ("prefer-different", "second")],
)
async def test_a_retry_goes_to_the_agent_that_its_queue_prefers(
    affinity: str, retried_by: str, builder: Builder, server: Served
) -> None:
    cluster = builder.path("clusters", server.facts["cluster_id"])
    queue = (await builder.caller.get(cluster))["default_queue_id"]
    await builder.caller.patch(f"{cluster}/queues/{queue}", {"retry_agent_affinity": affinity})
    workers = [await connected(builder, "first", priority="5"), await connected(builder, "second")]
    await builder.build_of("steps: [{command: a, retry: {automatic: true}}]")

    await workers[0].run(exit_status=1)

    assert await offered_to(*workers) == [retried_by]
