"""A page in somebody's browser cannot reach a server on their machine, by rebinding neither."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from mock_buildkite.app import create_app
from mock_buildkite.opening import open_world
from mock_buildkite.settings import Settings
from tests.actors import STREAM_PATH
from tests.server import Served

CONTROLS = ["/_mock/agents", "/_mock", "/_mock/unknown"]
OTHERS = ["/v3/ping", STREAM_PATH, "/v1", "/graphql", "/v2/organizations", "/healthz", "/", "/a"]
PATHS = CONTROLS + OTHERS
HERE = "127.0.0.1:5483"
AWAY = Settings(host="0.0.0.0")  # noqa: S104 - nothing listens: it only says how to guard


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client on this machine of an application with settings; without a socket."""
    async with open_world(settings) as world:
        transport = httpx.ASGITransport(create_app(world), client=("127.0.0.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{HERE}") as http:
            yield http


async def statuses(
    http: httpx.AsyncClient, paths: list[str], headers: dict[str, str]
) -> dict[str, int]:
    answers = [await http.get(path, headers=headers) for path in paths]
    return {answer.request.url.path: answer.status_code for answer in answers}


async def untouched(http: httpx.AsyncClient, paths: list[str]) -> dict[str, int]:
    """How a caller without anything suspicious is answered."""
    found = await statuses(http, paths, {})
    assert 403 not in found.values()
    return found


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://127.0.0.1:5484",
        "http://localhost:5483",
        "http://127.0.0.1",
        f"http://{HERE}.evil.example",
        f"http://evil.example/{HERE}",
        f"ftp://{HERE}",
        HERE,
        "file://",
        "null",
    ],
)
async def test_another_origin_is_refused_on_loopback(
    server: Served, path: str, origin: str
) -> None:
    answer = await server.http.get(path, headers={"Host": HERE, "Origin": origin})

    assert answer.status_code == 403


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_page_of_ones_own_is_let_in(server: Served, scheme: str) -> None:
    expected = await untouched(server.http, PATHS)

    for host in (HERE, "localhost:5483", "[::1]:5483", "localhost"):
        own = {"Host": host, "Origin": f"{scheme}://{host}"}

        assert await statuses(server.http, PATHS, own) == expected


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:5483",
        "127.0.0.1.evil.example",
        "localhost.evil.example:5483",
        "notlocalhost",
        "127.0.0.1@evil.example",
        "127.1.evil",
        "[evil.example]",
        "",
    ],
)
async def test_a_name_for_a_host_is_refused_on_loopback(
    server: Served, path: str, host: str
) -> None:
    answer = await server.http.get(path, headers={"Host": host})

    assert answer.status_code == 403


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:5483",
        "LocalHost:80",
        "127.0.0.1",
        "127.0.0.1:1",
        "192.168.1.7:5483",
        "[::1]",
        "[::1]:5483",
        "[2001:db8::1]:80",
    ],
)
async def test_localhost_and_addresses_are_let_in(server: Served, host: str) -> None:
    expected = await untouched(server.http, PATHS)

    assert await statuses(server.http, PATHS, {"Host": host}) == expected


async def test_a_name_is_let_in_that_was_allowed() -> None:
    async with serving(Settings(allowed_hosts=("buildkite.test",))) as http:
        expected = await untouched(http, PATHS)

        for host in ("buildkite.test", "buildkite.test:5483", "Buildkite.Test"):
            assert await statuses(http, PATHS, {"Host": host}) == expected
        for host in ("other.test", "a.buildkite.test", "buildkite.test.evil.example"):
            assert set((await statuses(http, PATHS, {"Host": host})).values()) == {403}


async def test_the_refusal_says_how_to_allow_the_name(server: Served) -> None:
    answer = await server.http.get("/healthz", headers={"Host": "buildkite.test"})

    assert "--allowed-host" in answer.json()["message"]


async def test_a_refused_page_changes_nothing(server: Served) -> None:
    page = {"Origin": "https://evil.example", "Content-Type": "text/plain"}
    token = {"Authorization": f"Token {server.facts['agent_token']}"}

    for method, path in [("POST", "/v3/register"), ("POST", "/_mock/reset")]:
        refused = await server.http.request(
            method, path, content=b'{"name": "evil"}', headers={**page, **token}
        )
        assert refused.status_code == 403

    assert (await server.http.get("/_mock/agents")).json() == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "buildkite.example"},
        {"Host": "buildkite.example", "Origin": "https://pages.example"},
        {"Host": "10.1.2.3", "Origin": "null"},
    ],
)
async def test_elsewhere_only_the_controls_are_guarded(headers: dict[str, str]) -> None:
    async with serving(AWAY) as http:
        expected = await untouched(http, OTHERS)

        assert await statuses(http, OTHERS, headers) == expected
        assert set((await statuses(http, CONTROLS, headers)).values()) == {403}


async def test_elsewhere_the_controls_are_open_to_addresses_and_their_own_pages() -> None:
    async with serving(AWAY) as http:
        expected = await untouched(http, CONTROLS)

        own = {"Host": "10.1.2.3:5483", "Origin": "http://10.1.2.3:5483"}
        assert await statuses(http, CONTROLS, own) == expected


@pytest.mark.parametrize("settings", [Settings(), AWAY], ids=["loopback", "elsewhere"])
async def test_no_browser_is_told_that_it_may(settings: Settings) -> None:
    asking = {"Origin": "https://pages.example", "Access-Control-Request-Method": "POST"}

    async with serving(settings) as http:
        for path in PATHS:
            for method in ("OPTIONS", "GET"):
                answer = await http.request(method, path, headers=asking)

                assert allowances(answer) == []


@pytest.mark.parametrize("path", OTHERS)
@pytest.mark.parametrize("origin", ["https://pages.example", "null"])
async def test_pages_may_call_the_apis_once_they_are_let_in(path: str, origin: str) -> None:
    asking = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }

    async with serving(Settings(cors=True)) as http:
        preflight = await http.options(path, headers=asking)
        got = await http.get(path, headers={"Origin": origin})
        plain = await http.get(path)

    assert preflight.status_code == 200
    assert "authorization" in preflight.headers["access-control-allow-headers"].lower()
    assert got.status_code == plain.status_code
    assert got.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("origin", ["https://pages.example", "null"])
async def test_the_controls_stay_closed_to_them(origin: str) -> None:
    async with serving(Settings(cors=True)) as http:
        for method in ("GET", "POST", "DELETE"):
            for path in [*CONTROLS, "/_mock/seed", "/_mock/clock", "/_mock/reset"]:
                answer = await http.request(method, path, headers={"Origin": origin})

                assert answer.status_code == 403


async def test_rebinding_is_refused_also_once_pages_are_let_in() -> None:
    async with serving(Settings(cors=True)) as http:
        found = await statuses(http, PATHS, {"Host": "evil.example"})

    assert set(found.values()) == {403}


def allowances(answer: httpx.Response) -> list[str]:
    """The headers by which a browser lets a page read an answer."""
    return [name for name in answer.headers if name.startswith("access-control-")]
