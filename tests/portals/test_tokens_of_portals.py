"""Service tokens, secrets and ephemeral tokens: made, listed, removed, expired."""

import re

import pytest

from tests.actors import Administrator, Refused
from tests.portals.actors import PortalMaker

SECRET = re.compile(r"bkps_[A-Za-z0-9]+_[0-9a-f]{60}")
TOKEN = re.compile(r"bkpat_[A-Za-z0-9]+_[0-9a-f]{40}")
MINUTE = 60


async def test_further_service_tokens_open_the_same_portal_until_they_are_removed(
    maker: PortalMaker,
) -> None:
    portal = await maker.make()
    further = await portal.create_service_token()
    first, second = await portal.listed("tokens")

    await portal.remove("tokens", first["uuid"])

    assert TOKEN.fullmatch(further["value"])
    assert [first["kind"], second["kind"], second["uuid"]] == ["service"] * 2 + [further["uuid"]]
    assert (await portal.send()).status_code == 401
    assert await portal.who(further["value"])
    assert [each["uuid"] for each in await portal.listed("tokens")] == [further["uuid"]]


async def test_a_portal_has_two_secrets_at_most_so_that_one_can_replace_the_other(
    maker: PortalMaker,
) -> None:
    portal = await maker.make()
    old, new = await portal.create_secret(), await portal.create_secret()

    with pytest.raises(Refused) as refused:
        await portal.create_secret()
    await portal.remove("secrets", old["uuid"])
    third = await portal.create_secret()

    assert SECRET.fullmatch(old["value"])
    assert refused.value.status == 422
    assert [each["uuid"] for each in await portal.listed("secrets")] == [
        new["uuid"],
        third["uuid"],
    ]


async def test_a_secret_is_exchanged_for_a_token_of_an_hour(
    maker: PortalMaker, admin: Administrator
) -> None:
    portal = await maker.make()
    secret = await portal.create_secret()
    before = await portal.listed("tokens")

    minted = await portal.exchange_secret(secret["value"])

    (made,) = (await portal.listed("tokens"))[len(before) :]
    assert list(minted) == ["token", "expires_at"]
    assert TOKEN.fullmatch(minted["token"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", minted["expires_at"])
    assert made["kind"] == "ephemeral"
    await admin.advance(60 * MINUTE - 1)
    assert await portal.who(minted["token"]) == await portal.who()
    await admin.advance(1)
    assert (await portal.send(token=minted["token"])).status_code == 401
    assert await portal.who()


@pytest.mark.parametrize(("asked", "lives"), [(1, 1), (59, 59), (60, 60), (61, 60), (10**30, 60)])
async def test_a_shorter_life_can_be_asked_for_in_minutes_and_a_longer_one_is_cut(
    maker: PortalMaker, admin: Administrator, asked: int, lives: int
) -> None:
    portal = await maker.make()
    secret = await portal.create_secret()

    minted = await portal.exchange_secret(secret["value"], expires_in=asked)

    await admin.advance(lives * MINUTE - 1)
    assert await portal.who(minted["token"])
    await admin.advance(1)
    assert (await portal.send(token=minted["token"])).status_code == 401


@pytest.mark.parametrize("asked", [0, -1, "5", 1.5, True])
async def test_no_life_at_all_cannot_be_asked_for(maker: PortalMaker, asked: object) -> None:
    portal = await maker.make()
    secret = await portal.create_secret()

    with pytest.raises(Refused) as refused:
        await portal.exchange_secret(secret["value"], expires_in=asked)

    assert refused.value.status == 422
    assert len(await portal.listed("tokens")) == 1


async def test_removing_a_secret_ends_the_exchange_and_not_what_was_had_for_it(
    maker: PortalMaker,
) -> None:
    portal = await maker.make()
    secret = await portal.create_secret()
    minted = await portal.exchange_secret(secret["value"])

    await portal.remove("secrets", secret["uuid"])

    with pytest.raises(Refused) as refused:
        await portal.exchange_secret(secret["value"])
    assert refused.value.status == 401
    assert await portal.who(minted["token"])


async def test_a_secret_is_good_for_its_own_portal_and_its_uuid_only(
    maker: PortalMaker, rival: PortalMaker
) -> None:
    portal, other, theirs = await maker.make(), await maker.make(name="Other"), await rival.make()
    secret = await portal.create_secret()
    foreign = await theirs.create_secret()
    presented = {"grant_type": "client_credentials", "secret": secret["value"]}

    refusals = []
    for attempt in (
        other.exchange_secret(secret["value"]),
        theirs.exchange_secret(secret["value"]),
        portal.exchange_secret(foreign["value"]),
        portal.exchange(**presented),
        portal.exchange(**presented, client_id=other.facts["uuid"]),
        portal.exchange(**presented, client_id="who-am-i"),
        portal.exchange_secret(portal.service_token),
        portal.exchange_secret(secret["value"].upper()),
        portal.exchange_secret(f" {secret['value']}"),
        portal.exchange_secret(""),
        portal.exchange_secret("\N{SNOWMAN}"),
        portal.post("/organizations/sandbox/portals/unknown/tokens", presented),
        portal.post("/organizations/unknown/portals/who-am-i/tokens", presented),
    ):
        with pytest.raises(Refused) as refused:
            await attempt
        refusals.append((refused.value.status, refused.value.message))

    assert len(set(refusals)) == 1
    assert refusals[0][0] == 401


@pytest.mark.parametrize(
    "body",
    [{}, {"grant_type": "password"}, {"grant_type": "CLIENT_CREDENTIALS"}, {"grant_type": ""}],
)
async def test_an_unknown_grant_is_a_bad_request(maker: PortalMaker, body: dict[str, str]) -> None:
    portal = await maker.make()

    with pytest.raises(Refused) as refused:
        await portal.exchange(**body)

    assert (refused.value.status, refused.value.message) == (
        400,
        "grant_type must be client_credentials or device_code",
    )


async def test_values_are_shown_once(maker: PortalMaker) -> None:
    portal = await maker.make(user_invokable=True)
    token, secret = await portal.create_service_token(), await portal.create_secret()
    minted = await portal.exchange_secret(secret["value"])

    told = [
        await portal.listed("tokens"),
        await portal.listed("secrets"),
        await maker.caller.get(maker.portals),
        await maker.change(portal, description="Changed"),
    ]

    for value in (portal.service_token, token["value"], secret["value"], minted["token"]):
        assert value not in str(told)
        assert value.rpartition("_")[2] not in str(told)


async def test_what_carries_a_value_is_not_to_be_kept(maker: PortalMaker) -> None:
    portal = await maker.make(user_invokable=True)
    http = maker.caller.server.http

    answers = [
        await http.post(f"{portal.controls}/tokens"),
        await http.post(f"{portal.controls}/secrets"),
        await http.post(f"{portal.path}/codes"),
    ]

    assert [each.status_code for each in answers] == [201, 201, 200]
    assert {each.headers["cache-control"] for each in answers} == {"no-store"}


@pytest.mark.parametrize("what", ["tokens", "secrets"])
async def test_what_is_not_there_cannot_be_removed(maker: PortalMaker, what: str) -> None:
    portal, other = await maker.make(), await maker.make(name="Other")
    made = await other.post(f"{other.controls}/{what}")

    for uuid in ("unknown", made["uuid"]):
        with pytest.raises(Refused) as refused:
            await portal.remove(what, uuid)
        assert refused.value.status == 404
    assert made["uuid"] in {each["uuid"] for each in await other.listed(what)}


@pytest.mark.parametrize("place", ["sandbox/unknown", "unknown/who-am-i"])
async def test_portals_that_are_not_there_have_no_controls(maker: PortalMaker, place: str) -> None:
    await maker.make()

    answer = await maker.caller.server.http.post(f"/_mock/portals/{place}/tokens")

    assert answer.status_code == 404
