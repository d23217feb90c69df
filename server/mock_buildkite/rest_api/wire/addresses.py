"""Where pipelines, builds, jobs and agents are: in the REST API, and as pages for people."""

from mock_buildkite.agents.model import Agent
from mock_buildkite.clusters.model import Cluster
from mock_buildkite.organizations.model import Organization
from mock_buildkite.pipelines.model import Pipeline
from mock_buildkite.queues.model import Queue
from mock_buildkite.rest_api.wire.links import Links


def address(links: Links, organization: Organization, pipeline: Pipeline, *more: object) -> str:
    """A pipeline, or something under it."""
    return links.organization(organization, "pipelines", pipeline.slug, *more)


def page(links: Links, organization: Organization, pipeline: Pipeline, *more: object) -> str:
    """The page about a pipeline, or about something of it."""
    return links.web(organization.slug, pipeline.slug, *more)


def page_of_agent(
    links: Links, organization: Organization, agent: Agent, place: tuple[Cluster, Queue] | None
) -> str:
    """The page about an agent: below its queue, where it has one."""
    segments: list[str] = []
    if place is not None:
        segments = ["clusters", place[0].uuid, "queues", place[1].uuid]
    return links.web("organizations", organization.slug, *segments, "agents", agent.uuid)
