"""The ping stream: an agent is told what to do the moment it is decided.

It lies at the host's root, whatever path the agent's endpoint has, and is answered over plain
HTTP/1.1 without trailers: a body that ends makes the agent come back, which is how it learns that
its session is over.
"""

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from mock_buildkite.agent_api import errors, grpc
from mock_buildkite.agents import sessions
from mock_buildkite.errors import NotFoundError, UnavailableError
from mock_buildkite.events import Subscription
from mock_buildkite.exchange import credential, plain_body, world_of
from mock_buildkite.refusals import api
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import State, World

SERVICE = "agentedge.v1.AgentEdgeService"
LARGEST_REQUEST = 64 * 1024


async def stream_pings(request: Request[State]) -> Response:
    """POST StreamPings: what to do now, and each change of it."""
    world = world_of(request)
    if not world.settings.ping_stream:
        # To the agent this says "unimplemented": from then on it polls.
        msg = "The ping stream is switched off"
        raise NotFoundError(msg)
    presented, body = (
        credential(request, world.settings),
        await plain_body(request, LARGEST_REQUEST),
    )

    def unit(tx: Transaction) -> tuple[int, str]:
        session = sessions.authenticate(tx, presented)
        sessions.open_stream(tx, session, grpc.agent_id(body), presented)
        return session.id, session.uuid

    number, uuid = await world.database.write(unit, is_brief=True)
    return PingStream(world, number, uuid)


class PingStream(Response):
    """An answer that lasts as long as the session, the world and the connection."""

    media_type = grpc.CONTENT_TYPE

    def __init__(self, world: World, number: int, uuid: str) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._world = world
        self._number = number
        self._uuid = uuid

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Send the present state, then whatever it becomes."""
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        # Subscribed before the state is read: no change can fall in between.
        with self._world.events.subscribed(self._uuid) as subscription:
            watching = asyncio.create_task(_close_when_gone(receive, subscription))
            try:
                await self._tell(subscription, send)
            except UnavailableError:
                pass  # the world has ended: so does its stream
            finally:
                watching.cancel()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _tell(self, subscription: Subscription, send: Send) -> None:
        told = None
        while not subscription.closed:
            now = await self._world.database.read(
                lambda tx: sessions.instruction(tx, self._number), is_brief=True
            )
            if now is None:
                return
            if now != told:
                told = now
                frame = grpc.frame(told)
                await send({"type": "http.response.body", "body": frame, "more_body": True})
            await subscription.wait()


async def _close_when_gone(receive: Receive, subscription: Subscription) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    subscription.close()


app = api([Route(f"/{SERVICE}/StreamPings", stream_pings, methods=["POST"])], errors.encode)
