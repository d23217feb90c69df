"""What becomes of a real agent when the token that admitted it is revoked, expires or narrows."""

from datetime import timedelta

import pytest

from tests.clients.agents import Fleet, reaching
from tests.clients.operators import Operator
from tests.server import Served

pytestmark = pytest.mark.real_agent


async def test_a_revoked_token_disturbs_no_connected_agent_and_starts_no_new_one(
    server: Served, admin: Operator, fleet: Fleet
) -> None:
    token = await admin.create_agent_token()
    connected = fleet.start(*reaching(server, token["value"]))
    await connected.is_ready()

    await admin.revoke_agent_token(token["id"])

    late = fleet.start(*reaching(server, token["value"]))
    heard = await admin.now()
    for _ in range(4):
        heard = await admin.hears(connected, since=heard)
    assert "401 Unauthorized" in await late.is_refused()
    assert (await admin.view(connected))["connectionState"] == "connected"
    assert "401" not in connected.log


async def test_an_agent_outlives_its_token_by_hours_and_no_new_one_starts_with_it(
    server: Served, admin: Operator, fleet: Fleet
) -> None:
    expiry = await admin.now() + timedelta(hours=1)
    token = await admin.create_agent_token(expiresAt=expiry.isoformat())
    connected = fleet.start(*reaching(server, token["value"]))
    await connected.is_ready()

    await admin.advance(3 * 3600)

    late = fleet.start(*reaching(server, token["value"]))
    await admin.hears(connected, since=await admin.now())
    assert "401 Unauthorized" in await late.is_refused()
    assert (await admin.view(connected))["connectionState"] == "connected"
    assert "401" not in connected.log


async def test_an_agent_leaves_when_its_token_no_longer_allows_its_address(
    server: Served, admin: Operator, fleet: Fleet
) -> None:
    token = await admin.create_agent_token(allowedIpAddresses="127.0.0.0/8")
    agent = fleet.start(*reaching(server, token["value"]))
    await agent.is_ready()

    await admin.allow_only(token, "10.0.0.0/8")

    await agent.says("The agent token no longer allows the IP address 127.0.0.1")
    assert await agent.exit_status() == 0
    assert (await admin.view(agent))["connectionState"] == "stopped"
