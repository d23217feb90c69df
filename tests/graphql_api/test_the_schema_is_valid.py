"""What the server takes for granted of its SDL when it starts."""

from ariadne import load_schema_from_path, make_executable_schema

from mock_buildkite import resources
from mock_buildkite.graphql_api.schema import bindables


def test_the_sdl_is_valid_and_every_resolver_has_its_field() -> None:
    sdl = load_schema_from_path(str(resources.schema_directory()))

    make_executable_schema(sdl, [*bindables()], convert_names_case=True)
