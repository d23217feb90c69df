"""The controls are for this machine, unless they are opened."""

import httpx
import pytest

from mock_buildkite.app import create_app
from mock_buildkite.opening import open_world
from mock_buildkite.settings import ControlFrom, Settings

CONTROLS = [("GET", "agents"), ("POST", "seed"), ("POST", "clock"), ("POST", "reset")]


async def statuses(
    settings: Settings, address: str, headers: dict[str, str] | None = None
) -> set[int]:
    """How each of the controls answers a client at an address."""
    async with open_world(settings) as world:
        transport = httpx.ASGITransport(create_app(world), client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
            answers = [
                await http.request(
                    method,
                    f"/_mock/{name}",
                    content=b'{"advance_seconds": 1}' if name == "clock" else b"",
                    headers=headers,
                )
                for method, name in CONTROLS
            ]
            assert (await http.get("/healthz")).status_code == 200
    return {answer.status_code for answer in answers}


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
async def test_this_machine_may(address: str) -> None:
    assert await statuses(Settings(host="::"), address) == {200}


@pytest.mark.parametrize("address", ["10.1.2.3", "2001:db8::1", "::ffff:10.1.2.3"])
@pytest.mark.parametrize("host", ["127.0.0.1", "::"])
async def test_others_may_not(host: str, address: str) -> None:
    assert await statuses(Settings(host=host), address) == {403}


async def test_nobody_gets_in_by_saying_where_from() -> None:
    pretending = {"X-Forwarded-For": "127.0.0.1", "Forwarded": "for=127.0.0.1"}

    assert await statuses(Settings(), "10.1.2.3", pretending) == {403}


async def test_others_may_once_the_controls_are_open() -> None:
    settings = Settings(host="::", control_from=ControlFrom.ANY)

    assert await statuses(settings, "10.1.2.3") == {200}


async def test_the_refusal_says_how_to_open_them() -> None:
    async with open_world(Settings(host="::")) as world:
        transport = httpx.ASGITransport(create_app(world), client=("10.1.2.3", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
            refused = await http.post("/_mock/reset")

    assert "--control-from any" in refused.json()["message"]


@pytest.mark.parametrize(("method", "path"), [("GET", "seed"), ("POST", "agents"), ("GET", "")])
async def test_a_control_that_is_none_is_refused_in_json(method: str, path: str) -> None:
    async with open_world(Settings()) as world:
        transport = httpx.ASGITransport(create_app(world))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
            refused = await http.request(method, f"/_mock/{path}")

    assert refused.status_code in {404, 405}
    assert refused.json()["message"]
