"""Jobs over REST: what is told of each kind, and what can be done to one."""

from typing import Any

import pytest

from tests.actors import Administrator, Refused
from tests.builders import Builder, Worker
from tests.rest_api.actors import Caller
from tests.rest_api.conftest import Company
from tests.server import Served


async def test_a_command_job_is_told_of_in_full(
    server: Served, builder: Builder, worker: Worker, cluster: str
) -> None:
    build = await builder.build_of(
        """
        steps:
          - group: Tests
            key: tests
            steps:
              - command: make test
                key: unit
                label: ":test_tube:"
                priority: 5
                artifact_paths: "log/*"
        """
    )
    await worker.run(1)

    job = await builder.job(build, "unit")

    uuid, agent, path = job["id"], job.pop("agent"), f"jobs/{job['id']}"
    queue = (await builder.caller.get(f"{cluster}/queues"))[0]
    assert job == {
        "id": uuid,
        "graphql_id": job["graphql_id"],
        "type": "script",
        "state": "failed",
        "web_url": f"{build['web_url']}#{uuid}",
        "group_key": "tests",
        "name": ":test_tube:",
        "step_key": "unit",
        "step": {"id": job["step"]["id"], "signature": None},
        "priority": {"number": 5},
        "agent_query_rules": [],
        "build_url": build["url"],
        "log_url": f"{build['url']}/{path}/log",
        "raw_log_url": f"{build['url']}/{path}/log.txt",
        "artifacts_url": f"{build['url']}/{path}/artifacts",
        "command": "make test",
        "soft_failed": False,
        "exit_status": 1,
        "signal": None,
        "signal_reason": None,
        "broken_reason": None,
        "artifact_paths": "log/*",
        "created_at": build["created_at"],
        "scheduled_at": build["created_at"],
        "runnable_at": build["created_at"],
        "started_at": job["started_at"],
        "finished_at": job["finished_at"],
        "concurrency_wait_time_ms": None,
        "expired_at": None,
        "retried": False,
        "retried_in_job_id": None,
        "retries_count": None,
        "retry_source": None,
        "retry_type": None,
        "retried_by": None,
        "parallel_group_index": None,
        "parallel_group_total": None,
        "matrix": None,
        "cluster_id": server.facts["cluster_id"],
        "cluster_url": f"{server.url}/v2{cluster}",
        "cluster_queue_id": queue["id"],
        "cluster_queue_url": queue["url"],
    }
    told = await builder.caller.get(builder.path("agents", worker.uuid))
    assert agent.items() <= told.items()
    assert {"id", "web_url", "connection_state", "user_agent"} <= agent.keys()


async def test_each_kind_of_job_has_fields_of_its_own(builder: Builder) -> None:
    await builder.pipeline("steps: [wait]", "Deploy")

    build = await builder.build_of(
        """
        steps:
          - trigger: deploy
            key: deploy
            label: ":ship:"
            async: true
          - wait: ~
            key: gate
          - block: "Ship it?"
            key: ask
        """
    )

    trigger, waiter, manual = await builder.jobs(build)
    common = {"id", "graphql_id", "type", "state", "web_url", "step_key"}
    moments = {"created_at", "scheduled_at", "runnable_at", "started_at", "finished_at"}
    assert trigger.keys() == common | moments | {"name", "async", "triggered_build"}
    assert (trigger["name"], trigger["async"], trigger["state"]) == (":ship:", True, "passed")
    assert waiter.keys() == common
    assert (waiter["type"], waiter["step_key"]) == ("waiter", "gate")
    assert manual == {
        "id": manual["id"],
        "graphql_id": manual["graphql_id"],
        "type": "manual",
        "label": "Ship it?",
        "step_key": "ask",
        "state": "blocked",
        "web_url": None,
        "unblocked_by": None,
        "unblocked_at": None,
        "unblockable": True,
        "unblock_url": f"{build['url']}/jobs/{manual['id']}/unblock",
    }


async def test_parallel_and_matrix_jobs_say_which_they_are(builder: Builder) -> None:
    build = await builder.build_of(
        """
        steps:
          - command: make
            parallelism: 2
          - command: "echo {{matrix}}"
            matrix: [a, b]
        """
    )

    jobs = await builder.jobs(build)

    places = [(job["parallel_group_index"], job["parallel_group_total"]) for job in jobs]
    assert places == [(0, 2), (1, 2), (None, None), (None, None)]
    assert [job["command"] for job in jobs[2:]] == ["echo a", "echo b"]
    assert [job["matrix"] for job in jobs[2:]] == [{"": "a"}, {"": "b"}]


async def test_a_broken_job_says_why(builder: Builder) -> None:
    build = await builder.build_of(
        """
        steps:
          - command: a
            skip: Not today
          - command: b
            if: build.branch == "other"
          - command: c
            branches: other
        """
    )

    reasons = [job["broken_reason"] for job in await builder.jobs(build)]

    assert reasons == ["Not today", "conditional_failed", "branch_mismatch"]


async def test_a_promise_to_fail_is_told(builder: Builder, worker: Worker) -> None:
    build = await builder.build_of("steps: [{command: make, key: make}]")
    job = await (await worker.take()).start()
    response = await job.send(
        "PUT", f"jobs/{job.uuid}/promise_failure", json={"exit_status": 3, "reason": "tests"}
    )

    told = await builder.job(build, "make")

    assert response.status_code == 204
    assert (told["state"], told["promised_exit_status"]) == ("running", 3)
    assert told["promised_exit_status_at"] is not None


async def test_how_long_a_concurrency_group_held_a_job_is_told(
    builder: Builder, worker: Worker, admin: Administrator
) -> None:
    build = await builder.build_of(
        """
        steps:
          - command: a
            key: a
            concurrency: 1
            concurrency_group: g
          - command: b
            key: b
            concurrency: 1
            concurrency_group: g
        """
    )
    first = await (await worker.take()).start()
    waiting = await builder.job(build, "b")
    await admin.advance(30)
    await first.finish()

    waits = [(await builder.job(build, key))["concurrency_wait_time_ms"] for key in "ab"]

    assert (waiting["state"], waiting["concurrency_wait_time_ms"]) == ("limited", None)
    assert waits == [0, 30_000]


async def test_a_job_has_two_addresses(builder: Builder) -> None:
    build = await builder.build_of("steps: [{command: make}]")
    other = await builder.build_of("steps: [{command: make}]")
    uuid = build["jobs"][0]["id"]
    caller = builder.caller

    alone = await caller.get(builder.path("jobs", uuid))
    in_build = await caller.get(f"{caller.to(build['url'])}/jobs/{uuid.upper()}")

    assert alone == in_build == build["jobs"][0]
    for place in (f"{caller.to(other['url'])}/jobs/{uuid}", builder.path("jobs", build["id"])):
        with pytest.raises(Refused, match="No job found") as refused:
            await caller.get(place)
        assert refused.value.status == 404


async def test_a_retried_job_and_its_retry_know_of_each_other(
    builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of("steps: [{command: make}]")
    await worker.run(1)

    retry = await builder.retry(build["jobs"][0])

    before, now = await builder.jobs(build, include_retried_jobs="true")
    user = await builder.caller.get("/user")
    assert now == retry
    assert (before["retried"], before["retried_in_job_id"]) == (True, retry["id"])
    assert (before["retry_type"], before["retried_by"]) == ("manual", user)
    assert retry["retries_count"] == 1
    assert retry["retry_source"] == {"job_id": before["id"], "retry_type": "manual"}
    assert (retry["retried"], retry["retry_type"], retry["retried_by"]) == (False, None, None)


async def test_an_automatic_retry_was_by_nobody(builder: Builder, worker: Worker) -> None:
    build = await builder.build_of("steps: [{command: make, retry: {automatic: true}}]")
    await worker.run(1)

    before, now = await builder.jobs(build, include_retried_jobs="true")

    assert (before["state"], before["retry_type"]) == ("failed", "automatic")
    assert before["retried_by"] is None
    assert now["retry_source"]["retry_type"] == "automatic"


@pytest.mark.parametrize("act", ["passed", "waiting", "retried"])
async def test_only_what_failed_is_retried_and_once(
    builder: Builder, worker: Worker, act: str
) -> None:
    build = await builder.build_of("steps: [{command: make}]")
    (job,) = build["jobs"]
    if act != "waiting":
        await worker.run(0 if act == "passed" else 1)
    if act == "retried":
        await builder.retry(job)

    with pytest.raises(Refused) as refused:
        await builder.retry(job)

    assert refused.value.status == 400
    assert refused.value.message == (
        "Jobs can only be retried once"
        if act == "retried"
        else "Only failed, timed out or canceled jobs can be retried"
    )


async def test_a_step_decides_whether_its_jobs_are_retried(
    builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of(
        """
        steps:
          - command: a
            key: never
            retry: {manual: {allowed: false, reason: "No retries on Fridays"}}
          - command: b
            key: passed
            retry: {manual: {permit_on_passed: true}}
        """
    )
    await worker.run(1)
    await worker.run()

    with pytest.raises(Refused, match="No retries on Fridays") as refused:
        await builder.retry(await builder.job(build, "never"))
    again = await builder.retry(await builder.job(build, "passed"))

    assert refused.value.status == 422
    assert again["retries_count"] == 1


async def test_nothing_of_a_canceled_build_goes_on(builder: Builder) -> None:
    build = await builder.build_of("steps: [{command: make}, {input: Name, key: ask}]")
    await builder.cancel(build)

    for act, job in ((builder.retry, build["jobs"][0]), (builder.unblock, build["jobs"][1])):
        with pytest.raises(Refused, match="Jobs from canceled builds cannot be") as refused:
            await act(job)
        assert refused.value.status == 422


async def test_what_a_canceled_build_had_waited_for_is_not_retried(
    builder: Builder, worker: Worker
) -> None:
    await builder.pipeline("steps: [{command: make}]", "Deploy")
    parent = await builder.build_of("steps: [{trigger: deploy}]")
    (trigger,) = await builder.jobs(parent)
    child = await builder.caller.get(builder.caller.to(trigger["triggered_build"]["url"]))
    await builder.cancel(parent)
    await worker.run(1)

    with pytest.raises(Refused, match="synchronous trigger step in a canceled build") as refused:
        await builder.retry(child["jobs"][0])

    assert refused.value.status == 422


async def test_a_priority_lets_a_job_go_first(builder: Builder, server: Served) -> None:
    build = await builder.build_of("steps: [{command: a}, {command: b}]")

    changed = await reprioritize(builder, build["jobs"][1], 7)
    worker = await Worker(server).start()
    job = await worker.take()

    assert changed["priority"] == {"number": 7}
    assert job.command == "b"


@pytest.mark.parametrize("priority", ["5", 1.5, None, True, 2**40, [1]])
async def test_a_priority_is_a_whole_number(builder: Builder, priority: object) -> None:
    build = await builder.build_of("steps: [{command: a}]")

    with pytest.raises(Refused) as refused:
        await reprioritize(builder, build["jobs"][0], priority)

    assert refused.value.status == 400
    assert refused.value.message == "Priority must be an integer"


async def reprioritize(builder: Builder, job: dict[str, Any], priority: object) -> dict[str, Any]:
    path = builder.path("jobs", job["id"], "reprioritize")
    changed: dict[str, Any] = await builder.caller.put(path, {"priority": priority})
    return changed


BLOCK = """
steps:
  - block: Ship it?
    key: ask
    fields:
      - text: Name
        key: name
      - select: Where to
        key: regions
        multiple: true
        required: false
        options: [{label: East, value: east}, {label: West, value: west}]
  - command: deploy
"""


async def test_an_unblocked_step_gives_its_fields_to_the_build(
    builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of(BLOCK)
    fields = {"name": "Vega", "regions": ["east", "west"]}

    job = await builder.unblock(await builder.job(build, "ask"), fields=fields)

    user = await builder.caller.get("/user")
    assert (job["state"], job["unblockable"]) == ("unblocked", False)
    assert job["unblocked_by"] == user
    assert job["unblocked_at"] is not None
    now = await builder.get_build(build)
    assert now["meta_data"] == {"name": "Vega", "regions": "east\nwest"}
    assert (await worker.take()).env["BUILDKITE_UNBLOCKER_ID"] == user["id"]
    with pytest.raises(Refused, match="it is unblocked") as refused:
        await builder.unblock(job, fields=fields)
    assert refused.value.status == 422


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "name is required"),
        ({"name": "x", "regions": "north"}, "regions must be one of east, west"),
        ({"name": "x", "else": "y"}, "There is no field 'else'"),
    ],
)
async def test_fields_have_to_fit(builder: Builder, fields: dict[str, str], message: str) -> None:
    build = await builder.build_of(BLOCK)

    with pytest.raises(Refused, match=message) as refused:
        await builder.unblock(await builder.job(build, "ask"), fields=fields)

    assert refused.value.status == 422
    assert await builder.state(build) == "blocked"


async def test_another_member_may_be_named_as_the_unblocker(
    builder: Builder, company: Company
) -> None:
    build = await builder.build_of("steps: [{block: Go, key: ask}]")
    bob, dan = [await each.get("/user") for each in (company.member, company.outsider)]
    job = await builder.job(build, "ask")

    with pytest.raises(Refused) as refused:
        await builder.unblock(job, unblocker=dan["id"])
    unblocked = await builder.unblock(job, unblocker=bob["id"])

    assert refused.value.status == 422
    assert refused.value.message == "Unblocker is not a valid user id for this organization"
    assert unblocked["unblocked_by"] == bob


async def test_only_block_and_input_steps_are_unblocked(builder: Builder) -> None:
    build = await builder.build_of("steps: [{command: make}, wait]")

    for job in build["jobs"]:
        with pytest.raises(Refused) as refused:
            await builder.unblock(job)
        assert refused.value.status == 400
        assert refused.value.message == "This job type cannot be unblocked"


@pytest.mark.parametrize("kind", ["ssh", "vnc"])
async def test_no_session_is_opened_on_an_agent_of_ones_own(builder: Builder, kind: str) -> None:
    build = await builder.build_of("steps: [{command: make}]")

    with pytest.raises(Refused) as refused:
        await builder.caller.post(builder.path("jobs", build["jobs"][0]["id"], f"{kind}-session"))

    assert refused.value.status == 422


async def test_an_agent_shows_the_job_that_it_has(
    builder: Builder, worker: Worker, caller: Caller
) -> None:
    build = await builder.build_of("steps: [{command: make}]")
    await (await worker.take()).start()

    (agent,) = await caller.get(builder.path("agents"))
    alone = await caller.get(builder.path("agents", worker.uuid))

    (job,) = await builder.jobs(build)
    assert agent == alone
    assert agent["job"] == {**job, "agent": None, "script_path": "make"}
    assert agent["last_job_finished_at"] is None


async def test_an_agent_says_when_its_last_job_was_over(
    builder: Builder, worker: Worker, caller: Caller
) -> None:
    build = await builder.build_of("steps: [{command: make}]")
    await worker.run()

    agent = await caller.get(builder.path("agents", worker.uuid))

    (job,) = await builder.jobs(build)
    assert agent["job"] is None
    assert agent["last_job_finished_at"] == job["finished_at"]
