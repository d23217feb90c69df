"""Jobs at work that stand in the database without ever having been dispatched.

For tests of what a job's commands send, until agents take jobs over HTTP.
"""

from typing import Any

import httpx

from mock_buildkite import token_forms
from mock_buildkite.agents import store as agents
from mock_buildkite.builds import store as builds
from mock_buildkite.builds.model import NewBuild
from mock_buildkite.clock import to_text
from mock_buildkite.jobs import store as jobs
from mock_buildkite.jobs.lifecycle import JobState
from mock_buildkite.pipelines import store as pipelines
from mock_buildkite.pipelines.definition import CommandStep
from mock_buildkite.pipelines.model import NewPipeline, Pipeline
from mock_buildkite.steps import store as steps
from mock_buildkite.steps.model import StepType
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import World
from tests.actors import Agent, Refused
from tests.server import Served


class WorkingJob:
    """A job on an agent, and what its commands send."""

    def __init__(self, agent: Agent, facts: dict[str, str], token: str) -> None:
        self.agent = agent
        self.server = agent.server
        self.uuid = facts["uuid"]
        self.build_uuid = facts["build_uuid"]
        self.pipeline_slug = facts["pipeline_slug"]
        self.build_number = int(facts["build_number"])
        self.token = token

    @property
    def organization_slug(self) -> str:
        """The organization it runs in, which is the first one."""
        slug: str = self.server.facts["organization_slug"]
        return slug

    @property
    def build_path(self) -> str:
        """Where its build is in the REST API."""
        pipeline = f"/organizations/{self.organization_slug}/pipelines/{self.pipeline_slug}"
        return f"{pipeline}/builds/{self.build_number}"

    async def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Any request of the Agent API, with the token that the job's commands have."""
        headers = {"Authorization": f"Token {self.token}", **options.pop("headers", {})}
        return await self.server.http.request(method, f"/v3/{path}", headers=headers, **options)

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        response = await self.send(method, path, json=body)
        if not response.is_success:
            raise Refused(response)
        return response.json()

    async def end(self) -> None:
        """Be finished."""

        def unit(tx: Transaction) -> None:
            job = jobs.find_by_uuid(tx, self.uuid)
            assert job is not None
            jobs.update(tx, job.id, {"state": "finished", "token_digest": None})
            tx.execute("update agents set job_id = null where job_id = ?", (job.id,))

        await _world(self.server).database.write(unit)

    async def next_in_build(self) -> "WorkingJob":
        """Another job of the same build, on another agent."""
        agent = await Agent(self.server, self.agent.agent_token).start()
        return await plant_job(agent, in_build=self.build_uuid)


async def working_job(server: Served, agent_token: str | None = None) -> WorkingJob:
    """A job of a new build, on a new agent."""
    return await plant_job(await Agent(server, agent_token).start(version="3.137.0"))


async def plant_job(
    agent: Agent, *, in_build: str | None = None, state: JobState = JobState.RUNNING
) -> WorkingJob:
    """A job on an agent, of a new build or of one that there is."""
    world = _world(agent.server)
    token = f"bkaj_{world.ids.hexadecimal(64)}"

    def unit(tx: Transaction) -> dict[str, str]:
        on = agents.find_by_uuid(tx, agent.uuid)
        assert on is not None
        if in_build is None:
            pipeline = _pipeline(tx, world, on.organization_id, on.cluster_id)
            number = pipelines.take_build_number(tx, pipeline.id)
            build = builds.insert(tx, world.ids.uuid(), pipeline, number, NewBuild())
        else:
            found = builds.find_by_uuid(tx, in_build)
            assert found is not None
            build, pipeline = found, pipelines.find(tx, found.pipeline_id)
        step = steps.insert(
            tx,
            world.ids.uuid(),
            build.id,
            StepType.COMMAND,
            CommandStep(command="true"),
            position=1,
            group_id=None,
            uploaded_by_job_id=None,
        )
        number = jobs.add(
            tx,
            {
                "uuid": world.ids.uuid(),
                "organization_id": on.organization_id,
                "cluster_id": on.cluster_id,
                "queue_id": on.queue_id,
                "pipeline_id": pipeline.id,
                "build_id": build.id,
                "step_id": step.id,
                "type": "script",
                "state": state.value,
                "agent_id": on.id,
                "token_digest": token_forms.digest(token),
                "created_at": to_text(tx.now),
                "scheduled_at": to_text(tx.now),
            },
        )
        job = jobs.find(tx, number)
        tx.execute("update agents set job_id = ? where id = ?", (job.id, on.id))
        return {
            "uuid": job.uuid,
            "build_uuid": build.uuid,
            "build_number": str(build.number),
            "pipeline_slug": pipeline.slug,
        }

    return WorkingJob(agent, await world.database.write(unit), token)


def _pipeline(tx: Transaction, world: World, organization: int, cluster: int | None) -> Pipeline:
    slug = f"planted-{cluster or 'unclustered'}"
    return pipelines.find_by_slug(tx, organization, slug) or pipelines.insert(
        tx,
        world.ids.uuid(),
        NewPipeline("Planted", "/repository", "steps: []"),
        organization_id=organization,
        cluster_id=cluster,
        slug=slug,
        created_by=None,
    )


def _world(server: Served) -> World:
    return server.application.worlds.current
