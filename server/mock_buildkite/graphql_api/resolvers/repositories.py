"""Repositories, and what the services that host them are to do."""

from ariadne import InterfaceType, SchemaBindable, convert_camel_case_to_snake
from graphql import (
    GraphQLBoolean,
    GraphQLFieldResolver,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
)

from mock_buildkite.graphql_api.context import Info, Payload
from mock_buildkite.graphql_api.fields import node_type
from mock_buildkite.pipelines import providers
from mock_buildkite.pipelines.model import Pipeline

pipeline = node_type("Pipeline")
provider = InterfaceType("RepositoryProvider")

_TYPES = {
    "bitbucket": "RepositoryProviderBitbucket",
    "github": "RepositoryProviderGithub",
    "gitlab": "RepositoryProviderGitlab",
}
_SETTINGS = "RepositoryProviderSettings"
_MODE_SETTINGS = ("issue_comment_match_mode", "review_comment_match_mode")
_MATCH_MODES = {"contains": "CONTAINS", "exact": "EXACT"}
"""In REST's words and in GraphQL's; Terraform writes "" for what it was not told."""


@pipeline.field("repository")
def resolve_repository(source: Pipeline, _info: Info) -> Payload:
    """Where its code is. No source control service is connected to anything here."""
    settings = providers.settings_of(source)
    modes = {name: _MATCH_MODES.get(settings.get(name) or "") for name in _MODE_SETTINGS}
    return {
        "url": source.repository,
        "provider": {
            "name": source.provider,  # Unverified: its words for each service
            "url": None,
            "webhook_url": None,
            "settings": {**settings, **modes},
        },
    }


@provider.type_resolver
def type_of_provider(value: Payload, _info: Info, _type: object) -> str:
    """The GraphQL type of what hosts a repository."""
    return _TYPES.get(value["name"], "RepositoryProviderUnknown")


class _Flags(SchemaBindable):
    """What can be on or off in the settings of any provider: off, unless it was chosen."""

    def bind_to_schema(self, schema: GraphQLSchema) -> None:
        settings = schema.type_map[_SETTINGS]
        for kind in schema.type_map.values():
            if isinstance(kind, GraphQLObjectType) and settings in kind.interfaces:
                for name, field in kind.fields.items():
                    is_flag = isinstance(field.type, GraphQLNonNull)
                    if is_flag and field.type.of_type is GraphQLBoolean:
                        field.resolve = _is_on(name)


def _is_on(field: str) -> GraphQLFieldResolver:
    name = convert_camel_case_to_snake(field)
    return lambda source, _info: bool(source.get(name))


bindables: list[SchemaBindable] = [pipeline, provider, _Flags()]
