"""What handlers return, and how it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.responses import Response

from mock_buildkite.exchange import json_answer


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON body with headers, or with another status than its endpoint's."""

    body: object
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None


def encode(returned: object, status: int) -> Response:
    """The response for what a handler returned: None is 204, what is no `Answer` is the body."""
    if isinstance(returned, Response):
        return returned
    if returned is None:
        return Response(status_code=204)
    answer = returned if isinstance(returned, Answer) else Answer(returned)
    return json_answer(answer.body, answer.status or status, answer.headers)
