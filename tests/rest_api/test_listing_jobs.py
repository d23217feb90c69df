"""The jobs of a build, read in parts by cursors."""

from typing import Any

import pytest

from tests.actors import Refused
from tests.builders import Builder, Worker

YAML = """
steps:
  - command: a
    key: a
    retry: {automatic: true}
  - group: Tests
    key: tests
    steps:
      - command: b
        key: b
        parallelism: 2
  - wait
  - command: c
    key: c
"""


async def listed(builder: Builder, build: dict[str, Any], **query: Any) -> dict[str, Any]:
    path = f"{builder.caller.to(build['url'])}/jobs"
    found: dict[str, Any] = await builder.caller.get(path, **query)
    return found


async def commands(builder: Builder, build: dict[str, Any], **query: Any) -> list[str | None]:
    return [job.get("command") for job in (await listed(builder, build, **query))["items"]]


async def test_jobs_come_in_the_order_of_their_steps(builder: Builder, worker: Worker) -> None:
    build = await builder.build_of(YAML)
    await worker.run(1)

    found = await listed(builder, build)

    assert [job.get("command") for job in found["items"]] == ["a", "a", "b", "b", None, "c"]
    assert found["items"] == await builder.jobs(build, include_retried_jobs="true")
    assert found["links"] == {
        "self": f"{build['url']}/jobs?per_page=30",
        "first": f"{build['url']}/jobs?per_page=30",
    }


async def test_the_links_lead_through_all_parts_and_keep_the_filters(builder: Builder) -> None:
    build = await builder.build_of(YAML)
    caller = builder.caller

    first = await listed(builder, build, per_page=2, **{"state[]": ["scheduled", "waiting"]})
    second = await caller.call("GET", caller.to(first["links"]["next"]))
    third = await caller.call("GET", caller.to(second["links"]["next"]))
    back = await caller.call("GET", caller.to(second["links"]["prev"]))

    parts = [[job.get("command") for job in part["items"]] for part in (first, second, third)]
    assert parts == [["a", "b"], ["b", None], ["c"]]
    assert "next" not in third["links"]
    assert back["items"] == first["items"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"state": "failed"}, ["a"]),
        ({"state": ["failed", "assigned"]}, ["a", "b"]),
        ({"state[]": ["scheduled", "waiting"]}, ["a", "b", None, "c"]),
        ({"include_retried_jobs": "false"}, ["a", "b", "b", None, "c"]),
        ({"include_retried_jobs": "false", "state": "failed"}, []),
        ({"step_key": "b"}, ["b", "b"]),
        ({"group_key": "tests"}, ["b", "b"]),
        ({"group_key": "tests", "step_key": "a"}, []),
        ({"step_key": "unknown"}, []),
        ({"state": "unblocked_failed"}, []),
    ],
)
async def test_jobs_are_filtered(
    builder: Builder, worker: Worker, query: dict[str, Any], found: list[str | None]
) -> None:
    build = await builder.build_of(YAML)
    await worker.run(1)

    assert await commands(builder, build, **query) == found


async def test_who_has_promised_to_fail_is_found_among_the_failed(
    builder: Builder, worker: Worker
) -> None:
    build = await builder.build_of("steps: [{command: a}]")
    job = await (await worker.take()).start()
    await job.send("PUT", f"jobs/{job.uuid}/promise_failure", json={"exit_status": 1})

    assert await commands(builder, build, state="failed") == ["a"]
    assert await commands(builder, build, state="running") == []


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"state": "finished"}, "Invalid states: finished"),
        ({"after": "a", "before": "b"}, "after and before cannot be given together"),
        ({"after": "unknown"}, "Cursor is not one of this list"),
        ({"per_page": "many"}, "per_page must be a positive integer"),
    ],
)
async def test_what_cannot_be_read_is_a_bad_request(
    builder: Builder, query: dict[str, str], message: str
) -> None:
    build = await builder.build_of(YAML)

    with pytest.raises(Refused, match=message) as refused:
        await listed(builder, build, **query)

    assert refused.value.status == 400
