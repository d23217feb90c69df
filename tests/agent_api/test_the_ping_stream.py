"""The ping stream: what an agent is told, the moment it is decided."""

import struct
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from time import perf_counter

import httpx
import pytest

from mock_buildkite.clock import ManualClock
from mock_buildkite.settings import Settings
from tests.actors import STREAM_PATH, Administrator, Agent, Refused
from tests.server import Served, serve_on_a_socket

UNKNOWN_FIELDS = b"\x10\x05\x1a\x02hi\x25\0\0\0\0\x29\0\0\0\0\0\0\0\0"
"""A number, a text, and numbers of four and eight bytes, in fields 2 to 5."""


@pytest.fixture
def admin(socket_server: Served) -> Administrator:
    return Administrator(socket_server)


@pytest.fixture
async def agent(socket_server: Served) -> Agent:
    return await Agent(socket_server).start()


def framed(message: bytes, compressed: int = 0) -> bytes:
    """A message in its length-prefixed frame."""
    return struct.pack(">BI", compressed, len(message)) + message


async def opened_with(agent: Agent, body: bytes) -> int:
    """The status of opening the stream with that body."""
    async with agent.server.http.stream(
        "POST",
        STREAM_PATH,
        content=body,
        headers={"Authorization": f"Token {agent.session_token}"},
    ) as response:
        return response.status_code


async def refusal(agent: Agent, uuid: str | None = None) -> httpx.Response:
    """The answer to an agent that may not open the stream."""
    with pytest.raises(Refused) as refused:
        async with agent.stream(uuid):
            pass
    return refused.value.response


async def test_it_is_answered_as_grpc_over_plain_http(agent: Agent) -> None:
    async with agent.stream() as stream:
        assert stream.response.http_version == "HTTP/1.1"
        assert stream.response.headers["content-type"] == "application/grpc"
        assert "content-length" not in stream.response.headers


async def test_its_first_frame_is_the_agents_present_state(
    admin: Administrator, agent: Agent
) -> None:
    async with agent.stream() as stream:
        assert await stream.next() == ("resume", "")
    await agent.pause(note="disk")
    async with agent.stream() as stream:
        action, reason = await stream.next() or ("", "")
        assert action == "pause"
        assert "disk" in reason
    await admin.mutate("agentStop", "agent { id }", id=await admin.agent_id(agent))
    async with agent.stream() as stream:
        assert await stream.next() == ("disconnect", "Stopped by Sandbox Admin")


async def test_a_pause_reaches_the_agent_by_stream(admin: Administrator, agent: Agent) -> None:
    async with agent.stream() as stream:
        assert await stream.next() == ("resume", "")
        await admin.mutate(
            "agentPause", "agent { paused }", id=await admin.agent_id(agent), note="disk"
        )
        action, reason = await stream.next() or ("", "")

    assert action == "pause"
    assert "Sandbox Admin: disk" in reason


async def test_a_pause_that_is_changed_is_told_again(agent: Agent) -> None:
    async with agent.stream() as stream:
        await stream.next()
        await agent.pause(note="first")
        _, first = await stream.next() or ("", "")
        await agent.pause(note="second")
        _, second = await stream.next() or ("", "")

    assert "first" in first
    assert "second" in second


async def test_a_resume_reaches_the_agent_by_stream(admin: Administrator, agent: Agent) -> None:
    await agent.pause()

    async with agent.stream() as stream:
        await stream.next()
        await admin.mutate("agentResume", "agent { id }", id=await admin.agent_id(agent))

        assert await stream.next() == ("resume", "")


async def test_the_end_of_a_pause_reaches_the_agent_by_stream(
    admin: Administrator, agent: Agent
) -> None:
    await agent.pause(timeout_in_minutes=2)

    async with agent.stream() as stream:
        await stream.next()
        await admin.advance(120)

        assert await stream.next() == ("resume", "")


@pytest.mark.parametrize("graceful", [True, False])
async def test_a_stop_reaches_the_agent_by_stream(
    admin: Administrator, agent: Agent, graceful: bool
) -> None:
    agent_id = await admin.agent_id(agent)

    async with agent.stream() as stream:
        await stream.next()
        await admin.mutate("agentStop", "agent { id }", id=agent_id, graceful=graceful)

        assert await stream.next() == ("disconnect", "Stopped by Sandbox Admin")


async def test_what_it_asks_for_itself_reaches_the_agent_by_stream(agent: Agent) -> None:
    async with agent.stream() as stream:
        actions = [await stream.next()]
        for ask in (agent.pause, agent.resume, agent.stop):
            await ask()
            actions.append(await stream.next())

    assert [action for action, _ in filter(None, actions)] == [
        "resume",
        "pause",
        "resume",
        "disconnect",
    ]


async def test_nothing_is_told_twice_or_to_others(
    socket_server: Served, admin: Administrator, agent: Agent
) -> None:
    other = await Agent(socket_server).start("other")

    async with agent.stream() as stream, other.stream() as others:
        await stream.next()
        await others.next()
        await agent.heartbeat()
        await agent.connect()
        await agent.pause()
        await admin.control("reset")

        assert (await stream.next() or ("", ""))[0] == "pause"
        assert await stream.next() is None
        assert await others.next() is None


async def test_every_stream_of_an_agent_is_told(agent: Agent) -> None:
    async with agent.stream() as one, agent.stream() as another:
        for stream in (one, another):
            await stream.next()
        await agent.stop()

        for stream in (one, another):
            assert (await stream.next() or ("", ""))[0] == "disconnect"


async def test_an_agent_that_hung_up_can_open_it_again(agent: Agent) -> None:
    for _ in range(20):
        async with agent.stream() as stream:
            assert await stream.next() == ("resume", "")

    await agent.pause()
    async with agent.stream() as stream:
        assert (await stream.next() or ("", ""))[0] == "pause"


async def test_it_ends_when_the_agent_disconnects(agent: Agent) -> None:
    async with agent.stream() as stream:
        await stream.next()
        await agent.disconnect()

        assert await stream.next() is None


async def test_it_ends_when_the_server_ends_the_session(admin: Administrator, agent: Agent) -> None:
    async with agent.stream() as stream:
        await stream.next()
        await admin.advance(180, silent=True)
        await admin.advance(3600, silent=True)

        assert await stream.next() is None


async def test_it_ends_at_a_reset(admin: Administrator, agent: Agent) -> None:
    async with agent.stream() as stream:
        await stream.next()
        await admin.control("reset")

        assert await stream.next() is None
    assert (await refusal(agent)).status_code == 401


async def test_the_end_of_its_agent_token_does_not_end_it(
    socket_server: Served, admin: Administrator
) -> None:
    token = await admin.create_agent_token()
    agent = await Agent(socket_server, token["value"]).start()

    async with agent.stream() as stream:
        await stream.next()
        await admin.revoke_agent_token(token["id"])
        await agent.pause()

        assert (await stream.next() or ("", ""))[0] == "pause"


async def test_fifty_streams_end_within_a_second_of_the_servers_stop() -> None:
    async with AsyncExitStack() as still_open:
        async with serve_on_a_socket(Settings(), ManualClock()) as served:
            # A client of their own, which outlives the server.
            http = await still_open.enter_async_context(httpx.AsyncClient(base_url=served.url))
            onlooker = replace(served, http=http)
            agents = [await Agent(onlooker).start(f"runner-{i}") for i in range(50)]
            streams = [await still_open.enter_async_context(agent.stream()) for agent in agents]
            assert [await stream.next() for stream in streams] == [("resume", "")] * 50
            stopped_at = perf_counter()
        ends = [await stream.next() for stream in streams]
        took_seconds = perf_counter() - stopped_at

    assert ends == [None] * 50
    assert took_seconds < 1


async def test_another_agents_id_is_unauthorized(socket_server: Served, agent: Agent) -> None:
    other = await Agent(socket_server).start("other")

    for uuid in (other.uuid, "00000000-0000-4000-8000-000000000000"):
        answer = await refusal(agent, uuid)

        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/json"
        assert answer.json() == {"message": "Invalid access token"}


async def test_a_session_that_is_over_is_unauthorized(agent: Agent) -> None:
    await agent.disconnect()

    answer = await refusal(agent)

    assert answer.status_code == 401
    assert answer.json() == {"message": "Invalid access token"}


async def test_switched_off_it_is_not_there_and_the_agent_polls(
    make_server: Callable[[Settings], Awaitable[Served]],
) -> None:
    served = await make_server(Settings(ping_stream=False))
    agent = await Agent(served).start()

    answer = await refusal(agent)

    assert answer.status_code == 404
    assert answer.json()["message"]
    await agent.pause()
    assert (await agent.ping())["action"] == "pause"


async def test_it_lies_at_the_hosts_root_only(agent: Agent) -> None:
    headers = {"Authorization": f"Token {agent.session_token}"}

    for path in (f"/v3{STREAM_PATH}", f"{STREAM_PATH}/", STREAM_PATH.removesuffix("s")):
        answer = await agent.server.http.post(
            path, content=framed(b"\x0a\x24" + agent.uuid.encode()), headers=headers
        )

        assert answer.status_code == 404, path


@pytest.mark.parametrize(
    "body",
    [
        lambda _: b"",
        lambda _: b"\0\0\0\0",
        lambda uuid: uuid,
        lambda uuid: b'{"agent_id": "%s"}' % uuid,
        lambda uuid: b"\2" + framed(b"\x0a\x24" + uuid)[1:],
        lambda uuid: framed(b"\x0a\x24" + uuid)[:-1],
        lambda uuid: framed(b"\x0a\x24" + uuid) + b"\0",
        lambda uuid: framed(b"\x0a\x24" + uuid) * 2,
        lambda uuid: framed(b"\x0a\x25" + uuid),
        lambda uuid: framed(b"\x0b\x24" + uuid),
        lambda uuid: framed(b"\x0a" + b"\xff" * 10 + b"\x01" + uuid),
        lambda uuid: framed(b"\x0a\x24" + uuid + b"\x0a"),
        lambda uuid: framed(b"\x0a\x24" + uuid + b"\x10"),
        lambda uuid: framed(b"\x0a\x26\xff\xfe" + uuid),
    ],
    ids=[
        "nothing",
        "less than a frame's header",
        "no frame",
        "JSON",
        "unknown flag",
        "too short",
        "too long",
        "two messages",
        "a text longer than the message",
        "unknown wire type",
        "an endless number",
        "a field without its length",
        "a field without its number",
        "not UTF-8",
    ],
)
async def test_a_body_that_is_no_such_message_is_malformed(
    agent: Agent, body: Callable[[bytes], bytes]
) -> None:
    assert await opened_with(agent, framed(b"\x0a\x24" + agent.uuid.encode())) == 200

    assert await opened_with(agent, body(agent.uuid.encode())) == 400


async def test_a_compressed_message_is_not_read(agent: Agent) -> None:
    body = framed(b"\x0a\x24" + agent.uuid.encode(), compressed=1)

    assert await opened_with(agent, body) == 415


async def test_fields_it_does_not_know_are_passed_over(agent: Agent) -> None:
    field = b"\x0a\x24" + agent.uuid.encode()

    for message in (UNKNOWN_FIELDS + field, field + UNKNOWN_FIELDS, b"\x0a\x01x" + field):
        assert await opened_with(agent, framed(message)) == 200


async def test_a_message_without_an_id_is_unauthorized(agent: Agent) -> None:
    assert await opened_with(agent, framed(b"")) == 401
