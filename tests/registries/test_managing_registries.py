"""Package registries and their tokens over REST."""

import re
from typing import Any

import pytest

from tests.actors import Refused
from tests.registries.actors import Registry, RegistryMaker
from tests.shapes import differences

VALUE = re.compile(
    r"bkpt_(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?--[0-9a-f]{40}"
)
URL = "http://127.0.0.1:5483/v2/packages/organizations/sandbox/registries/my-fruits"
WEB_URL = "http://127.0.0.1:5483/organizations/sandbox/packages/registries/my-fruits"
PLACE = {
    "id": "<uuid>",
    "graphql_id": "<graphql id Registry>",
    "slug": "my-fruits",
    "url": URL,
    "web_url": WEB_URL,
}
REGISTRY: dict[str, Any] = {
    **PLACE,
    "name": "My fruits",
    "ecosystem": "python",
    "description": None,
    "emoji": None,
    "color": None,
    "public": False,
    "type": "source",
    "oidc_policy": None,
    "team_ids": [],
}
TOKEN = {
    "id": "<uuid>",
    "graphql_id": "<graphql id RegistryToken>",
    "description": "Usher",
    "url": f"{URL}/tokens/<uuid>",
    "created_at": "<moment in milliseconds>",
    "created_by": {
        "id": "<uuid>",
        "graphql_id": "<graphql id User>",
        "name": "<text>",
        "email": "<text>",
        "avatar_url": "<text>",
        "created_at": "<moment in milliseconds>",
    },
    "organization": {
        "id": "<uuid>",
        "slug": "sandbox",
        "url": "http://127.0.0.1:5483/v2/organizations/sandbox",
        "web_url": "http://127.0.0.1:5483/organizations/sandbox",
    },
    "registry": PLACE,
}


async def test_a_registry_is_answered_as_documented(maker: RegistryMaker) -> None:
    response = await maker.caller.send(
        "POST", maker.registries, json={"name": "My fruits", "ecosystem": "python"}
    )

    made = response.json()
    assert response.status_code == 200
    assert list(differences(REGISTRY, made, {})) == []
    assert await maker.caller.get(f"{maker.registries}/my-fruits") == made
    assert await maker.caller.get(maker.registries) == [made]


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT"])
async def test_a_registry_is_changed_with_the_methods_that_clients_use(
    maker: RegistryMaker, method: str
) -> None:
    registry = await maker.make(description="Sweet", emoji=":banana:", color="#ffff00")

    changed = await maker.caller.call(
        method, registry.path, json={"name": "Vegetables", "color": None}
    )

    assert changed == {**registry.facts, "name": "Vegetables", "color": None}
    assert changed["slug"] == "fruits"


async def test_teams_are_told_as_they_were_given(maker: RegistryMaker) -> None:
    registry = await maker.make(team_ids=["one"])

    assert registry.facts["team_ids"] == ["one"]


async def test_a_deleted_registry_is_gone_with_its_tokens_and_packages(
    maker: RegistryMaker, registry: Registry
) -> None:
    token = await registry.create_token()
    temporary = await registry.temporary_token("install")

    deleted = await maker.caller.send("DELETE", registry.path)
    again = await maker.make()

    assert (deleted.status_code, deleted.content) == (200, b"")
    for value in (token["token"], temporary):
        answer = await again.look({"Authorization": f"Bearer {value}"})
        assert answer.status_code == 401
    empty = await again.look({"Authorization": f"Bearer {maker.caller.api_access_token}"})
    assert empty.status_code == 404


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"name": ""}, "Name can't be blank"),
        ({"name": "x" * 256}, "Name is too long (maximum is 255 characters)"),
        ({"name": "!"}, "Name must have a letter or a digit that a slug can be made of"),
        ({"name": "fruits"}, "Name has already been taken"),
        ({"ecosystem": None}, "Ecosystem must be the name of one, such as python"),
        ({"ecosystem": "a b"}, "Ecosystem must be the name of one, such as python"),
        ({"team_ids": "all"}, "Expected `array | null`, got `str` - at `$.team_ids`"),
    ],
)
async def test_what_cannot_be_a_registry_is_refused(
    maker: RegistryMaker, given: dict[str, Any], reason: str
) -> None:
    await maker.make()

    with pytest.raises(Refused) as refused:
        await maker.caller.post(maker.registries, {"name": "New", "ecosystem": "ruby", **given})

    assert (refused.value.status, refused.value.message) == (422, f"Validation failed: {reason}")
    assert len(await maker.caller.get(maker.registries)) == 1


async def test_a_registry_token_is_answered_as_documented_with_its_value_once(
    maker: RegistryMaker,
) -> None:
    registry = await maker.make(name="My fruits")
    tokens = f"{registry.path}/tokens"

    response = await maker.caller.send("POST", tokens, json={"description": "Usher"})

    made = response.json()
    value = made.pop("token")
    assert (response.status_code, response.headers["cache-control"]) == (200, "no-store")
    assert list(differences(TOKEN, made, {})) == []
    assert VALUE.fullmatch(value)
    assert await maker.caller.get(f"{tokens}/{made['id']}") == made
    assert await maker.caller.get(tokens) == [made]


async def test_the_description_of_a_token_is_changed_and_the_token_stays(
    maker: RegistryMaker, registry: Registry
) -> None:
    made = await registry.create_token()
    path = f"{registry.path}/tokens/{made['id']}"

    changed = await maker.caller.post(path, {"description": "Beyonce"})

    assert changed["description"] == "Beyonce"
    assert "token" not in changed
    assert (await registry.look({"Authorization": f"Bearer {made['token']}"})).status_code == 200


async def test_a_deleted_token_opens_nothing(maker: RegistryMaker, registry: Registry) -> None:
    made, other = await registry.create_token(), await registry.create_token("Other")
    path = f"{registry.path}/tokens/{made['id']}"

    deleted = await maker.caller.send("DELETE", path)

    assert (deleted.status_code, deleted.content) == (200, b"")
    statuses = [
        (await registry.look({"Authorization": f"Bearer {each['token']}"})).status_code
        for each in (made, other)
    ]
    assert statuses == [401, 200]
    for method in ("GET", "POST", "DELETE"):
        answer = await maker.caller.send(method, path, json={"description": "Again"})
        assert answer.status_code == 404


@pytest.mark.parametrize("body", [{}, {"description": None}, {"description": "  "}])
async def test_a_token_needs_a_description(
    maker: RegistryMaker, registry: Registry, body: dict[str, Any]
) -> None:
    made = await registry.create_token()

    for path in (f"{registry.path}/tokens", f"{registry.path}/tokens/{made['id']}"):
        with pytest.raises(Refused) as refused:
            await maker.caller.post(path, body)
        assert refused.value.message == "Validation failed: Description can't be blank"


async def test_a_public_registry_gets_no_tokens_and_keeps_those_it_has(
    maker: RegistryMaker, registry: Registry
) -> None:
    made = await registry.create_token()
    await maker.caller.put(registry.path, {"public": True})

    with pytest.raises(Refused) as refused:
        await registry.create_token()
    await maker.caller.put(registry.path, {"public": False})

    assert refused.value.status == 422
    assert (await registry.look({"Authorization": f"Bearer {made['token']}"})).status_code == 200


async def test_registries_and_tokens_of_others_are_not_to_be_seen(
    maker: RegistryMaker, rival: RegistryMaker
) -> None:
    own, theirs, other = await maker.make(), await rival.make(), await maker.make(name="Other")
    token = await own.create_token()

    for path in (
        own.path,
        f"{theirs.path}/tokens/{token['id']}",
        f"{rival.registries}/other",
    ):
        with pytest.raises(Refused) as refused:
            await rival.caller.get(path)
        assert refused.value.status == 404
    with pytest.raises(Refused) as refused:
        await maker.caller.get(f"{other.path}/tokens/{token['id']}")
    assert refused.value.status == 404
    assert [each["id"] for each in await rival.caller.get(rival.registries)] == [theirs.facts["id"]]


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 422), ({"for": "delete"}, 422), ({"use": "install"}, 422), ("install", 400)],
)
async def test_a_temporary_token_is_for_one_of_two_uses(
    registry: Registry, body: Any, status: int
) -> None:
    path = f"/_mock/registries/sandbox/{registry.facts['slug']}/temporary-tokens"

    answer = await registry.server.http.post(path, json=body)

    assert answer.status_code == status


@pytest.mark.parametrize("place", ["sandbox/unknown", "unknown/fruits"])
async def test_there_are_no_temporary_tokens_for_what_is_not_there(
    registry: Registry, place: str
) -> None:
    path = f"/_mock/registries/{place}/temporary-tokens"

    answer = await registry.server.http.post(path, json={"for": "install"})

    assert answer.status_code == 404
