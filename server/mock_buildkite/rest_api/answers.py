"""What handlers return, and how it is sent."""

from collections.abc import Callable, Mapping

import msgspec
from msgspec import Struct, field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from mock_buildkite.exchange import json_answer


class Answer(Struct, frozen=True):
    """A JSON body with headers, or with another status than its endpoint's."""

    body: object
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None


class SlowAnswer(Response):
    """A body that is made on a thread of its own: it would hold up a unit, or the event loop."""

    def __init__(
        self,
        make: Callable[[], bytes],
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str = "application/json",
    ) -> None:
        super().__init__(None, status, headers, media_type)
        self._make = make

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Make the body, and send it."""
        self.body = await run_in_threadpool(self._make)
        self.headers["Content-Length"] = str(len(self.body))
        await super().__call__(scope, receive, send)


def json_body(value: object) -> bytes:
    """The body of a JSON answer."""
    return msgspec.json.encode(value)


def encode(returned: object, status: int) -> Response:
    """The response for what a handler returned: None is 204, what is no `Answer` is the body."""
    if isinstance(returned, Response):
        return returned
    if returned is None:
        return Response(status_code=204)
    answer = returned if isinstance(returned, Answer) else Answer(returned)
    return json_answer(answer.body, answer.status or status, answer.headers)
