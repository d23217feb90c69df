"""Builds over REST: made, told of, canceled, made again."""

from typing import Any

import pytest

from tests.actors import Administrator, Refused
from tests.builders import Builder, Worker
from tests.rest_api.actors import Caller
from tests.rest_api.conftest import Company
from tests.server import Served

YAML = """
steps:
  - command: make
    key: build
  - wait
  - command: make test
    key: test
"""


async def test_a_build_runs_from_its_creation_to_its_end(builder: Builder, worker: Worker) -> None:
    build = await builder.build_of(YAML)

    await worker.run(log="hello\n")
    between = await builder.job_states(build)
    await worker.run()

    assert build["state"] == "scheduled"
    assert between == {"build": "passed", "waiter": "passed", "test": "assigned"}
    assert await builder.state(build) == "passed"


async def test_a_build_is_told_of_in_full(server: Served, builder: Builder) -> None:
    slug = await builder.pipeline(YAML)

    user = await builder.caller.get("/user")
    author = {"name": "Ada", "email": user["email"]}
    build = await builder.build(slug, message="Try it", author=author)

    path = f"/sandbox/{slug}/builds/1"
    jobs, pipeline = build.pop("jobs"), build.pop("pipeline")
    assert build == {
        "id": build["id"],
        "graphql_id": build["graphql_id"],
        "url": f"{server.url}/v2/organizations/sandbox/pipelines/{slug}/builds/1",
        "web_url": f"{server.url}{path}",
        "number": 1,
        "state": "scheduled",
        "cancel_reason": None,
        "blocked": False,
        "message": "Try it",
        "commit": "HEAD",
        "branch": "main",
        "author": author,
        "env": {},
        "source": "api",
        "creator": user,
        "created_at": build["created_at"],
        "scheduled_at": build["created_at"],
        "started_at": None,
        "failing_at": None,
        "finished_at": None,
        "meta_data": {},
        "pull_request": None,
        "merge_queue": None,
        "rebuilt_from": None,
        "triggered_from": None,
    }
    assert [job["type"] for job in jobs] == ["script", "waiter", "script"]
    assert pipeline["slug"] == slug
    assert pipeline.keys().isdisjoint({"configuration", "steps", "env"})


async def test_a_build_is_its_authors_who_may_be_a_stranger(
    builder: Builder, company: Company
) -> None:
    slug, bob = await builder.pipeline(YAML), await company.member.get("/user")

    by_itself = await builder.build(slug)
    for_member = await builder.build(slug, author={"name": "Bob", "email": bob["email"]})
    for_stranger = await builder.build(slug, author={"name": "Dan", "email": "dan@rival.example"})

    assert by_itself["creator"] == await builder.caller.get("/user")
    assert for_member["creator"] == bob
    assert for_stranger["creator"] is None
    assert for_stranger["author"] == {"name": "Dan", "email": "dan@rival.example"}


async def test_what_is_sent_along_reaches_the_jobs(builder: Builder, worker: Worker) -> None:
    build = await builder.build_of(
        YAML,
        commit="1adf998e39f647b4b25842f107c6ed9d30a3a7c7",
        branch="feature",
        env={"A": "text", "N": 1, "T": True, "F": 0.5, "NOTHING": None},
        meta_data={"release": "1.2", "urgent": True, "count": 3},
        clean_checkout=True,
        pull_request_id=42,
        pull_request_base_branch="main",
        pull_request_repository="git://github.com/fork/app.git",
        pull_request_labels=["bug", "ui"],
    )

    job = await worker.take()

    assert build["env"] == {"A": "text", "N": "1", "T": "true", "F": "0.5"}
    assert build["meta_data"] == {"release": "1.2", "urgent": "true", "count": "3"}
    assert build["pull_request"] == {
        "id": "42",
        "base": "main",
        "repository": "git://github.com/fork/app.git",
        "labels": ["bug", "ui"],
    }
    expected = {
        "A": "text",
        "N": "1",
        "T": "true",
        "BUILDKITE_BRANCH": "feature",
        "BUILDKITE_CLEAN_CHECKOUT": "true",
        "BUILDKITE_PULL_REQUEST": "42",
        "BUILDKITE_PULL_REQUEST_BASE_BRANCH": "main",
        "BUILDKITE_PULL_REQUEST_LABELS": "bug,ui",
    }
    assert job.env | expected == job.env


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"commit": None}, "commit", "can't be blank"),
        ({"commit": 1}, "commit", "is invalid: Expected `str | null`, got `int`"),
        ({"branch": " "}, "branch", "can't be blank"),
        ({"branch": "a\nb"}, "branch", "can't have control characters"),
        ({"message": "a\0b"}, "message", "can't have NUL characters"),
        ({"env": {"A=B": "c"}}, "env", "can't have a variable 'A=B' of this value"),
        ({"env": {"": "c"}}, "env", "can't have a variable '' of this value"),
        ({"meta_data": {"k": " "}}, "meta_data", "is invalid: Value can't be blank"),
        (
            {"meta_data": {"buildkite:x": "v"}},
            "meta_data",
            "is invalid: Keys that begin with buildkite: are reserved",
        ),
    ],
)
async def test_a_wrong_field_is_named(
    builder: Builder, wrong: dict[str, Any], field: str, code: str
) -> None:
    slug = await builder.pipeline(YAML)

    with pytest.raises(Refused) as refused:
        await builder.build(slug, **wrong)

    assert refused.value.status == 422
    assert refused.value.response.json() == {
        "message": "Validation Failed",
        "errors": [{"field": field, "code": code}],
    }
    assert (await builder.build(slug))["number"] == 1


async def test_a_configuration_that_is_bad_for_the_build_makes_none(builder: Builder) -> None:
    slug = await builder.pipeline("steps: [{command: make, parallelism: $N}]")

    with pytest.raises(Refused, match="whole number") as refused:
        await builder.build(slug, env={"N": "many"})

    assert refused.value.status == 422
    assert (await builder.build(slug, env={"N": "2"}))["jobs"][1]["parallel_group_index"] == 1


async def test_branches_that_a_pipeline_does_not_build_are_refused(builder: Builder) -> None:
    slug = await builder.pipeline(YAML, branch_configuration="main release/*")

    for branch in ("main", "release/1"):
        await builder.build(slug, branch=branch)
    with pytest.raises(Refused) as refused:
        await builder.build(slug, branch="feature")
    await builder.build(slug, branch="feature", ignore_pipeline_branch_filters=True)
    await builder.build(slug, branch="feature", pull_request_id=1)

    assert refused.value.status == 422
    assert refused.value.message == "Branches have been disabled for this pipeline"


async def test_the_jobs_of_a_build_are_counted_by_state(builder: Builder, worker: Worker) -> None:
    build = await builder.build_of(
        """
        steps:
          - command: make
            soft_fail: true
          - command: never
            skip: "not today"
          - wait
        """
    )
    await worker.run(1)

    told = await builder.get_build(build, exclude_jobs="true", **{"job_states[]": "failed"})

    assert "jobs" not in told
    assert told["job_state_counts"] == {
        "total": 3,
        "states": {"broken": 1, "failed": 1, "passed": 1},
    }


async def test_jobs_of_some_states_are_shown_alone(builder: Builder, worker: Worker) -> None:
    build = await builder.build_of(YAML)
    await worker.run()

    passed = await builder.jobs(build, **{"job_states[]": "passed"})
    two_states = await builder.jobs(build, **{"job_states[]": ["passed", "assigned"]})

    assert [job["type"] for job in passed] == ["script", "waiter"]
    assert len(two_states) == 3
    with pytest.raises(Refused, match="Invalid states: finished") as refused:
        await builder.jobs(build, **{"job_states[]": "finished"})
    assert refused.value.status == 400


async def test_retried_jobs_are_shown_and_counted_on_request(
    builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of("steps: [{command: make}]")
    await worker.run(1)
    await builder.retry((await builder.jobs(build))[0])

    latest = await builder.get_build(build)
    every = await builder.get_build(build, include_retried_jobs="true")

    assert [job["state"] for job in latest["jobs"]] == ["assigned"]
    assert latest["job_state_counts"] == {"total": 1, "states": {"assigned": 1}}
    assert [job["state"] for job in every["jobs"]] == ["failed", "assigned"]
    assert every["job_state_counts"]["total"] == 2


async def test_a_blocked_build_says_what_its_block_step_says(builder: Builder) -> None:
    told = [
        await builder.build_of(f"steps: [{{block: Go, blocked_state: {state}}}]")
        for state in ("passed", "failed", "running")
    ]

    assert [build["state"] for build in told] == ["passed", "failed", "running"]
    assert {build["blocked"] for build in told} == {True}


async def test_canceling_ends_what_no_agent_has_at_once(builder: Builder) -> None:
    build = await builder.build_of(YAML)

    canceled = await builder.cancel(build)

    assert canceled["state"] == "canceled"
    assert canceled["finished_at"] is not None
    assert {job["state"] for job in canceled["jobs"]} == {"canceled"}
    with pytest.raises(Refused, match="already finished") as refused:
        await builder.cancel(build)
    assert refused.value.status == 422


async def test_canceling_waits_for_agents_at_work(builder: Builder, worker: Worker) -> None:
    build = await builder.build_of(YAML)
    job = await (await worker.take()).start()

    canceled = await builder.cancel(build)
    told = await job.state()
    await job.finish(255, signal="SIGTERM", signal_reason="cancel")

    assert (canceled["state"], told) == ("canceling", "canceling")
    assert await builder.state(build) == "canceled"


async def test_a_rebuild_is_another_build_of_the_same(builder: Builder) -> None:
    build = await builder.build_of(
        YAML, branch="feature", message="Try", env={"A": "b"}, meta_data={"k": "v"}
    )

    again = await builder.rebuild(build)

    same = ("branch", "commit", "message", "env", "meta_data", "pull_request")
    assert {name: again[name] for name in same} == {name: build[name] for name in same}
    assert again["number"] == 2
    assert again["rebuilt_from"] == {"id": build["id"], "number": 1, "url": build["url"]}


async def test_a_pipeline_may_forbid_rebuilds(builder: Builder) -> None:
    build = await builder.build(await builder.pipeline(YAML, allow_rebuilds=False))

    with pytest.raises(Refused, match="Rebuilds have been disabled") as refused:
        await builder.rebuild(build)

    assert refused.value.status == 422


async def test_a_triggered_build_and_its_trigger_know_of_each_other(builder: Builder) -> None:
    await builder.pipeline(YAML, "Deploy")

    build = await builder.build_of("steps: [{trigger: deploy}]")
    (trigger,) = await builder.jobs(build)

    triggered = await builder.caller.get(builder.caller.to(trigger["triggered_build"]["url"]))
    assert trigger["triggered_build"] == {
        "id": triggered["id"],
        "number": 1,
        "url": triggered["url"],
        "web_url": triggered["web_url"],
    }
    assert triggered["source"] == "trigger_job"
    assert triggered["triggered_from"] == {
        "build_id": build["id"],
        "build_number": 1,
        "build_pipeline_slug": build["pipeline"]["slug"],
    }


@pytest.mark.parametrize(
    ("states", "retried", "state"),
    [
        (None, 3, "running"),
        ("", 3, "running"),
        ("failed", 1, "failing"),
        ("soft_failed, timed_out", 2, "failing"),
    ],
)
async def test_jobs_that_failed_are_retried_together(
    builder: Builder,
    worker: Worker,
    admin: Administrator,
    states: str | None,
    retried: int,
    state: str,
) -> None:
    build = await builder.build_of(
        """
        steps:
          - command: fail
          - command: soft
            soft_fail: true
          - command: late
            timeout_in_minutes: 1
          - command: pass
        """
    )
    await worker.run(1)
    await worker.run(1)
    late = await (await worker.take()).start()
    await admin.advance(61)
    await late.finish(255)
    await worker.run()

    answer = await retry_failed(builder.caller, build, {"states": states})

    assert answer.status_code == 202
    assert answer.json()["retried_jobs_count"] == retried
    assert answer.json()["state"] == state
    assert [job["retries_count"] for job in answer.json()["jobs"]].count(1) == retried


async def test_only_ways_to_fail_are_ways_to_be_retried(builder: Builder) -> None:
    build = await builder.build_of(YAML)

    answer = await retry_failed(builder.caller, build, {"states": "failed,passed"})

    assert answer.status_code == 400
    assert answer.json()["message"] == (
        "Invalid states: passed."
        " Valid states are canceled, expired, failed, soft_failed, timed_out."
    )


async def retry_failed(caller: Caller, build: dict[str, Any], body: dict[str, Any]) -> Any:
    return await caller.send("PUT", f"{caller.to(build['url'])}/retry_failed_jobs", json=body)


@pytest.mark.parametrize("number", ["2", "0", "x", "1.0", "²", "9" * 40])
async def test_a_build_is_found_by_its_number_alone(builder: Builder, number: str) -> None:
    build = await builder.build_of(YAML)
    place = builder.caller.to(build["url"]).removesuffix("1")

    for other in (number, build["id"]):
        with pytest.raises(Refused, match="No build found") as refused:
            await builder.caller.get(f"{place}{other}")
        assert refused.value.status == 404
