"""What may be presented to a registry, how, and what it is good for."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from tests.actors import Administrator
from tests.registries.actors import Registry, RegistryMaker, basic, bearer, wheel

OTHER = ("banana-2.0-py3-none-any.whl", wheel(version="2.0")[1])


async def status_of_upload(registry: Registry, headers: dict[str, str]) -> int:
    answer = await registry.upload(OTHER, headers, version="2.0")
    return answer.status_code


async def status_of_look(registry: Registry, headers: dict[str, str]) -> int:
    return (await registry.look(headers)).status_code


async def test_a_registry_token_is_to_install_only(registry: Registry) -> None:
    value = (await registry.create_token())["token"]

    for headers in (basic(value), bearer(value)):
        assert await status_of_look(registry, headers) == 200
        assert await status_of_upload(registry, headers) == 403


@pytest.mark.parametrize(
    ("use", "publishing", "installing"), [("publish", 200, 403), ("install", 403, 200)]
)
async def test_a_temporary_token_is_for_its_use_only(
    registry: Registry, use: str, publishing: int, installing: int
) -> None:
    headers = basic(await registry.temporary_token(use))

    assert await status_of_look(registry, headers) == installing
    assert await status_of_upload(registry, headers) == publishing


@pytest.mark.parametrize("use", ["publish", "install"])
async def test_a_temporary_token_lives_for_five_minutes(
    registry: Registry, admin: Administrator, use: str
) -> None:
    headers = basic(await registry.temporary_token(use))
    attempt = status_of_upload if use == "publish" else status_of_look

    await admin.advance(299)
    in_time = await status_of_look(registry, headers)
    await admin.advance(1)

    assert in_time == (403 if use == "publish" else 200)
    assert await attempt(registry, headers) == 401


async def test_a_registry_token_never_expires(registry: Registry, admin: Administrator) -> None:
    value = (await registry.create_token())["token"]

    await admin.advance(10 * 365 * 86_400)

    assert await status_of_look(registry, basic(value)) == 200


@pytest.mark.parametrize(
    ("scopes", "publishing", "installing"),
    [
        (["read_packages"], 403, 200),
        (["write_packages"], 200, 403),
        (["read_registries", "write_registries"], 403, 403),
    ],
)
async def test_an_api_access_token_needs_the_scopes_of_packages(
    registry: Registry, scopes: list[str], publishing: int, installing: int
) -> None:
    narrow = await registry.caller.with_scopes(*scopes)

    for spell in (basic, bearer):
        headers = spell(narrow.api_access_token)
        assert await status_of_look(registry, headers) == installing
    assert await status_of_upload(registry, basic(narrow.api_access_token)) == publishing


async def test_an_api_access_token_finds_nothing_in_organizations_it_does_not_reach(
    registry: Registry, rival: RegistryMaker
) -> None:
    headers = basic(rival.caller.api_access_token)

    assert await status_of_look(registry, headers) == 404
    assert await status_of_upload(registry, headers) == 404


async def test_tokens_open_their_own_registry_only(
    registry: Registry, maker: RegistryMaker, rival: RegistryMaker
) -> None:
    other, theirs = await maker.make(name="Other"), await rival.make()
    values = [
        (await registry.create_token())["token"],
        await registry.temporary_token("install"),
        await registry.temporary_token("publish"),
    ]

    for value in values:
        for elsewhere in (other, theirs):
            assert await status_of_look(elsewhere, basic(value)) == 401
            assert await status_of_upload(elsewhere, basic(value)) == 401


async def test_a_public_registry_is_read_by_anybody_and_written_by_none_of_them(
    registry: Registry,
) -> None:
    await registry.caller.put(registry.path, {"public": True})

    assert await status_of_look(registry, {}) == 200
    assert await status_of_look(registry, basic("whatever")) == 200
    assert await status_of_upload(registry, {}) == 401


@pytest.mark.parametrize("path", ["", "/simple/", "/simple/banana/", "/files/x.whl"])
async def test_without_anything_a_private_registry_asks_for_a_password(
    registry: Registry, path: str
) -> None:
    method = "GET" if path else "POST"

    answer = await registry.server.http.request(method, f"{registry.index}{path}")

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic ")
    assert list(answer.json()) == ["message"]


async def test_what_is_not_there_looks_as_what_is_closed(registry: Registry) -> None:
    headers = basic((await registry.create_token())["token"])

    for place in ("sandbox/unknown", "unknown/fruits"):
        path = f"/packages/{place}/pypi/simple/"
        answers = [
            await registry.server.http.get(path),
            await registry.server.http.get(path, headers=headers),
        ]
        assert [each.status_code for each in answers] == [401, 401]


@pytest.mark.parametrize("user", ["", "Buildkite", "token", "__token__", "admin"])
async def test_the_user_is_always_buildkite(registry: Registry, user: str) -> None:
    value = (await registry.create_token())["token"]

    assert await status_of_look(registry, basic(value, user)) == 401


@pytest.mark.parametrize(
    "spelled",
    ["Token {}", "Basic {}", "Bearer", "Basic", "Basic ====", "Bearer {} {}", "Basic \xe9", "{}"],
)
async def test_other_credentials_are_refused(registry: Registry, spelled: str) -> None:
    value = (await registry.create_token())["token"]
    header = spelled.format(value, value).encode("latin-1")

    answer = await registry.server.http.get(
        f"{registry.index}/simple/", headers={b"Authorization": header}
    )

    assert answer.status_code == 401


async def test_credentials_elsewhere_than_in_the_header_are_none(registry: Registry) -> None:
    value = (await registry.create_token())["token"]

    answer = await registry.server.http.get(
        f"{registry.index}/simple/",
        params={"token": value, "access_token": value},
        headers={"Cookie": f"token={value}", "X-Api-Key": value},
    )

    assert answer.status_code == 401


async def test_what_opens_registries_opens_nothing_else(registry: Registry) -> None:
    values = [(await registry.create_token())["token"], await registry.temporary_token("install")]

    for value in values:
        for scheme, method, path in [
            ("Bearer", "GET", "/v2/user"),
            ("Bearer", "GET", f"/v2{registry.path}"),
            ("Bearer", "POST", "/v1"),
            ("Token", "POST", "/v3/register"),
            ("Token", "GET", "/v3/ping"),
            ("Bearer", "POST", "/organizations/sandbox/portals/any"),
        ]:
            headers = {"Authorization": f"{scheme} {value}"}
            answer = await registry.server.http.request(method, path, json={}, headers=headers)
            assert answer.status_code == 401


async def test_what_opens_other_things_opens_no_registry(
    registry: Registry, admin: Administrator
) -> None:
    facts = admin.facts
    portal = await registry.caller.post(
        "/organizations/sandbox/portals", {"name": "P", "query": "{ viewer { id } }"}
    )

    for value in (facts["agent_token"], facts["unclustered_agent_token"], portal["token"]):
        for spell in (basic, bearer):
            assert await status_of_look(registry, spell(value)) == 401


def forged(value: str) -> dict[str, str]:
    """Values that differ from a good one, by how they do."""
    message, digest = value.removeprefix("bkpt_").split("--")
    said = json.loads(base64.b64decode(message))
    other = json.dumps(said["_rails"] | {"exp": None})
    changed = base64.b64encode(json.dumps({"_rails": json.loads(other)}).encode()).decode()
    of_json = hmac.digest(b"guessed", base64.b64decode(message), hashlib.sha1).hex()
    url_safe = message.replace("+", "-").replace("/", "_").rstrip("=")
    return {
        "changed data": f"bkpt_{changed}--{digest}",
        "upper-case digest": f"bkpt_{message}--{digest.upper()}",
        "digest of the JSON": f"bkpt_{message}--{of_json}",
        "another key": f"bkpt_{message}--{hmac.digest(b'x', message.encode(), hashlib.sha1).hex()}",
        "an extra separator": f"bkpt_{message}----{digest}",
        "more in front": f"bkpt_AAAA--{message}--{digest}",
        "another alphabet": f"bkpt_{url_safe}_--{digest}",
        "no prefix": f"{message}--{digest}",
        "another prefix": f"bkpat_{message}--{digest}",
        "the prefix twice": f"bkpt_bkpt_{message}--{digest}",
        "truncated": value[:-1],
        "padded": f"bkpt_{message}=--{digest}",
        "no digest": f"bkpt_{message}--",
        "no message": f"bkpt_--{digest}",
        "quoted": f'"{value}"',
    }


HOW = sorted(forged("bkpt_" + base64.b64encode(b'{"_rails":{"data":["a","b"]}}').decode() + "--0"))


@pytest.mark.parametrize("how", HOW)
async def test_a_value_that_was_not_signed_here_is_refused(registry: Registry, how: str) -> None:
    values = [
        (await registry.create_token())["token"],
        await registry.temporary_token("install"),
    ]

    for value in values:
        assert await status_of_look(registry, basic(value)) == 200
        assert await status_of_look(registry, basic(forged(value)[how])) == 401


async def test_a_value_says_who_and_where_and_when_it_ends(registry: Registry) -> None:
    made = await registry.create_token()
    temporary = await registry.temporary_token("install")

    def said(value: str) -> dict[str, Any]:
        message = value.removeprefix("bkpt_").partition("--")[0]
        found: dict[str, Any] = json.loads(base64.b64decode(message))["_rails"]
        return found

    assert said(made["token"]) == {"data": [made["id"], registry.facts["id"]]}
    assert said(temporary)["data"][1] == registry.facts["id"]
    assert said(temporary)["exp"].endswith("Z")
