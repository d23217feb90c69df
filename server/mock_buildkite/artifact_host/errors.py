"""How the artifacts' host spells a refusal: a status and `{"message": …}`."""

from starlette.responses import Response

from mock_buildkite.errors import BuildkiteError
from mock_buildkite.refusals import as_message


def encode(error: BuildkiteError) -> Response:
    """The answer to a refused request. The agent shows it in its log, whole."""
    return as_message(error)
