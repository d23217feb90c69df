"""What is done to registries and their tokens is on record, and what their tokens are."""

from typing import Any

from tests.actors import Administrator
from tests.registries.actors import Registry, RegistryMaker

EVENTS = """
{ organization(slug: "sandbox") { auditEvents { edges { node {
  type data actor { name } subject { type name uuid }
} } } } }
"""


async def events(admin: Administrator) -> list[dict[str, Any]]:
    """The audit log of registries, the first event first."""
    found = (await admin.graphql(EVENTS))["organization"]["auditEvents"]["edges"]
    nodes = [edge["node"] for edge in reversed(found)]
    return [each for each in nodes if each["type"].startswith("REGISTRY_")]


async def test_the_life_of_a_registry_and_of_its_tokens_is_told(
    maker: RegistryMaker, admin: Administrator
) -> None:
    registry = await maker.make()
    token = await registry.create_token()
    temporary = await registry.temporary_token("install")
    path = f"{registry.path}/tokens/{token['id']}"
    await maker.caller.post(path, {"description": "Beyonce"})
    await maker.caller.delete(path)
    await maker.caller.put(registry.path, {"description": "Sweet", "public": True})
    await maker.caller.put(registry.path, {"description": "Sweet"})
    await maker.caller.delete(registry.path)

    found = await events(admin)

    assert [each["type"] for each in found] == [
        "REGISTRY_CREATED",
        "REGISTRY_TOKEN_CREATED",
        "REGISTRY_TOKEN_UPDATED",
        "REGISTRY_TOKEN_DELETED",
        "REGISTRY_UPDATED",
        "REGISTRY_VISIBILITY_CHANGED",
        "REGISTRY_DELETED",
    ]
    assert {each["actor"]["name"] for each in found} == {"Sandbox Admin"}
    assert {each["subject"]["uuid"] for each in found} == {registry.facts["id"], token["id"]}
    assert not any(value in str(found) for value in (token["token"], temporary))


async def inspected(registry: Registry, value: str) -> Any:
    """What a server knows of a value."""
    answer = await registry.server.http.post("/_mock/tokens/inspect", json={"value": value})
    return answer.json()["on_record"]


async def test_what_is_known_of_registry_tokens(registry: Registry, admin: Administrator) -> None:
    kept, deleted = await registry.create_token("Kept"), await registry.create_token("Deleted")
    temporary = await registry.temporary_token("publish")
    await registry.caller.delete(f"{registry.path}/tokens/{deleted['id']}")
    before = await inspected(registry, temporary)
    await admin.advance(300)

    known = [await inspected(registry, each["token"]) for each in (kept, deleted)]
    after = await inspected(registry, temporary)

    assert [(each["kind"], each["name"], each["is_live"]) for each in (*known, before, after)] == [
        ("registry-token", "Kept", True),
        ("registry-token", "Deleted", False),
        ("registry-token", "Fruits", True),
        ("registry-token", "Fruits", False),
    ]
    assert known[0]["organizations"] == ["sandbox"]
    assert await inspected(registry, f"{kept['token'][:-1]}x") is None
