"""How registries spell a refusal: a status and `{"message": …}`, which twine and pip show."""

from starlette.responses import Response

from mock_buildkite import refusals
from mock_buildkite.errors import AuthenticationError, BuildkiteError, ConflictError
from mock_buildkite.exchange import json_answer

# twine's `--skip-existing` reads a 409 as a file that is there already.
_STATUSES = {**refusals.STATUSES, ConflictError: 409}
_CHALLENGE = {"WWW-Authenticate": 'Basic realm="packages", charset="UTF-8"'}


def encode(error: BuildkiteError) -> Response:
    """The answer to a refused request; pip asks for a password only when it is challenged."""
    headers = refusals.headers_of(error)
    if isinstance(error, AuthenticationError):
        headers |= _CHALLENGE
    return json_answer({"message": error.message}, refusals.status_of(error, _STATUSES), headers)
