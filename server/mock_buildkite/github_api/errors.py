"""How the door spells a refusal: a status and `{"message": …}`."""

from starlette.responses import Response

from mock_buildkite.errors import AuthenticationError, BuildkiteError
from mock_buildkite.refusals import as_message

UNSIGNED = "Not signed by GitHub"
"""The same for a signature that is missing, unknown or wrong."""


def encode(error: BuildkiteError) -> Response:
    """The answer to a report that is not read."""
    return as_message(error, UNSIGNED if isinstance(error, AuthenticationError) else None)
