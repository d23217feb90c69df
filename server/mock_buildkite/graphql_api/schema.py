"""The executable schema: the SDL of `schema/` joined with the resolvers."""

from functools import cache

from ariadne import load_schema_from_path, make_executable_schema
from graphql import GraphQLSchema

from mock_buildkite import resources
from mock_buildkite.graphql_api import fields
from mock_buildkite.graphql_api.resolvers import (
    agent_tokens,
    agents,
    cluster_agent_tokens,
    cluster_queues,
    clusters,
    nodes,
    organizations,
    viewer,
)


@cache
def schema() -> GraphQLSchema:
    """The schema, built once in a process: it never changes.

    A resolver for a field that the SDL lacks stops the server here, at its start.
    """
    return make_executable_schema(
        load_schema_from_path(str(resources.schema_directory())),
        [
            fields.date_time,
            *nodes.bindables,
            *viewer.bindables,
            *organizations.bindables,
            *agent_tokens.bindables,
            *cluster_agent_tokens.bindables,
            *clusters.bindables,
            *cluster_queues.bindables,
            *agents.bindables,
        ],
        convert_names_case=True,
    )
