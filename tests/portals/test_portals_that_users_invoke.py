"""User-invoked portals: a code is asked for, approved by a member, and exchanged once."""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.actors import Administrator, Refused
from tests.portals.actors import VIEWER, Portal, PortalMaker
from tests.portals.conftest import MEMBER

HOUR = 3600


@pytest.fixture
async def portal(maker: PortalMaker) -> Portal:
    return await maker.make(user_invokable=True)


@pytest.mark.usefixtures("member")
async def test_a_code_becomes_a_token_that_acts_as_the_member_who_approved_it(
    portal: Portal,
) -> None:
    code = await portal.ask_for_code()

    await portal.approve(code, MEMBER)

    minted = await portal.exchange_code(code)
    assert list(code) == ["code", "secret", "authorization_url", "expires_at"]
    assert re.fullmatch(r"bkpat_[A-Za-z0-9]+_[0-9a-f]{40}", minted["token"])
    assert await portal.who(minted["token"]) == MEMBER
    (made,) = [each for each in await portal.listed("tokens") if each["kind"] == "user"]
    assert made["user"] == MEMBER


@pytest.mark.usefixtures("member")
async def test_a_users_token_has_no_more_rights_than_the_user(maker: PortalMaker) -> None:
    query = "query ($slug: ID!) { organization(slug: $slug) { agentTokens { count } } }"
    portal = await maker.make(query, name="Tokens", user_invokable=True)
    code = await portal.ask_for_code()
    await portal.approve(code, MEMBER)
    token = (await portal.exchange_code(code))["token"]

    as_member = await portal.send({"slug": "sandbox"}, token=token)
    as_administrator = await portal.send({"slug": "sandbox"})

    assert "errors" in as_member.json() or as_member.json()["data"]["organization"] is None
    assert "errors" not in as_administrator.json()


@pytest.mark.usefixtures("member")
async def test_a_users_token_lives_for_twelve_hours(portal: Portal, admin: Administrator) -> None:
    code = await portal.ask_for_code()
    await portal.approve(code, MEMBER)
    token = (await portal.exchange_code(code))["token"]

    await admin.advance(12 * HOUR - 1)
    assert await portal.who(token) == MEMBER
    await admin.advance(1)

    assert (await portal.send(token=token)).status_code == 401


@pytest.mark.parametrize(("asked", "lives"), [(5, 5), (720, 720), (721, 720)])
async def test_a_shorter_life_can_be_asked_for_and_a_longer_one_is_cut(
    portal: Portal, admin: Administrator, asked: int, lives: int
) -> None:
    code = await portal.ask_for_code()
    await portal.approve(code)
    token = (await portal.exchange_code(code, expires_in=asked))["token"]

    await admin.advance(lives * 60 - 1)
    assert await portal.who(token)
    await admin.advance(1)

    assert (await portal.send(token=token)).status_code == 401


async def test_an_unapproved_code_can_be_asked_about_again(portal: Portal) -> None:
    code = await portal.ask_for_code()

    with pytest.raises(Refused) as early:
        await portal.exchange_code(code)
    await portal.approve(code)

    assert (early.value.status, early.value.message) == (
        400,
        "This code has not been authorized yet",
    )
    assert (await portal.exchange_code(code))["token"]


async def test_a_code_is_good_for_one_token(portal: Portal) -> None:
    code = await portal.ask_for_code()
    await portal.approve(code)
    first = await portal.exchange_code(code)

    with pytest.raises(Refused) as again:
        await portal.exchange_code(code)

    assert again.value.status == 401
    assert await portal.who(first["token"])


async def test_a_bad_life_does_not_use_a_code_up(portal: Portal) -> None:
    code = await portal.ask_for_code()
    await portal.approve(code)

    with pytest.raises(Refused) as refused:
        await portal.exchange_code(code, expires_in=0)

    assert refused.value.status == 422
    assert await portal.exchange_code(code)


async def test_a_code_lives_for_five_minutes(portal: Portal, admin: Administrator) -> None:
    approved, waiting = await portal.ask_for_code(), await portal.ask_for_code()
    await portal.approve(approved)
    await admin.advance(300)

    with pytest.raises(Refused) as exchanged:
        await portal.exchange_code(approved)
    with pytest.raises(Refused) as late:
        await portal.approve(waiting)

    assert [exchanged.value.status, late.value.status] == [401, 422]


async def test_a_code_can_be_used_until_the_last_second(
    portal: Portal, admin: Administrator
) -> None:
    code = await portal.ask_for_code()
    await admin.advance(299)
    await portal.approve(code)

    assert await portal.exchange_code(code)


async def test_codes_and_secrets_of_two_flows_do_not_go_together(
    maker: PortalMaker, portal: Portal
) -> None:
    one, two = await portal.ask_for_code(), await portal.ask_for_code()
    other = await maker.make(name="Other", user_invokable=True)
    for each in (one, two):
        await portal.approve(each)

    refusals = []
    for attempt in (
        portal.exchange_code({**one, "secret": two["secret"]}),
        portal.exchange_code({**one, "secret": ""}),
        portal.exchange_code({**one, "code": one["secret"], "secret": one["code"]}),
        portal.exchange_code({"code": "unknown", "secret": one["secret"]}),
        other.exchange_code(one),
        portal.exchange(grant_type="device_code"),
    ):
        with pytest.raises(Refused) as refused:
            await attempt
        refusals.append((refused.value.status, refused.value.message))

    assert len(set(refusals)) == 1
    assert refusals[0][0] == 401
    assert await portal.exchange_code(one)


async def test_who_is_no_member_cannot_approve(portal: Portal, rival: PortalMaker) -> None:
    code = await portal.ask_for_code()

    for email in ("dan@rival.example", "nobody@nowhere.example"):
        with pytest.raises(Refused) as refused:
            await portal.approve(code, email)
        assert refused.value.status == 403
    with pytest.raises(Refused) as early:
        await portal.exchange_code(code)

    assert early.value.status == 400
    assert await rival.caller.get("/user")


@pytest.mark.usefixtures("member")
async def test_a_code_is_approved_once(portal: Portal) -> None:
    code = await portal.ask_for_code()
    await portal.approve(code, MEMBER)

    with pytest.raises(Refused) as again:
        await portal.approve(code)

    assert again.value.status == 422
    token = (await portal.exchange_code(code))["token"]
    assert await portal.who(token) == MEMBER


async def test_an_unknown_code_cannot_be_approved(portal: Portal) -> None:
    with pytest.raises(Refused) as refused:
        await portal.approve({"code": "unknown"})

    assert refused.value.status == 404


Attempt = Callable[[Portal, dict[str, Any]], Any]


@pytest.mark.parametrize(
    "attempt",
    [
        lambda portal, _code: portal.ask_for_code(),
        lambda portal, code: portal.exchange_code(code),
    ],
)
async def test_users_invoke_only_portals_that_they_may(
    maker: PortalMaker, portal: Portal, attempt: Attempt
) -> None:
    code = await portal.ask_for_code()
    await portal.approve(code)
    await maker.change(portal, user_invokable=False)

    with pytest.raises(Refused) as refused:
        await attempt(portal, code)

    assert (refused.value.status, refused.value.message) == (
        403,
        "This portal can't be invoked by users",
    )


async def test_users_tokens_rest_while_users_may_not_invoke_their_portal(
    maker: PortalMaker, portal: Portal
) -> None:
    code = await portal.ask_for_code()
    await portal.approve(code)
    token = (await portal.exchange_code(code))["token"]

    await maker.change(portal, user_invokable=False)
    meanwhile = await portal.send(token=token)
    await maker.change(portal, user_invokable=True)

    assert meanwhile.status_code == 401
    assert await portal.who(token)


@pytest.mark.usefixtures("member")
async def test_a_users_token_ends_when_the_user_leaves_the_organization(portal: Portal) -> None:
    approved, waiting = await portal.ask_for_code(), await portal.ask_for_code()
    for each in (approved, waiting):
        await portal.approve(each, MEMBER)
    token = (await portal.exchange_code(approved))["token"]
    world = portal.server.application.worlds.current
    # Nothing that is served removes a member yet.
    leave = (
        "delete from organization_members where user_id = (select id from users where email = ?)"
    )

    await world.database.write(lambda tx: tx.execute(leave, (MEMBER,)).rowcount)

    with pytest.raises(Refused) as refused:
        await portal.exchange_code(waiting)
    assert refused.value.status == 403
    assert (await portal.send(token=token)).status_code == 401


async def test_there_are_no_codes_for_a_portal_that_is_not_there(portal: Portal) -> None:
    for path in ("sandbox/portals/unknown", "unknown/portals/who-am-i"):
        with pytest.raises(Refused) as refused:
            await portal.post(f"/organizations/{path}/codes")
        assert refused.value.status == 404


async def test_the_page_at_the_authorization_url_approves_as_the_portals_maker(
    maker: PortalMaker,
) -> None:
    portal = await maker.make(VIEWER, name="<b>Mine</b>", slug="mine", user_invokable=True)
    code = await portal.ask_for_code()

    page: httpx.Response = await portal.server.http.get(code["authorization_url"])
    (action,) = re.findall(r'action="([^"]+)"', page.text)
    await portal.post(action)
    after = await portal.server.http.get(code["authorization_url"])

    assert page.headers["content-type"].startswith("text/html")
    assert "<b>" not in page.text
    assert code["secret"] not in page.text
    token = (await portal.exchange_code(code))["token"]
    assert await portal.who(token) == await portal.who()
    assert after.status_code == 422
