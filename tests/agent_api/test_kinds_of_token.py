"""Every kind of token opens its own doors and no other: agent, session, API access, any other."""

import base64
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.actors import STREAM_PATH, Agent
from tests.server import Served

DOORS = {
    "agent token": [
        ("POST", "/v3/register"),
        ("GET", "/v3/token"),
        ("GET", "/v3/metrics"),
        ("GET", "/v3/metrics/queue?name=default"),
    ],
    "session token": [
        ("GET", "/v3/ping"),
        ("POST", "/v3/heartbeat"),
        ("POST", "/v3/connect"),
        ("POST", "/v3/pause"),
        ("POST", "/v3/resume"),
        ("POST", "/v3/stop"),
        ("POST", "/v3/disconnect"),
        ("POST", STREAM_PATH),
    ],
    "API access token": [
        ("POST", "/v1"),
        ("POST", "/graphql"),
        ("GET", "/v2/organizations"),
        ("GET", "/v2/access-token"),
    ],
}
SCHEMES = ["Token", "Bearer", "token", "BEARER", "Basic"]


@dataclass(frozen=True, slots=True)
class Keyring:
    """A connected agent, and a value of every kind of token."""

    agent: Agent
    values: dict[str, str]

    async def open(self, door: tuple[str, str], authorization: str) -> httpx.Response:
        """The answer at a door to what is presented there."""
        method, path = door
        body = {"query": "{ viewer { id } }"} if method == "POST" else None
        return await self.agent.server.http.request(
            method, path, json=body, headers={"Authorization": authorization}
        )

    async def require_undisturbed(self) -> None:
        """Nobody registered, and the agent neither left nor was told to."""
        agents = (await self.agent.server.http.get("/_mock/agents")).json()
        assert [each["uuid"] for each in agents] == [self.agent.uuid]
        assert await self.agent.ping() == {}


def segment(claims: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")


def signed_looking(agent: Agent, algorithm: str) -> str:
    """A web token with an agent's claims, which nobody here signed."""
    claims: dict[str, object] = {"sub": agent.uuid, "aud": agent.uuid, "exp": 4102444800}
    signature = "" if algorithm == "none" else base64.urlsafe_b64encode(os.urandom(32)).decode()
    return f"{segment({'alg': algorithm, 'typ': 'JWT'})}.{segment(claims)}.{signature.rstrip('=')}"


@pytest.fixture
async def keyring(server: Served) -> Keyring:
    agent = await Agent(server).start()
    values = {
        "agent token": agent.agent_token,
        "unclustered agent token": server.facts["unclustered_agent_token"],
        "session token": agent.session_token,
        "API access token": server.facts["api_access_token"],
        "job token": f"bkaj_{signed_looking(agent, 'RS256')}",
        "unsigned job token": f"bkaj_{signed_looking(agent, 'none')}",
        "OIDC token": signed_looking(agent, "RS256"),
        "portal token": f"bkpat_{os.urandom(20).hex()}",
        "portal secret": f"bkps_{os.urandom(20).hex()}",
        "package registry token": f"bkpt_{os.urandom(20).hex()}",
        "UUID of an agent": agent.uuid,
        "id of an organization": server.facts["organization_id"],
        "garbage": os.urandom(30).hex(),
    }
    return Keyring(agent, values)


def doors_closed_to(kind: str) -> Iterator[tuple[str, str]]:
    for opened_by, doors in DOORS.items():
        if opened_by != kind.removeprefix("unclustered "):
            yield from doors


@pytest.mark.parametrize(
    "kind",
    [
        "agent token",
        "unclustered agent token",
        "session token",
        "API access token",
        "job token",
        "unsigned job token",
        "OIDC token",
        "portal token",
        "portal secret",
        "package registry token",
        "UUID of an agent",
        "id of an organization",
        "garbage",
    ],
)
async def test_it_is_unauthorized_at_every_door_but_its_own(keyring: Keyring, kind: str) -> None:
    for door in doors_closed_to(kind):
        for scheme in SCHEMES:
            answer = await keyring.open(door, f"{scheme} {keyring.values[kind]}")

            assert answer.status_code == 401, (door, scheme)
            assert keyring.values[kind] not in answer.text

    await keyring.require_undisturbed()


@pytest.mark.parametrize(
    ("kind", "scheme"),
    [
        ("agent token", "Token"),
        ("agent token", "tOKEN"),
        ("unclustered agent token", "Token"),
        ("session token", "Token"),
        ("API access token", "Bearer"),
        ("API access token", "bearer"),
    ],
)
async def test_it_opens_its_own_doors_with_the_scheme_in_any_case(
    keyring: Keyring, kind: str, scheme: str
) -> None:
    for door in DOORS[kind.removeprefix("unclustered ")]:
        if door[1] == STREAM_PATH:
            continue  # it would stay open; its own tests open it
        answer = await keyring.open(door, f"{scheme} {keyring.values[kind]}")

        assert answer.status_code == 200, door


@pytest.mark.parametrize(
    ("kind", "scheme"),
    [("agent token", "Bearer"), ("session token", "Bearer"), ("API access token", "Token")],
)
async def test_the_scheme_of_another_api_opens_nothing(
    keyring: Keyring, kind: str, scheme: str
) -> None:
    for door in DOORS[kind]:
        answer = await keyring.open(door, f"{scheme} {keyring.values[kind]}")

        assert answer.status_code == 401, door

    await keyring.require_undisturbed()


def altered(value: str) -> dict[str, str]:
    """What one gets by copying a value badly, or by trying."""
    prefix, _, rest = value.partition("_")
    number, _, secret = rest.partition(".")
    padded = number + "=" * (-len(number) % 4)
    return {
        "cut short": value[:-1],
        "with more at its end": f"{value}1",
        "in upper case": value.upper(),
        "the secret in the other case": f"{prefix}_{number}.{secret.swapcase()}",
        "without its prefix": rest,
        "the secret alone": secret,
        "with its prefix twice": f"{prefix}_{value}",
        "with the prefix of an agent token": f"{'bkar' if prefix == 'bkct' else 'bkct'}_{rest}",
        "with the prefix of a job token": f"bkaj_{rest}",
        "with a padded number": f"{prefix}_{padded}=.{secret}",
        "with another number": f"{prefix}_{base64.b64encode(b'999').decode()}.{secret}",
        "with another separator": f"{prefix}_{number}_{secret}",
        "percent-encoded": value.replace(".", "%2E"),
        "in single quotes": f"'{value}'",
        "with a wildcard": f"{value[:-1]}%",
        "with a comment of SQL": f"{value}'--",
    }


@pytest.mark.parametrize("kind", ["agent token", "session token", "API access token"])
async def test_only_the_very_value_opens(keyring: Keyring, kind: str) -> None:
    scheme = "Bearer" if kind == "API access token" else "Token"

    for how, value in altered(keyring.values[kind]).items():
        for door in DOORS[kind]:
            answer = await keyring.open(door, f"{scheme} {value}")

            assert answer.status_code == 401, (how, door)

    await keyring.require_undisturbed()


@pytest.mark.parametrize("kind", ["agent token", "session token", "API access token"])
async def test_a_token_anywhere_but_in_its_header_is_none(keyring: Keyring, kind: str) -> None:
    value = keyring.values[kind]
    places: list[dict[str, Any]] = [
        {"params": {"access_token": value, "token": value, "api_key": value}},
        {"headers": {"Cookie": f"access_token={value}; token={value}"}},
        {"headers": {"X-Api-Key": value, "Proxy-Authorization": f"Token {value}"}},
        {"headers": {"X-Authorization": f"Token {value}", "Buildkite-Token": value}},
    ]

    for method, path in DOORS[kind]:
        for place in places:
            answer = await keyring.agent.server.http.request(method, path, **place)

            assert answer.status_code == 401, (path, place)

    await keyring.require_undisturbed()


async def test_a_token_in_a_body_is_none(keyring: Keyring) -> None:
    value = keyring.values["agent token"]
    body = {"token": value, "access_token": value, "name": "runner"}

    answer = await keyring.agent.server.http.post("/v3/register", json=body)

    assert answer.status_code == 401
    await keyring.require_undisturbed()


async def test_who_calls_is_asked_before_what_is_there(keyring: Keyring) -> None:
    for path in ("/v2/organizations/unknown", "/v2/unknown", "/v2/organizations/sandbox/agents"):
        answer = await keyring.open(("GET", path), "Bearer other")

        assert answer.status_code == 401
