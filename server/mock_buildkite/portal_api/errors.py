"""How portals spell a refusal: a status and `{"message": …}`.

What goes wrong inside an operation is GraphQL's: `{"errors": […]}` with 200.
"""

from starlette.responses import Response

from mock_buildkite import refusals
from mock_buildkite.errors import BuildkiteError
from mock_buildkite.exchange import json_answer
from mock_buildkite.graphql_api.errors import TooHeavyError


class LimitExceededError(BuildkiteError):
    """More requests in a minute than an organization's portals take."""


_STATUSES = {**refusals.STATUSES, LimitExceededError: 429}


def encode(error: BuildkiteError) -> Response:
    """The answer to a request that was refused as a whole."""
    if isinstance(error, TooHeavyError):
        return json_answer({"errors": [{"message": error.message}]})
    status = refusals.status_of(error, _STATUSES)
    headers = {**refusals.headers_of(error), **refusals.rate_limit_headers_of(error)}
    return json_answer({"message": error.message}, status, headers)
