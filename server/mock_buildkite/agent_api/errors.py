"""How the Agent API spells a refusal: a status and `{"message": …}`."""

from starlette.responses import Response

from mock_buildkite.errors import BuildkiteError
from mock_buildkite.refusals import as_message


def encode(error: BuildkiteError) -> Response:
    """The answer to a refused request. The agent shows the message in its log."""
    return as_message(error)
