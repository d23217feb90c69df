"""A cluster or a queue stays as long as it has jobs that have not finished."""

from typing import Any

import pytest

from tests.actors import Refused
from tests.builders import Builder
from tests.rest_api.actors import Caller
from tests.server import Served

YAML = """
steps:
  - block: Go on?
  - command: make
"""


@pytest.fixture
async def build(server: Served) -> dict[str, Any]:
    """A build that waits for somebody to let it go on."""
    return await Builder(server).build_of(YAML)


async def finish(caller: Caller, build: dict[str, Any]) -> None:
    await caller.put(f"{caller.to(build['url'])}/cancel")


async def test_a_queue_is_deleted_once_its_jobs_have_finished(
    caller: Caller, cluster: str, build: dict[str, Any]
) -> None:
    (queue,) = await caller.get(f"{cluster}/queues")
    path = caller.to(queue["url"])

    with pytest.raises(Refused) as refused:
        await caller.delete(path)
    await finish(caller, build)
    await caller.delete(path)

    assert refused.value.status == 422
    assert refused.value.message == (
        "Queue can't be deleted while it has jobs that have not finished"
    )
    assert await caller.get(f"{cluster}/queues") == []


async def test_a_cluster_is_deleted_once_its_jobs_have_finished_and_leaves_its_pipelines(
    caller: Caller, cluster: str, build: dict[str, Any]
) -> None:
    with pytest.raises(Refused) as refused:
        await caller.delete(cluster)
    await finish(caller, build)
    await caller.delete(cluster)

    assert refused.value.status == 422
    assert refused.value.message == (
        "Cluster can't be deleted while it has jobs that have not finished"
    )
    (pipeline,) = await caller.get("/organizations/sandbox/pipelines")
    assert pipeline["cluster_id"] is None
    assert (await caller.get(caller.to(build["url"])))["state"] == "canceled"


async def test_a_queue_without_jobs_goes_while_another_has_some(
    caller: Caller, cluster: str, build: dict[str, Any]
) -> None:
    made = await caller.post(f"{cluster}/queues", {"key": "deploy"})

    await caller.delete(caller.to(made["url"]))

    assert build["blocked"] is True
    assert [each["key"] for each in await caller.get(f"{cluster}/queues")] == ["default"]
