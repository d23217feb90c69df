"""Whatever is sent to the Agent API: it is refused in JSON, and nothing of it stays."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.actors import STREAM_PATH, Agent
from tests.server import Served

WITH_AGENT_TOKEN = [
    ("POST", "/v3/register"),
    ("GET", "/v3/token"),
    ("GET", "/v3/metrics"),
    ("GET", "/v3/metrics/queue?name=default"),
]
WITH_SESSION_TOKEN = [
    ("POST", "/v3/connect"),
    ("POST", "/v3/disconnect"),
    ("GET", "/v3/ping"),
    ("POST", "/v3/heartbeat"),
    ("POST", "/v3/stop"),
    ("POST", "/v3/pause"),
    ("POST", "/v3/resume"),
    ("POST", STREAM_PATH),
]
CALLS = WITH_AGENT_TOKEN + WITH_SESSION_TOKEN
POSTED = [path for method, path in CALLS if method == "POST"]
READ_AS_JSON = ["/v3/register", "/v3/heartbeat", "/v3/stop", "/v3/pause"]

MEBIBYTE = 1024 * 1024


@pytest.fixture
async def connected(server: Served) -> Agent:
    return await Agent(server).start()


def token_for(agent: Agent, path: str) -> str:
    """The token that a call is made with."""
    paths = {known for _, known in WITH_AGENT_TOKEN}
    return agent.agent_token if path in paths else agent.session_token


def authorized(agent: Agent, path: str) -> dict[str, str]:
    return {"Authorization": f"Token {token_for(agent, path)}"}


async def refusal(agent: Agent, method: str, path: str, **request: Any) -> httpx.Response:
    """The answer to a bad request, once it is sure that it is JSON and changed nothing."""
    http = agent.server.http
    before = (await http.get("/_mock/agents")).json()

    answer = await http.request(method, path, **request)

    assert answer.is_client_error, answer.text
    assert answer.headers["content-type"] == "application/json"
    if method != "HEAD":
        assert list(answer.json()) == ["message"]
        assert answer.json()["message"]
    assert (await http.get("/_mock/agents")).json() == before
    assert await agent.ping() == {}
    return answer


async def refusal_of_body(agent: Agent, path: str, body: bytes) -> httpx.Response:
    return await refusal(agent, "POST", path, content=body, headers=authorized(agent, path))


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Token",
        "{token}",
        "Token token={token}",
        "Token  {token}",
        "Token {token} {token}",
        "Token {token},",
        "Token\t{token}",
        "Bearer {token}",
        "Basic {token}",
        "Tokens {token}",
        "Token {token}x",
        'Token "{token}"',
        "Token \N{LATIN SMALL LETTER E WITH ACUTE}",
    ],
)
async def test_other_authorization_than_a_token_is_unauthorized(
    connected: Agent, authorization: str | None
) -> None:
    for method, path in CALLS:
        value = "" if authorization is None else authorization
        value = value.format(token=token_for(connected, path))
        headers = [] if authorization is None else [(b"Authorization", value.encode("latin-1"))]

        answer = await refusal(connected, method, path, headers=headers)

        assert answer.status_code == 401, path


@pytest.mark.parametrize(("method", "path"), CALLS)
async def test_two_authorizations_are_none(connected: Agent, method: str, path: str) -> None:
    good = ("Authorization", f"Token {token_for(connected, path)}")

    same = await refusal(connected, method, path, headers=[good, good])
    other_first = await refusal(
        connected, method, path, headers=[("Authorization", "Token other"), good]
    )

    assert (same.status_code, other_first.status_code) == (401, 401)


@pytest.mark.parametrize("path", POSTED)
async def test_a_bad_token_wins_over_a_bad_body(connected: Agent, path: str) -> None:
    headers = {"Authorization": "Token other"}

    answer = await refusal(connected, "POST", path, content=b"[", headers=headers)

    assert answer.status_code == 401


@pytest.mark.parametrize(("method", "path"), CALLS)
async def test_headers_over_32_kibibytes_are_too_large(
    connected: Agent, method: str, path: str
) -> None:
    one = {**authorized(connected, path), "X-Long": "x" * MEBIBYTE}
    many = {**authorized(connected, path), **{f"X-{i}": "x" * 100 for i in range(400)}}

    answers = [await refusal(connected, method, path, headers=headers) for headers in (one, many)]

    assert [answer.status_code for answer in answers] == [431, 431]


@pytest.mark.parametrize("path", POSTED)
async def test_a_compressed_body_is_not_read(connected: Agent, path: str) -> None:
    headers = {**authorized(connected, path), "Content-Encoding": "gzip"}

    answer = await refusal(connected, "POST", path, content=gzip.compress(b"{}"), headers=headers)

    assert answer.status_code == 415
    assert "gzip" in answer.json()["message"]


async def in_chunks(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), MEBIBYTE):
        yield body[start : start + MEBIBYTE]


@pytest.mark.parametrize("path", POSTED)
@pytest.mark.parametrize("chunked", [False, True], ids=["with its length", "chunked"])
async def test_a_body_of_10_mebibytes_is_too_large(
    connected: Agent, path: str, chunked: bool
) -> None:
    body = b'{"name": "' + b"x" * (10 * MEBIBYTE) + b'"}'
    content = in_chunks(body) if chunked else body

    answer = await refusal(
        connected, "POST", path, content=content, headers=authorized(connected, path)
    )

    assert answer.status_code == 413


async def test_a_body_of_a_mebibyte_is_not_too_large(connected: Agent) -> None:
    body = json.dumps({"unknown": ""}).encode()
    body = body[:-2] + b"x" * (MEBIBYTE - len(body)) + body[-2:]

    at_the_limit = await connected.server.http.post(
        "/v3/heartbeat", content=body, headers=authorized(connected, "/v3/heartbeat")
    )
    over_it = await refusal_of_body(connected, "/v3/heartbeat", body + b" ")

    assert len(body) == MEBIBYTE
    assert (at_the_limit.status_code, over_it.status_code) == (200, 413)


@pytest.mark.parametrize(
    "body",
    [
        b" ",
        b"name=runner",
        b"{",
        b"{'name': 'runner'}",
        b'{"name": "runner",}',
        b'{"name": "runner"} {}',
        b'{"pid": NaN}',
        b'{"pid": -Infinity}',
        b'{"name": "\xff\xfe"}',
        b'{"name": "\xed\xa0\x80"}',
        b'{"name": "\\ud800"}',
        b'{"note": "\\udfff\\ud800"}',
        b'{"name": "line\nbreak"}',
        b'{"unknown": 01}',
        b"\xef\xbb\xbf{}",
        b"{}\x00",
        b'{"unknown": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"null",
        b"true",
        b"42",
        b'"runner"',
        b"[]",
        b'[{"name": "runner"}]',
    ],
    ids=lambda body: repr(body[:24]),
)
async def test_a_body_that_is_no_json_object_is_bad(connected: Agent, body: bytes) -> None:
    for path in READ_AS_JSON:
        answer = await refusal_of_body(connected, path, body)

        assert answer.status_code == 400, path


WRONG = {
    "text": [1, True, ["a"], {"a": 1}, None],
    "list": ["a", {"a": "b"}, 1, [1], [None], [["a"]]],
    "number": ["1", 1.5, True, [1], {}, 10**30, -(10**5000)],
    "truth": ["true", 1, 0, "", [], {}],
}
TYPES = {
    "text": ["name", "hostname", "os", "arch", "version", "build", "machine_id"],
    "list": ["meta_data", "features"],
    "number": ["pid"],
    "truth": ["script_eval_enabled", "ignore_in_dispatches"],
}


def spelled(value: object) -> bytes:
    """A value in JSON, also numbers of more digits than Python prints at once."""
    if type(value) is int and abs(value) >= 10**4000:
        return b"-1" + b"0" * 5000
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    ("path", "field", "value"),
    [
        *(
            ("/v3/register", field, value)
            for kind, fields in TYPES.items()
            for field in fields
            for value in WRONG[kind]
        ),
        *(("/v3/register", "priority", value) for value in [1.5, True, [1], {}, "many", "1.5"]),
        *(("/v3/register", "priority", value) for value in [10**30, "9" * 5000, -(10**5000)]),
        *(("/v3/heartbeat", "sent_at", value) for value in [1, True, [], {}]),
        *(("/v3/stop", "force", value) for value in WRONG["truth"]),
        *(("/v3/pause", "note", value) for value in [1, True, [], {}]),
        *(("/v3/pause", "timeout_in_minutes", value) for value in WRONG["number"]),
        ("/v3/pause", "timeout_in_minutes", -1),
        ("/v3/pause", "timeout_in_minutes", 2**31),
    ],
    ids=lambda value: repr(value)[:24] if not isinstance(value, int) else f"number{value % 97}",
)
async def test_a_value_of_the_wrong_type_or_size_is_invalid(
    connected: Agent, path: str, field: str, value: object
) -> None:
    answer = await refusal_of_body(
        connected, path, b'{"%s": %s}' % (field.encode(), spelled(value))
    )

    assert answer.status_code == 422
    message = answer.json()["message"].lower()
    assert field in message or field.replace("_", " ") in message


@pytest.mark.parametrize(
    "said",
    [
        {"name": "x" * 256},
        {"name": "x" * 10_000},
        {"name": "%hostname", "hostname": "x" * 256},
        {"name": "%hostname%hostname", "hostname": "x" * 200},
        {"hostname": "x" * 250},
        {"meta_data": [f"n={i}" for i in range(501)]},
        {"meta_data": [f"n={i}" for i in range(1000)]},
        {"meta_data": ["x" * 1025]},
        {"meta_data": ["\N{SNOWMAN}" * 342]},
        *({"name": f"a{control}b"} for control in "\0\t\n\r\x1b\x7f\x85"),
        *({"hostname": f"a{control}b"} for control in "\0\n\x7f"),
        *({"meta_data": [f"a={control}b"]} for control in "\0\n\x7f"),
        *({field: "a\0b"} for field in ["os", "arch", "version", "build", "machine_id"]),
        {"features": ["a\0b"]},
    ],
    ids=lambda said: json.dumps(said)[:40],
)
async def test_a_registration_over_a_limit_is_invalid(
    connected: Agent, said: dict[str, Any]
) -> None:
    answer = await refusal_of_body(connected, "/v3/register", json.dumps(said).encode())

    assert answer.status_code == 422


@pytest.mark.parametrize("note", ["a\0b", "x" * 10_001], ids=["NUL", "too long"])
async def test_a_note_over_a_limit_is_invalid(connected: Agent, note: str) -> None:
    answer = await refusal_of_body(connected, "/v3/pause", json.dumps({"note": note}).encode())

    assert answer.status_code == 422


@pytest.mark.parametrize(
    "said",
    [
        {"name": "x" * 255},
        {"meta_data": [f"n={i}" for i in range(499)] + ["queue=default"]},
        {"meta_data": ["x" * 1024]},
        {"os": "Debian GNU/Linux\n12\n\tbookworm"},
        {"priority": "-3"},
        {"priority": 7},
        {"priority": None, "meta_data": None, "features": None},
        {"name": "\N{SNOWMAN} \N{ROCKET}"},
        {"pid": 2**31},
    ],
    ids=lambda said: json.dumps(said)[:40],
)
async def test_a_registration_within_the_limits_is_accepted(
    connected: Agent, said: dict[str, Any]
) -> None:
    registered = await connected.call("POST", "register", said, connected.agent_token)

    assert registered["id"] in await listed(connected)
    assert registered["name"] == said.get("name", registered["name"])


@pytest.mark.parametrize("path", ["register", "heartbeat", "stop", "pause"])
@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b'{"unknown": {"deep": [1, null, 1e3]}, "": 0}', b'{"unknown": 1, "unknown": 2}'],
)
async def test_missing_and_unknown_fields_are_accepted(
    connected: Agent, path: str, body: bytes
) -> None:
    answer = await connected.server.http.post(
        f"/v3/{path}", content=body, headers=authorized(connected, f"/v3/{path}")
    )

    assert answer.status_code == 200


async def test_an_empty_name_becomes_one_of_the_hostname(connected: Agent) -> None:
    said = {"name": "", "hostname": "box"}

    registered = await connected.call("POST", "register", said, connected.agent_token)

    assert registered["name"].startswith("box-")


async def test_of_a_field_given_twice_the_last_counts(connected: Agent) -> None:
    answer = await connected.server.http.post(
        "/v3/register",
        content=b'{"name": "first", "name": "second"}',
        headers=authorized(connected, "/v3/register"),
    )

    assert answer.json()["name"] == "second"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\0",
        b"\0\0\0\0\x05\x0a",
        b"\0\0\0\0\x02\x0a\x24",
        b"\0\0\0\0\x02\x0a\x80",
        b"\0\0\0\0\x03\x0a\x01\xff",
        b"\0\0\0\0\x01\x0f",
        b"\0\0\0\0\x0c" + b"\xff" * 12,
        b"\0\xff\xff\xff\xff\x0a",
        b"{}",
    ],
)
async def test_a_stream_request_that_is_no_message_is_bad(connected: Agent, body: bytes) -> None:
    answer = await refusal_of_body(connected, STREAM_PATH, body)

    assert answer.status_code == 400


async def test_a_compressed_stream_message_is_not_read(connected: Agent) -> None:
    answer = await refusal_of_body(connected, STREAM_PATH, b"\x01\0\0\0\0")

    assert answer.status_code == 415


@pytest.mark.parametrize("message", [b"", b"\x0a\x00", b"\x0a\x01a", b"\x12\x01a"])
async def test_a_stream_for_no_agent_is_unauthorized(connected: Agent, message: bytes) -> None:
    body = b"\0" + len(message).to_bytes(4, "big") + message

    answer = await refusal_of_body(connected, STREAM_PATH, body)

    assert answer.status_code == 401


@pytest.mark.parametrize(("method", "path"), CALLS)
async def test_other_methods_are_not_allowed(connected: Agent, method: str, path: str) -> None:
    others = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"}
    others -= {"GET", "HEAD"} if method == "GET" else {method}

    for other in sorted(others):
        answer = await refusal(connected, other, path, headers=authorized(connected, path))

        assert answer.status_code == 405
        assert method in answer.headers["allow"].split(", ")


async def test_a_queue_must_be_named_to_be_counted(connected: Agent) -> None:
    for query in ("", "?name=", "?Name=default", "?name"):
        path = f"/v3/metrics/queue{query}"
        headers = {"Authorization": f"Token {connected.agent_token}"}

        answer = await refusal(connected, "GET", path, headers=headers)

        assert answer.status_code == 422


async def test_a_queue_that_is_not_there_is_refused_by_name(connected: Agent) -> None:
    said = json.dumps({"meta_data": ["queue=nowhere"]}).encode()

    answer = await refusal_of_body(connected, "/v3/register", said)

    assert answer.status_code == 422
    assert "nowhere" in answer.json()["message"]


async def listed(agent: Agent) -> list[str]:
    agents = (await agent.server.http.get("/_mock/agents")).json()
    return [each["uuid"] for each in agents]


class Wire:
    """A connection on which anything at all can be sent."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.host = httpx.URL(agent.server.url)

    async def send(self, request: bytes) -> tuple[int, bytes]:
        """The status and body of the answer."""
        reader, writer = await asyncio.open_connection(self.host.host, self.host.port)
        try:
            writer.write(request)
            async with asyncio.timeout(5):
                head = await reader.readuntil(b"\r\n\r\n")
                status = int(head.split(b" ", 2)[1])
                length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
                body = await reader.readexactly(int(length)) if length else await reader.read()
        finally:
            writer.close()
            await writer.wait_closed()
        return status, body

    def request(self, line: str, *headers: str, body: bytes = b"") -> bytes:
        """A request with the session token."""
        lines = [f"{line} HTTP/1.1", f"Host: {self.host.netloc.decode()}", *headers]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


@pytest.fixture
async def wire(socket_server: Served) -> Wire:
    return Wire(await Agent(socket_server).start())


@pytest.mark.parametrize(
    "path",
    [
        "/v3",
        "/v3/",
        "/V3/ping",
        "/v3/Ping",
        "/v3/ping/",
        "/v3/ping//",
        "//v3/ping",
        "/v3//ping",
        "/v3/./ping",
        "/v3/../v3/ping",
        "/v3/%2e%2e/v3/ping",
        "/v3/%2E/ping",
        "/v3%2Fping",
        "/v3%2fping",
        "/v3/metrics%2Fqueue?name=default",
        "/v3/ping%2F",
        "/v3/ping%00",
        "/v3/ping%0a",
        "/v3/ping;a=1",
        "/v3/ping%",
        "/v3/ping%zz",
        "/v3/ping%3Fa=1",
        "/v3/ping.json",
        "/v3/pingping",
        "/v3/unknown",
        "/v3/" + "x" * 8000,
        "/ping",
        STREAM_PATH + "/",
        "/agentedge.v1.AgentEdgeService/",
        "/agentedge.v1.AgentEdgeService/Other",
        "/v3" + STREAM_PATH,
    ],
    ids=lambda path: path[:40],
)
async def test_an_unknown_path_is_not_found(wire: Wire, path: str) -> None:
    authorization = f"Authorization: Token {wire.agent.session_token}"

    got, gotten = await wire.send(wire.request(f"GET {path}", authorization))
    posted, answer = await wire.send(
        wire.request(f"POST {path}", authorization, "Content-Length: 0")
    )

    assert (got, posted) == (404, 404)
    assert json.loads(gotten) == json.loads(answer) == {"message": "Not found"}


async def test_what_follows_a_question_mark_is_no_path(wire: Wire) -> None:
    authorization = f"Authorization: Token {wire.agent.session_token}"

    status, _ = await wire.send(wire.request("GET /v3/ping?a=%2F..%00#b", authorization))

    assert status == 200


@pytest.mark.parametrize(
    "lines",
    [
        ["Authorization: Token {token}", "Authorization: Token {token}"],
        ["authorization: Token {token}", "AUTHORIZATION: Token other"],
        ["Authorization: Token {token}, Token {token}"],
        ["Authorization: Token", "  {token}x"],
        ["Authorization: Token "],
        ["Proxy-Authorization: Token {token}"],
        ["X-Authorization: Token {token}"],
        ["Authorization: Token \xff\xfe"],
    ],
)
async def test_strange_authorizations_are_unauthorized(wire: Wire, lines: list[str]) -> None:
    headers = [line.format(token=wire.agent.session_token) for line in lines]

    status, body = await wire.send(wire.request("GET /v3/ping", *headers))

    assert status in {400, 401}  # the parser refuses folded lines by itself, in plain words
    assert status == 400 or json.loads(body) == {"message": "Invalid access token"}


async def test_a_header_of_a_mebibyte_is_too_large_on_the_wire(wire: Wire) -> None:
    status, body = await wire.send(wire.request("GET /v3/ping", f"X-Long: {'x' * MEBIBYTE}"))

    assert status == 431
    assert "32768" in json.loads(body)["message"]


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (["Content-Length: 100"], b'{"name": "half"'),
        (["Transfer-Encoding: chunked"], b'f\r\n{"name": "half"'),
        (["Transfer-Encoding: chunked"], b'f\r\n{"name": "half"\r\n'),
    ],
    ids=["shorter than its length", "half a chunk", "no last chunk"],
)
async def test_a_body_cut_off_registers_nobody(wire: Wire, headers: list[str], body: bytes) -> None:
    before = await listed(wire.agent)
    authorization = f"Authorization: Token {wire.agent.agent_token}"
    _, writer = await asyncio.open_connection(wire.host.host, wire.host.port)

    writer.write(wire.request("POST /v3/register", authorization, *headers, body=body))
    await writer.drain()
    writer.close()
    await writer.wait_closed()

    assert await wire.agent.ping() == {}
    assert await listed(wire.agent) == before


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\0\0\0\0\r\n\r\n",
        b"GET\r\n\r\n",
        b"BREW /v3/ping HTTP/1.1\r\n\r\n",
        b"GET /v3/ping HTTP/9.9\r\n\r\n",
        b"GET /v3/ping HTTP/1.1\r\nNo colon\r\n\r\n",
        b"GET /v3/ping HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET /v3/ping HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST /v3/register HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
async def test_what_is_no_http_is_a_bad_request(wire: Wire, request_bytes: bytes) -> None:
    status, _ = await wire.send(request_bytes)

    assert status == 400
    assert await wire.agent.ping() == {}
