"""How the REST API spells a refusal: a status and `{"message": …}`.

A body that breaks a rule of one noun or another is told so in one of two forms: `Validation
failed:` and the reason, or, of pipelines and builds, `Validation Failed` and a list of fields.
"""

from starlette.responses import Response

from mock_buildkite import refusals
from mock_buildkite.errors import (
    AuthenticationError,
    BuildkiteError,
    ConflictError,
    InvalidFieldsError,
    InvalidInputError,
)
from mock_buildkite.exchange import json_answer

AUTHENTICATION_REQUIRED = (
    "Authentication required. Please supply a valid API Access Token:"
    " https://buildkite.com/docs/apis/rest-api#authentication"
)


def encode(error: BuildkiteError) -> Response:
    """The answer to a refused request."""
    match error:
        case AuthenticationError():
            return refusals.as_message(error, AUTHENTICATION_REQUIRED)
        case InvalidFieldsError():
            problems = [{"field": field, "code": code} for field, code in error.problems]
            return json_answer({"message": "Validation Failed", "errors": problems}, 422)
        case InvalidInputError() | ConflictError():
            return refusals.as_message(error, f"Validation failed: {error.message}")
    response = refusals.as_message(error)
    response.headers.update(refusals.rate_limit_headers_of(error))
    return response
