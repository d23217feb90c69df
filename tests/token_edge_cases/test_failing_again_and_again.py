"""Case 33: failed attempts are limited by the address they come from, and lock out nobody."""

import asyncio
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import httpx
import pytest

from mock_buildkite.settings import FAILED_AUTHENTICATIONS_PER_MINUTE, Settings
from tests.actors import STREAM_PATH, Administrator, Agent, status_of
from tests.registries.actors import RegistryMaker, basic
from tests.rest_api.actors import Caller
from tests.server import Served
from tests.token_edge_cases.doors import Door
from tests.token_edge_cases.gates import NAMES, TELLING_LIMITS, Gate, gate_of
from tests.working_jobs import WorkingJob

MOST = 3
ANYWHERE = "0.0.0.0"  # noqa: S104 - nothing listens
HERE, THERE = "203.0.113.7", "203.0.113.8"
MESSAGE = "Too many failed authentications from this IP address. Please try again in {} seconds."


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With few failures in a minute, and a proxy on this machine that says who calls."""
    proxies = (ip_network("127.0.0.1"),)
    return replace(settings, failed_authentications_per_minute=MOST, trusted_proxies=proxies)


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    """That of each gate in turn."""
    found: str = request.param
    return found


@pytest.fixture
async def gate(name: str, server: Served, job: WorkingJob) -> Gate:
    """Each of them in turn."""
    return await gate_of(name, server, job)


async def exhaust(gate: Gate, address: str | None = None) -> None:
    """Fail as often as an address may."""
    for _ in range(MOST):
        assert (await gate.fail(address)).status_code == 401


def message_of(answer: httpx.Response) -> str:
    """The message in the form of the API that answers."""
    assert answer.headers["content-type"] == "application/json"
    body: dict[str, Any] = answer.json()
    [(key, said)] = body.items()
    if answer.request.url.path != "/v1":
        assert key == "message"
        return str(said)
    assert key == "errors"
    [error] = said
    return str(error["message"])


async def test_after_too_many_further_ones_are_told_to_come_later(gate: Gate, name: str) -> None:
    await exhaust(gate)

    answer = await gate.fail()

    assert answer.status_code == 429
    assert message_of(answer) == MESSAGE.format(60)
    assert answer.headers["retry-after"] == "60"
    told = {key: value for key, value in answer.headers.items() if key.startswith("ratelimit")}
    if name in TELLING_LIMITS:
        assert told == {
            "ratelimit-scope": "failed_authentication",
            "ratelimit-limit": str(MOST),
            "ratelimit-remaining": "0",
            "ratelimit-reset": "60",
        }
    else:
        assert told == {}


async def test_what_is_good_opens_all_the_same_and_excuses_nothing(gate: Gate) -> None:
    await exhaust(gate)
    assert (await gate.fail()).status_code == 429

    assert (await gate.open()).is_success

    assert (await gate.fail()).status_code == 429


async def test_a_minute_after_the_first_they_are_told_the_reason_again(
    gate: Gate, admin: Administrator
) -> None:
    await exhaust(gate)
    await admin.advance(59.5)
    assert (await gate.fail()).headers["retry-after"] == "1"

    await admin.advance(0.5)

    await exhaust(gate)
    assert (await gate.fail()).headers["retry-after"] == "60"


async def test_no_address_pays_for_another(gate: Gate) -> None:
    await exhaust(gate, HERE)

    await exhaust(gate, THERE)

    assert (await gate.fail(HERE)).status_code == 429
    assert (await gate.fail(THERE)).status_code == 429
    assert (await gate.fail()).status_code == 401


async def test_all_apis_count_together(server: Served, job: WorkingJob) -> None:
    names = ("agent token", "portal secret", "bearer of a registry")
    gates = [await gate_of(each, server, job) for each in names]
    for each in gates:
        assert (await each.fail()).status_code == 401

    answers = [await each.fail() for each in gates]

    assert [each.status_code for each in answers] == [429] * 3


async def test_the_ping_stream_limits_them_and_opens_to_its_agent(
    make_server: Any, settings: Settings
) -> None:
    server: Served = await make_server(replace(settings, data=None))
    agent = await Agent(server).start()

    answers = [
        await server.http.post(
            STREAM_PATH, headers={"Authorization": f"Token {agent.session_token}x"}
        )
        for _ in range(MOST + 1)
    ]

    assert [each.status_code for each in answers] == [401] * MOST + [429]
    assert message_of(answers[-1]) == MESSAGE.format(60)
    async with agent.stream() as stream:
        assert await stream.next() == ("resume", "")


async def test_a_proxy_that_is_not_trusted_chooses_no_address(
    make_server: Any, settings: Settings
) -> None:
    server: Served = await make_server(replace(settings, data=None, trusted_proxies=()))

    answers = [
        await server.http.get(
            "/v2/user",
            headers={"Authorization": "Bearer nobody", "X-Forwarded-For": f"203.0.113.{number}"},
        )
        for number in range(MOST + 1)
    ]

    assert [each.status_code for each in answers] == [401] * MOST + [429]


async def test_whoever_presents_nothing_has_not_failed(server: Served, job: WorkingJob) -> None:
    await exhaust(await gate_of("REST", server, job))
    registry = await RegistryMaker(
        Caller(server, server.facts["api_access_token"]), "sandbox"
    ).make()

    challenged = [await registry.look(project=None) for _ in range(MOST + 1)]

    # As pip does: it has a password to present once it is asked for one, and not before.
    assert [each.status_code for each in challenged] == [401] * (MOST + 1)
    assert all(each.headers["www-authenticate"] for each in challenged)
    allowed = await registry.look(basic(server.facts["api_access_token"]), project=None)
    assert allowed.status_code == 200


async def test_an_agent_always_hears_that_its_session_was_ended(
    server: Served, job: WorkingJob, admin: Administrator
) -> None:
    lost = await Agent(server).start("lost")
    await admin.advance(180, silent=True)
    await admin.advance(3600, silent=True)
    await exhaust(await gate_of("agent token", server, job))

    # Its heartbeat is answered until it has heard; after another answer than 401 it would hang.
    assert await status_of(lost.heartbeat()) == 200
    assert await status_of(lost.ping()) == 401
    assert await status_of(lost.ping()) == 429


async def test_the_controls_take_no_credential_and_go_on(server: Served, job: WorkingJob) -> None:
    gate = await gate_of("agent token", server, job)
    await exhaust(gate)
    assert (await gate.fail()).status_code == 429

    answer = await server.http.post("/_mock/tokens/inspect", json={"value": "nobody"})

    assert answer.status_code == 200


async def test_a_new_world_has_forgotten_them(server: Served, admin: Administrator) -> None:
    headers = {"Authorization": "Token nobody"}
    for _ in range(MOST + 1):
        last = await server.http.get("/v3/token", headers=headers)
    assert last.status_code == 429

    await admin.control("reset")

    assert (await server.http.get("/v3/token", headers=headers)).status_code == 401


async def test_a_hundred_at_once_are_counted_each(server: Served, job: WorkingJob) -> None:
    gate = await gate_of("job token", server, job)

    answers = await asyncio.gather(*(gate.fail() for _ in range(100)))

    assert sorted(each.status_code for each in answers) == [401] * MOST + [429] * (100 - MOST)


@pytest.mark.parametrize(
    ("host", "per_minute", "most"),
    [
        ("127.0.0.1", None, None),
        ("::1", None, None),
        (ANYWHERE, None, FAILED_AUTHENTICATIONS_PER_MINUTE),
        (ANYWHERE, 0, None),
        (ANYWHERE, 5, 5),
        ("127.0.0.1", 5, 5),
    ],
)
def test_they_are_limited_where_others_can_reach_the_server_or_as_somebody_says(
    host: str, per_minute: int | None, most: int | None
) -> None:
    settings = Settings(host=host, failed_authentications_per_minute=per_minute)

    assert settings.most_failed_authentications == most


class TestOnLoopback:
    """With the settings that nobody has chosen."""

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings()

    async def test_failures_are_as_many_as_a_test_suite_likes(self, doors: list[Door]) -> None:
        for door in doors:
            failures = [door.knock(f"{door.scheme} {door.value}x") for _ in range(200)]
            answers = await asyncio.gather(*failures)
            assert {each.status_code for each in answers} == {401}

            assert await door.opens_to(door.value), door.path
