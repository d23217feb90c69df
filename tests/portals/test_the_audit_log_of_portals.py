"""What is done to portals, their tokens and secrets is on record, without any value."""

from typing import Any

import pytest

from tests.actors import Administrator
from tests.portals.actors import VIEWER, PortalMaker
from tests.portals.conftest import MEMBER

EVENTS = """
{ organization(slug: "sandbox") { auditEvents { edges { node {
  type data actor { name } context { __typename } subject { type name uuid }
} } } } }
"""


async def events(admin: Administrator) -> list[dict[str, Any]]:
    """The audit log, the first event first, but for what is said of tokens of other kinds."""
    found = (await admin.graphql(EVENTS))["organization"]["auditEvents"]["edges"]
    nodes = [edge["node"] for edge in reversed(found)]
    return [each for each in nodes if each["type"].startswith("PORTAL_")]


def told(found: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    """What happened, and who did it."""
    return [(each["type"], each["actor"] and each["actor"]["name"]) for each in found]


@pytest.mark.usefixtures("member")
async def test_the_life_of_a_portal_and_of_what_opens_it_is_told(
    maker: PortalMaker, admin: Administrator
) -> None:
    portal = await maker.make(query=VIEWER, user_invokable=True)
    token = await portal.create_service_token()
    secret = await portal.create_secret()
    ephemeral = await portal.exchange_secret(secret["value"])
    code = await portal.ask_for_code()
    await portal.approve(code, MEMBER)
    users = await portal.exchange_code(code)
    await portal.remove("tokens", token["uuid"])
    await portal.remove("secrets", secret["uuid"])
    await maker.change(portal, name="New")
    await maker.delete(portal)

    found = await events(admin)

    administrator = "Sandbox Admin"
    assert told(found) == [
        ("PORTAL_CREATED", administrator),
        ("PORTAL_TOKEN_CREATED", administrator),
        ("PORTAL_TOKEN_CREATED", administrator),
        ("PORTAL_SECRET_CREATED", administrator),
        ("PORTAL_TOKEN_CREATED", None),
        ("PORTAL_TOKEN_CODE_AUTHORIZED", "Bob"),
        ("PORTAL_TOKEN_CREATED", "Bob"),
        ("PORTAL_TOKEN_DELETED", administrator),
        ("PORTAL_SECRET_DELETED", administrator),
        ("PORTAL_UPDATED", administrator),
        ("PORTAL_DELETED", administrator),
    ]
    contexts = [each["context"]["__typename"] for each in found]
    assert contexts[2:6] == ["AuditWebContext"] * 2 + ["AuditAPIContext", "AuditWebContext"]
    assert found[2]["subject"]["uuid"] == found[7]["subject"]["uuid"] == token["uuid"]
    values = [portal.service_token, token["value"], secret["value"]]
    values += [ephemeral["token"], users["token"], code["code"], code["secret"]]
    assert not any(value in str(found) for value in values)


async def test_what_is_known_of_portal_tokens_and_secrets(maker: PortalMaker) -> None:
    portal = await maker.make(query=VIEWER)
    secret = await portal.create_secret()
    await portal.remove("secrets", secret["uuid"])

    known = [
        (await portal.post("/_mock/tokens/inspect", {"value": value}))["on_record"]
        for value in (portal.service_token, secret["value"])
    ]

    assert [(each["kind"], each["is_live"], each["organizations"]) for each in known] == [
        ("portal-token", True, ["sandbox"]),
        ("portal-secret", False, ["sandbox"]),
    ]
