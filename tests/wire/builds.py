"""Pipelines, builds and jobs that samples take for granted."""

from collections.abc import Awaitable, Callable
from typing import Any

from mock_buildkite import node_ids
from tests.actors import Agent
from tests.builders import Builder, Worker

YAML = """
env:
  FOO: bar
steps:
  - command: script/release.sh
    label: ":package: Build"
    key: package
"""


async def a_pipeline(agent: Agent) -> dict[str, str]:
    builder = Builder(agent.server)
    slug = await builder.pipeline(YAML, "My Pipeline")
    path = f"/v2{builder.path('pipelines', slug)}"
    pipeline = await builder.caller.get(path.removeprefix("/v2"))
    return {
        "pipeline path": path,
        "pipeline uuid": pipeline["id"],
        "pipeline id": pipeline["graphql_id"],
    }


async def an_archived_pipeline(agent: Agent) -> dict[str, str]:
    known = await a_pipeline(agent)
    await Builder(agent.server).caller.post(f"{known['pipeline path']}/archive".removeprefix("/v2"))
    return known


async def a_build(agent: Agent) -> dict[str, str]:
    """A build of that pipeline, whose only job waits for an agent."""
    return {**await a_pipeline(agent), **await _built(Builder(agent.server), "my-pipeline")}


async def a_failed_build(agent: Agent) -> dict[str, str]:
    """A build whose only job has failed."""
    known = await a_build(agent)
    worker = await Worker(agent.server).start()
    await worker.run(1)
    await worker.disconnect()
    return {**known, "agent uuid": worker.uuid}


async def a_blocked_build(agent: Agent) -> dict[str, str]:
    """A build that waits for somebody to release its block step."""
    builder = Builder(agent.server)
    slug = await builder.pipeline(
        """
        steps:
          - block: Deploy
            fields:
              - text: Name
                key: name
        """
    )
    return await _built(builder, slug)


async def _built(builder: Builder, slug: str) -> dict[str, str]:
    build = await builder.build(slug, message="Testing all the things :rocket:")
    [job] = build["jobs"]
    job_type = {"script": "JobTypeCommand", "manual": "JobTypeBlock"}[job["type"]]
    return {
        "build path": f"/v2{builder.caller.to(build['url'])}",
        "build uuid": build["id"],
        "build id": build["graphql_id"],
        "job uuid": job["id"],
        "job id": node_ids.encode(job_type, job["id"]),
    }


GIVEN: dict[str, Callable[[Agent], Awaitable[Any]]] = {
    "a pipeline": a_pipeline,
    "an archived pipeline": an_archived_pipeline,
    "a build": a_build,
    "a failed build": a_failed_build,
    "a blocked build": a_blocked_build,
}
