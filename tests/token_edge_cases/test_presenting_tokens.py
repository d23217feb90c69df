"""Section 7.1: how a credential is presented.

| Case | Also in |
|---|---|
| 1 another scheme | `everywhere/test_every_kind_on_every_route.py` |
| 2 the scheme in any case | `agent_api/test_kinds_of_token.py` |
| 3 strange headers | `agent_api/test_bad_input.py`, on a socket too |
| 4 a token elsewhere | `agent_api/test_kinds_of_token.py`, `graphql_api/test_who_may_call.py` |
| 5 a token copied badly | `agent_api/test_kinds_of_token.py` |
| 6 authentication comes first | `rest_api/test_every_endpoint.py` |
"""

from typing import Any

import pytest

from tests.actors import Visitor
from tests.token_edge_cases.doors import Door

MEBIBYTE = 1024 * 1024
NOT_THERE = "00000000-0000-4000-8000-000000000000"


async def test_each_door_opens_to_its_own_value(doors: list[Door]) -> None:
    for door in doors:
        assert await door.opens_to(door.value), door.path


async def test_another_scheme_is_unauthorized(doors: list[Door]) -> None:
    for door in doors:
        for scheme in {"Token", "Bearer", "Basic", "Digest", "Tokens"} - {door.scheme}:
            assert (await door.knock(f"{scheme} {door.value}")).status_code == 401, door.path


async def test_a_scheme_is_read_in_any_case(doors: list[Door]) -> None:
    for door in doors:
        for scheme in (door.scheme.upper(), door.scheme.lower(), door.scheme.swapcase()):
            assert (await door.knock(f"{scheme} {door.value}")).is_success, door.path


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "{scheme}",
        "{scheme} ",
        "{value}",
        "{scheme} {value}, {scheme} {value}",
        "{scheme} {value},",
        "{scheme}  {value}",
        "{scheme}\t{value}",
        "{scheme} {value}\t",
        "{scheme} {value}\xa0",
        "{scheme} {value}\0",
        "{scheme} \0{value}",
        "{scheme} token={value}",
        "{scheme}: {value}",
    ],
)
async def test_a_strange_header_is_unauthorized(doors: list[Door], authorization: str) -> None:
    for door in doors:
        header = authorization.format(scheme=door.scheme, value=door.value).encode("latin-1")

        answer = await door.knock(header)

        assert answer.status_code in {400, 401}, door.path  # a parser may refuse it by itself


async def test_two_headers_are_unauthorized_whatever_they_hold(doors: list[Door]) -> None:
    for door in doors:
        good = f"{door.scheme} {door.value}"

        for pair in ((good, good), (good, f"{door.scheme} other"), (f"{door.scheme} other", good)):
            assert (await door.knock(*pair)).status_code == 401, door.path


async def test_spaces_around_a_credential_are_nothing(doors: list[Door]) -> None:
    for door in doors:
        assert (await door.knock(f"  {door.scheme} {door.value} ")).is_success, door.path


async def test_a_header_of_a_mebibyte_is_too_large(doors: list[Door]) -> None:
    for door in doors:
        answer = await door.knock(f"{door.scheme} {'x' * MEBIBYTE}")

        assert answer.status_code == 431, door.path


async def test_a_value_of_more_than_4096_characters_is_unauthorized(doors: list[Door]) -> None:
    for door in doors:
        answer = await door.knock(f"{door.scheme} {door.value}{'x' * 4096}")

        assert answer.status_code == 401, door.path


async def test_a_token_in_another_place_is_none(doors: list[Door]) -> None:
    for door in doors:
        named = {"access_token": door.value, "api_key": door.value, "token": door.value}
        places: list[dict[str, Any]] = [
            {"params": named},
            {"json": named},
            {"headers": {"Cookie": f"access_token={door.value}; token={door.value}"}},
            {"headers": {"X-Api-Key": door.value, "X-Buildkite-Token": door.value}},
            {"headers": {"Proxy-Authorization": f"{door.scheme} {door.value}"}},
        ]
        for place in places:
            answer = await door.server.http.request(door.method, door.path, **place)

            assert answer.status_code == 401, (door.path, place.keys())


async def test_a_token_copied_badly_is_unauthorized(doors: list[Door]) -> None:
    for door in doors:
        prefix, _, rest = door.value.partition("_")
        altered = [
            f'"{door.value}"',
            f"'{door.value}'",
            f"<{door.value}>",
            f"{prefix.upper()}_{rest}",
            door.value.upper(),
            door.value[:-1],
            door.value[1:],
            rest,
            f"{door.value}=",
            f"{door.value}%0A",
        ]

        for value in altered:
            assert not await door.opens_to(value), (door.path, value[:8])
        # A letter of another alphabet that looks like the k of the prefix.
        homoglyph = f"{door.scheme} {door.value.replace('k', 'к', 1)}"
        assert (await door.knock(homoglyph)).status_code == 401, door.path


@pytest.mark.parametrize(
    ("method", "path", "scheme"),
    [
        ("GET", "/v2/organizations/unknown", "Bearer"),
        ("GET", "/v2/organizations/unknown/agents", "Bearer"),
        ("GET", "/v2/unknown", "Bearer"),
        ("PUT", "/v2/organizations/sandbox", "Bearer"),
        ("GET", f"/v3/jobs/{NOT_THERE}", "Token"),
        ("PUT", f"/v3/jobs/{NOT_THERE}/accept", "Token"),
        ("GET", "/v3/metrics/queue?name=unknown", "Token"),
        ("POST", "/organizations/unknown/portals/unknown", "Bearer"),
        ("POST", "/organizations/sandbox/portals/unknown", "Bearer"),
    ],
)
async def test_with_a_bad_token_nothing_is_said_of_what_is_there(
    visitor: Visitor, method: str, path: str, scheme: str
) -> None:
    answer = await visitor.send(method, path, headers={"Authorization": f"{scheme} other"})

    assert answer.status_code == 401
