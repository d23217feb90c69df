"""The executable schema: the SDL of `schema/` joined with the resolvers."""

from functools import cache

from ariadne import SchemaBindable, convert_schema_names
from graphql import GraphQLSchema, build_ast_schema, parse

from mock_buildkite import resources
from mock_buildkite.graphql_api import fields
from mock_buildkite.graphql_api.resolvers import (
    access_tokens,
    agent_tokens,
    agents,
    annotations,
    artifacts,
    audit,
    build_changes,
    builds,
    cluster_agent_tokens,
    cluster_queues,
    clusters,
    command_jobs,
    job_changes,
    jobs,
    nodes,
    organizations,
    pipeline_changes,
    pipelines,
    repositories,
    viewer,
)


def bindables() -> list[SchemaBindable]:
    """Every resolver, by noun."""
    return [
        fields.date_time,
        fields.json_text,
        *nodes.bindables,
        *viewer.bindables,
        *organizations.bindables,
        *access_tokens.bindables,
        *audit.bindables,
        *agent_tokens.bindables,
        *cluster_agent_tokens.bindables,
        *clusters.bindables,
        *cluster_queues.bindables,
        *agents.bindables,
        *pipelines.bindables,
        *pipeline_changes.bindables,
        *repositories.bindables,
        *builds.bindables,
        *build_changes.bindables,
        *jobs.bindables,
        *command_jobs.bindables,
        *job_changes.bindables,
        *annotations.bindables,
        *artifacts.bindables,
    ]


@cache
def schema() -> GraphQLSchema:
    """The schema, built once in a process: it never changes.

    A resolver for a field that the SDL lacks is an error here, and no query is run. That the SDL is
    valid is left to a test: `make_executable_schema` would check it, and parse it twice, each time.
    """
    files = sorted(resources.schema_directory().glob("*.graphql"))
    document = parse("\n".join(file.read_text() for file in files), no_location=True)
    built = build_ast_schema(document, assume_valid_sdl=True)
    for bindable in bindables():
        bindable.bind_to_schema(built)
    convert_schema_names(built, None)
    return built
