"""How the controls spell a refusal: a status and `{"message": …}`."""

from starlette.responses import Response

from mock_buildkite.errors import BuildkiteError
from mock_buildkite.refusals import as_message


def encode(error: BuildkiteError) -> Response:
    """The answer to a refused request, for the author of a test to read."""
    return as_message(error)
