"""The pages for people that answers lead to."""

from mock_buildkite.builds.model import Build
from mock_buildkite.graphql_api.context import Info
from mock_buildkite.organizations import service as organizations
from mock_buildkite.pipelines import service as pipelines
from mock_buildkite.pipelines.model import Pipeline


def of_pipeline(info: Info, pipeline: Pipeline) -> str:
    """The page about a pipeline."""
    organization = organizations.find(info.context.tx, pipeline.organization_id)
    return f"{info.context.base_url}/{organization.slug}/{pipeline.slug}"


def of_build(info: Info, build: Build) -> str:
    """The page about a build."""
    pipeline = pipelines.find(info.context.tx, build.pipeline_id)
    return f"{of_pipeline(info, pipeline)}/builds/{build.number}"
