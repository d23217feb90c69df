"""The few fixtures that most tests share: a world of their own, served, and who acts in it."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path

import pytest

from mock_buildkite.clock import ManualClock
from mock_buildkite.settings import Settings
from tests.actors import Administrator, Agent, Visitor
from tests.overhearing import keeping_secrets
from tests.secrecy import Watch
from tests.server import Served, serve_in_process, serve_on_a_socket

MakeServer = Callable[..., AbstractAsyncContextManager[Served]]

CHECKOUT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def watch() -> Iterator[Watch]:
    """Somebody who sees to it that no value of a token comes out of any server a second time."""
    with keeping_secrets() as watch:
        yield watch


@pytest.fixture
def clock() -> ManualClock:
    """The world's time, which stands still until a test advances it."""
    return ManualClock()


@pytest.fixture
def settings() -> Settings:
    """What the server is told; a module overrides it to tell it something else."""
    return Settings()


@pytest.fixture
async def server(settings: Settings, clock: ManualClock) -> AsyncIterator[Served]:
    """A fresh server: in process, or, with MOCK_BUILDKITE_TEST_SOCKET set, on a port."""
    serve = serve_on_a_socket if os.environ.get("MOCK_BUILDKITE_TEST_SOCKET") else serve_in_process
    async with serve(settings, clock) as served:
        yield served


@pytest.fixture
async def socket_server(settings: Settings, clock: ManualClock) -> AsyncIterator[Served]:
    """A fresh server on a port, for what an in-process transport cannot do: streams."""
    async with serve_on_a_socket(settings, clock) as served:
        yield served


@pytest.fixture
async def make_server() -> AsyncIterator[Callable[..., object]]:
    """Serve with settings of the test's own, as often as it likes; ends them all."""
    async with AsyncExitStack() as stack:

        async def make(settings: Settings, clock: ManualClock | None = None) -> Served:
            serving = serve_on_a_socket(settings, clock or ManualClock())
            return await stack.enter_async_context(serving)

        yield make


@pytest.fixture
def visitor(server: Served) -> Visitor:
    """Somebody who sends any request at all."""
    return Visitor(server)


@pytest.fixture
def admin(server: Served) -> Administrator:
    """The administrator of the first organization."""
    return Administrator(server)


@pytest.fixture
def agent(server: Served) -> Agent:
    """An agent with the initial agent token, not yet registered."""
    return Agent(server)
