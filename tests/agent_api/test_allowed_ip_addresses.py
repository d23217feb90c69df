"""Allowed IP addresses: from where an agent token admits agents, and keeps them."""

import ipaddress
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from mock_buildkite.clock import ManualClock
from mock_buildkite.settings import Settings
from tests.actors import Administrator, Agent, Refused, status_of
from tests.server import Served, serve_in_process

ANYWHERE = "0.0.0.0/0"


@pytest.fixture
async def server(settings: Settings, clock: ManualClock) -> AsyncIterator[Served]:
    """In process, where a client can be at any address."""
    async with serve_in_process(settings, clock) as served:
        yield served


def at(address: str, server: Served, *forwarded_for: str) -> Served:
    """The server as it is seen from an address; with what proxies say of who is behind it."""
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(server.application, client=(address, 4711)),
        base_url=server.url,
        headers=[("X-Forwarded-For", each) for each in forwarded_for],
    )
    return replace(server, http=client)


async def restricted(admin: Administrator, allowed: str) -> dict[str, str]:
    """An agent token for some addresses only."""
    return await admin.create_agent_token(allowedIpAddresses=allowed)


async def narrow(admin: Administrator, token: dict[str, str], allowed: str) -> None:
    await admin.mutate(
        "clusterAgentTokenUpdate",
        "clusterAgentToken { id }",
        organizationId=admin.organization_id,
        id=token["id"],
        description="fleet",
        allowedIpAddresses=allowed,
    )


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("10.1.2.0", 200),
        ("10.1.2.3", 200),
        ("10.1.2.255", 200),
        ("192.0.2.7", 200),
        ("::ffff:10.1.2.3", 200),
        ("10.1.3.0", 403),
        ("10.1.1.255", 403),
        ("192.0.2.8", 403),
        ("127.0.0.1", 403),
        ("::1", 403),
        ("::ffff:10.1.3.0", 403),
        ("2001:db8::1", 403),
        ("testclient", 403),
    ],
)
async def test_they_decide_who_registers(
    server: Served, admin: Administrator, address: str, status: int
) -> None:
    token = await restricted(admin, "10.1.2.0/24 192.0.2.7/32")

    assert await status_of(Agent(at(address, server), token["value"]).register()) == status


@pytest.mark.parametrize("address", ["10.1.2.3", "::1", "2001:db8::1"])
async def test_without_them_agents_register_from_anywhere(server: Served, address: str) -> None:
    assert await status_of(Agent(at(address, server)).register()) == 200


async def test_the_refusal_tells_the_address_and_what_to_do(
    server: Served, admin: Administrator
) -> None:
    token = await restricted(admin, "10.1.2.0/24")

    with pytest.raises(Refused) as refused:
        await Agent(at("10.9.9.9", server), token["value"]).register()

    assert refused.value.status == 403
    assert refused.value.message == (
        "This agent token can't be used from the IP address 10.9.9.9."
        " Add it to the token's allowed IP addresses"
    )
    assert await admin.agents() == []


async def test_metrics_and_the_tokens_own_facts_are_not_restricted(
    server: Served, admin: Administrator
) -> None:
    token = await restricted(admin, "10.1.2.0/24")
    outside = Agent(at("10.9.9.9", server), token["value"])

    assert (await outside.metrics())["agents"]["total"] == 0
    await outside.call("GET", "metrics/queue?name=default", token=token["value"])
    assert (await outside.identity())["uuid"] == token["uuid"]


async def test_an_admitted_agent_may_move_to_another_address(
    server: Served, admin: Administrator
) -> None:
    token = await restricted(admin, "10.1.2.0/24")
    agent = await Agent(at("10.1.2.3", server), token["value"]).start()

    agent.server = at("10.9.9.9", server)

    assert await agent.ping() == {}
    await agent.heartbeat()
    assert await admin.agent(agent, "ipAddress") == {"ipAddress": "10.9.9.9"}


async def test_narrowing_them_makes_the_agents_outside_leave_at_their_next_ping(
    server: Served, admin: Administrator
) -> None:
    token = await restricted(admin, ANYWHERE)
    inside = await Agent(at("10.1.2.3", server), token["value"]).start("inside")
    outside = await Agent(at("10.9.9.9", server), token["value"]).start("outside")
    of_another_token = await Agent(at("10.9.9.9", server)).start("of another token")

    await narrow(admin, token, "10.1.2.0/24")

    assert await outside.ping() == {
        "action": "disconnect",
        "message": "The agent token no longer allows the IP address 10.9.9.9",
    }
    assert await admin.state(outside) == "stopping"
    for agent in (inside, of_another_token):
        assert await agent.ping() == {}
        assert await admin.state(agent) == "connected"
    assert await status_of(Agent(outside.server, token["value"]).register()) == 403


async def test_where_an_agent_is_now_counts_and_not_where_it_registered(
    server: Served, admin: Administrator
) -> None:
    token = await restricted(admin, ANYWHERE)
    came_in = await Agent(at("10.9.9.9", server), token["value"]).start("came in")
    went_out = await Agent(at("10.1.2.3", server), token["value"]).start("went out")
    came_in.server, went_out.server = went_out.server, came_in.server
    await came_in.ping()
    await went_out.ping()

    await narrow(admin, token, "10.1.2.0/24")

    assert await came_in.ping() == {}
    assert (await went_out.ping())["action"] == "disconnect"


async def test_widening_them_disturbs_nobody(server: Served, admin: Administrator) -> None:
    token = await restricted(admin, "10.1.2.0/24")
    agent = await Agent(at("10.1.2.3", server), token["value"]).start()

    await narrow(admin, token, "10.1.2.0/24 10.9.0.0/16")

    assert await agent.ping() == {}
    assert await status_of(Agent(at("10.9.9.9", server), token["value"]).register()) == 200


async def test_narrowing_them_reaches_the_agents_outside_by_stream(socket_server: Served) -> None:
    admin = Administrator(socket_server)
    token = await restricted(admin, ANYWHERE)
    agent = await Agent(socket_server, token["value"]).start()

    async with agent.stream() as stream:
        await stream.next()
        await narrow(admin, token, "10.1.2.0/24")

        assert await stream.next() == (
            "disconnect",
            "The agent token no longer allows the IP address 127.0.0.1",
        )


class TestBehindTrustedProxies:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(
            trusted_proxies=(
                ipaddress.ip_network("172.16.0.0/12"),
                ipaddress.ip_network("fd00::/8"),
            )
        )

    @pytest.mark.parametrize(
        ("caller", "forwarded_for", "address"),
        [
            # The proxy says whom it was called by.
            ("172.16.0.1", ["10.1.2.3"], "10.1.2.3"),
            ("fd00::1", ["10.1.2.3"], "10.1.2.3"),
            ("172.16.0.1", ["2001:db8::1"], "2001:db8::1"),
            # Of a chain, the last hop that is no proxy of ours: who wrote the rest is unknown.
            ("172.16.0.1", ["10.1.2.3, 172.16.0.2"], "10.1.2.3"),
            ("172.16.0.1", ["10.1.2.3", "172.16.0.3,172.16.0.2"], "10.1.2.3"),
            ("172.16.0.1", ["10.1.2.3, 10.9.9.9"], "10.9.9.9"),
            ("172.16.0.1", ["10.1.2.3, 10.9.9.9, 172.16.0.2"], "10.9.9.9"),
            # Nobody else is believed.
            ("10.9.9.9", ["10.1.2.3"], "10.9.9.9"),
            ("10.9.9.9", ["10.1.2.3, 172.16.0.1"], "10.9.9.9"),
            # A proxy that says nothing called on its own behalf.
            ("172.16.0.1", [], "172.16.0.1"),
            ("172.16.0.1", ["", " , "], "172.16.0.1"),
            ("172.16.0.1", ["172.16.0.2"], "172.16.0.2"),
        ],
    )
    async def test_the_address_is_that_of_the_last_caller_who_is_no_proxy(
        self,
        server: Served,
        admin: Administrator,
        caller: str,
        forwarded_for: list[str],
        address: str,
    ) -> None:
        agent = await Agent(at(caller, server, *forwarded_for)).register()

        assert await admin.agent(agent, "ipAddress") == {"ipAddress": address}

    async def test_it_decides_who_registers(self, server: Served, admin: Administrator) -> None:
        token = await restricted(admin, "10.1.2.0/24")
        inside = Agent(at("172.16.0.1", server, "10.1.2.3"), token["value"])
        outside = Agent(at("172.16.0.1", server, "10.9.9.9"), token["value"])
        liar = Agent(at("10.9.9.9", server, "10.1.2.3"), token["value"])

        statuses = [await status_of(each.register()) for each in (inside, outside, liar)]

        assert statuses == [200, 403, 403]

    async def test_what_is_no_address_is_outside(
        self, server: Served, admin: Administrator
    ) -> None:
        token = await restricted(admin, "10.1.2.0/24")

        for said in ("unknown", "10.1.2.3:4711", "_hidden", "10.1.2.3/24", "10.1.2.03"):
            agent = Agent(at("172.16.0.1", server, said), token["value"])

            assert await status_of(agent.register()) == 403, said


async def test_without_trusted_proxies_nobody_is_believed(
    server: Served, admin: Administrator
) -> None:
    for caller in ("127.0.0.1", "172.16.0.1"):
        agent = await Agent(at(caller, server, "10.1.2.3")).register()

        assert await admin.agent(agent, "ipAddress") == {"ipAddress": caller}
