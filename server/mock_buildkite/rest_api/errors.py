"""How the REST API spells a refusal: a status and `{"message": …}`."""

from starlette.responses import Response

from mock_buildkite.errors import AuthenticationError, BuildkiteError
from mock_buildkite.refusals import as_message

AUTHENTICATION_REQUIRED = (
    "Authentication required. Please supply a valid API Access Token:"
    " https://buildkite.com/docs/apis/rest-api#authentication"
)


def encode(error: BuildkiteError) -> Response:
    """The answer to a refused request."""
    unauthenticated = isinstance(error, AuthenticationError)
    return as_message(error, AUTHENTICATION_REQUIRED if unauthenticated else None)
