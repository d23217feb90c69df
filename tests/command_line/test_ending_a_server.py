"""Ending: within a second, with status 0 and no word, whatever is still open."""

import signal
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from tests.actors import Agent, Stream
from tests.command_line.processes import ServeProcess, acted_on, serve

SIGNALS = [signal.SIGTERM, signal.SIGINT]


@pytest.fixture
async def streams() -> AsyncIterator[AsyncExitStack]:
    """Where streams are held open."""
    async with AsyncExitStack() as stack:
        yield stack


@pytest.mark.parametrize("number", SIGNALS)
async def test_a_signal_ends_a_server_with_open_streams(
    number: int, streams: AsyncExitStack
) -> None:
    with serve() as server:
        opened = await open_streams(server, streams)

        ended = server.end(number)

        assert [await stream.next() for stream in opened] == [None] * len(opened)
    assert (ended.status, ended.stderr) == (0, "")
    assert ended.seconds < 1


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"POST /v3/register HTTP/1.1\r\nHost:",
        b"POST /v3/register HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{",
    ],
    ids=["nothing", "half a head", "half a body"],
)
def test_a_client_that_never_goes_on_does_not_hold_the_end_up(sent: bytes) -> None:
    with serve() as server, socket.create_connection(address(server)) as connection:
        connection.sendall(sent)
        # The answer to a later request says that the server has read the earlier one.
        assert "ok" in one_request(server, "/healthz")

        ended = server.end()

    assert (ended.status, ended.stderr) == (0, "")
    assert ended.seconds < 1


def test_a_client_that_hangs_up_in_the_middle_of_a_body_is_no_fault() -> None:
    with serve() as server:
        with socket.create_connection(address(server)) as connection:
            connection.sendall(
                b"POST /v3/register HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{"
            )
            one_request(server, "/healthz")
        one_request(server, "/healthz")

        ended = server.end()

    assert (ended.status, ended.stderr) == (0, "")


async def open_streams(server: ServeProcess, streams: AsyncExitStack) -> list[Stream]:
    """The streams of a few agents, each past its first frame."""
    served = await streams.enter_async_context(acted_on(server))
    opened = []
    for number in range(5):
        agent = await Agent(served).start(f"runner-{number}")
        stream = await streams.enter_async_context(agent.stream())
        assert await stream.next() == ("resume", "")
        opened.append(stream)
    return opened


def address(server: ServeProcess) -> tuple[str, int]:
    host, _, port = server.url.removeprefix("http://").rpartition(":")
    return host, int(port)


def one_request(server: ServeProcess, path: str) -> str:
    with socket.create_connection(address(server)) as connection:
        connection.sendall(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
        )
        return b"".join(iter(lambda: connection.recv(4096), b"")).decode()
