"""Section 7.4: expiry, revocation, and what changes while a token is used.

| Case | Also in |
|---|---|
| 20 expiry is exclusive | `agent_api/test_agent_tokens_expire_and_are_revoked.py`, \
`access_tokens/test_making_api_access_tokens.py`, `job_tokens/`, `portals/` |
| 21 an expiry too near | `graphql_api/test_cluster_agent_tokens.py` |
| 22 revoked while agents are connected | `agent_api/test_agent_tokens_expire_and_are_revoked.py` |
| 23 narrower addresses | `agent_api/test_allowed_ip_addresses.py`; there are no webhooks |
| 24 what is no list of addresses | `graphql_api/test_cluster_agent_tokens.py` |
| 25 disconnecting twice, registering again | `agent_api/test_sessions.py` |
| 27 what is deleted from under a token | `rest_api/test_clusters.py`, \
`portals/test_portals_that_users_invoke.py`; organizations and users cannot be deleted |
"""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from mock_buildkite.clock import ManualClock
from tests.actors import Administrator, Agent, Refused, status_of
from tests.builders import Builder, Worker
from tests.portals.actors import PortalMaker
from tests.rest_api.actors import Caller
from tests.server import Served
from tests.working_jobs import WorkingJob

A_MOMENT = 0.000001


@pytest.fixture
def caller(server: Served) -> Caller:
    return Caller(server, server.facts["api_access_token"])


@pytest.fixture
def tokens(server: Served) -> str:
    return f"/organizations/sandbox/clusters/{server.facts['cluster_id']}/tokens"


async def test_every_kind_is_good_until_the_very_moment_it_expires(
    server: Served, admin: Administrator, caller: Caller, tokens: str, clock: ManualClock
) -> None:
    expires_at = (clock.now() + timedelta(hours=1)).isoformat()
    agent_token = await caller.post(tokens, {"description": "lab", "expires_at": expires_at})
    seeded = {"description": "Short", "expires_at": expires_at}
    planted = await admin.seed(
        {"users": [{"email": "admin@sandbox.example", "api_access_tokens": [seeded]}]}
    )
    short = Caller(server, planted["users"][0]["api_access_tokens"][0]["value"])
    portal = await PortalMaker(caller, "sandbox").make()
    secret = (await portal.create_secret())["value"]
    ephemeral = (await portal.exchange_secret(secret))["token"]
    builder, worker = Builder(server), await Worker(server).start()
    await builder.build_of("steps: [{command: make, timeout_in_minutes: 55}]")
    job = await (await worker.take()).start()  # five minutes more than its timeout

    async def statuses() -> list[int]:
        return [
            await status_of(
                Agent(server).call("GET", "token", token=agent_token["token"]),
            ),
            await status_of(short.get("/user")),
            (await portal.send(token=ephemeral)).status_code,
            (await job.send("GET", f"jobs/{job.uuid}")).status_code,
        ]

    await admin.advance(3600 - A_MOMENT)
    before = await statuses()
    await admin.advance(A_MOMENT)

    assert before == [200, 200, 200, 200]
    assert await statuses() == [401, 401, 401, 401]


async def test_a_life_of_less_than_ten_minutes_is_refused(
    caller: Caller, tokens: str, clock: ManualClock
) -> None:
    expires_at = (clock.now() + timedelta(minutes=9, seconds=59)).isoformat()

    with pytest.raises(Refused) as refused:
        await caller.post(tokens, {"description": "lab", "expires_at": expires_at})

    assert refused.value.status == 422


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_an_expiry_is_not_changed_and_may_be_said_again(
    caller: Caller, tokens: str, method: str
) -> None:
    made = await caller.post(tokens, {"description": "lab", "expires_at": "2026-02-01T00:00:00Z"})
    path = caller.to(made["url"])

    same = await caller.call(
        method, path, json={"description": "new", "expires_at": "2026-02-01T00:00:00+00:00"}
    )

    assert (same["description"], same["expires_at"]) == ("new", "2026-02-01T00:00:00Z")
    for other in ("2027-02-01T00:00:00Z", None, "tomorrow"):
        with pytest.raises(Refused) as refused:
            await caller.call(method, path, json={"description": "x", "expires_at": other})
        assert refused.value.status == 422, other
    assert (await caller.get(path))["description"] == "new"


@pytest.mark.parametrize("how", ["revoked", "expired"])
async def test_jobs_go_on_when_the_agent_token_of_their_agent_has_ended(
    server: Served, admin: Administrator, clock: ManualClock, how: str
) -> None:
    expires_at = (clock.now() + timedelta(minutes=10)).isoformat()
    token = await admin.create_agent_token(expiresAt=expires_at)
    worker = await Worker(server, token["value"]).start()
    builder = Builder(server)
    build = await builder.build_of("steps: [{command: a}, {command: b}]")
    job = await (await worker.take()).start()

    if how == "revoked":
        await admin.revoke_agent_token(token["id"])
    else:
        await admin.advance(600)

    await job.write("still here\n")
    await job.finish()
    await (await (await worker.take()).start()).finish()
    assert await builder.state(build) == "passed"
    assert await status_of(Agent(server, token["value"]).register("late")) == 401


async def test_jobs_of_an_agent_whose_address_is_no_longer_allowed_end_with_it(
    server: Served, caller: Caller, tokens: str
) -> None:
    token = await caller.post(tokens, {"description": "lab"})
    worker = await Worker(server, token["token"]).start()
    builder = Builder(server)
    build = await builder.build_of("steps: [{command: make}]")
    job = await (await worker.take()).start()

    await caller.put(caller.to(token["url"]), {"allowed_ip_addresses": "10.0.0.0/8"})

    assert (await worker.ping())["action"] == "disconnect"
    await worker.disconnect()
    assert (await job.send("GET", f"jobs/{job.uuid}")).status_code == 401
    assert await builder.state(build) == "canceled"


@pytest.mark.parametrize(
    "allowed",
    [
        " ".join(f"10.0.{number}.0/24" for number in range(25)),
        "2001:db8::/32",
        "10.0.0.1/33",
        "10.0.0.1/8",
        "10.0.0.0/8,192.0.2.0/24",
        "10.0.0.0/8, 192.0.2.0/24",
        "10.0.0.0/-1",
        "localhost",
    ],
    ids=lambda allowed: allowed[:24],
)
async def test_what_are_no_blocks_of_addresses_is_refused(
    caller: Caller, tokens: str, allowed: str
) -> None:
    made = await caller.post(tokens, {"description": "lab", "allowed_ip_addresses": "10.0.0.0/8"})
    path = caller.to(made["url"])

    for call in (
        caller.post(tokens, {"description": "x", "allowed_ip_addresses": allowed}),
        caller.put(path, {"allowed_ip_addresses": allowed}),
    ):
        assert await status_of(call) == 422

    assert (await caller.get(path))["allowed_ip_addresses"] == "10.0.0.0/8"


async def test_registering_again_after_leaving_is_another_agent(server: Served) -> None:
    first = await Agent(server).start()
    await first.disconnect()

    second = await Agent(server).start()

    assert await status_of(first.disconnect()) == 401
    assert (second.uuid, second.session_token) != (first.uuid, first.session_token)
    assert await second.ping() == {}


async def test_once_a_revocation_is_answered_nobody_gets_in(
    server: Served, admin: Administrator
) -> None:
    token = await admin.create_agent_token()
    finished: list[tuple[str, int]] = []

    async def register(name: str) -> None:
        status = await status_of(Agent(server, token["value"]).register(name))
        finished.append((name, status))

    async def revoke() -> None:
        await admin.revoke_agent_token(token["id"])
        await asyncio.gather(*(register(f"late {number}") for number in range(10)))

    await asyncio.gather(
        *(register(f"early {number}") for number in range(10)),
        revoke(),
        *(register(f"meanwhile {number}") for number in range(10)),
    )

    late = {status for name, status in finished if name.startswith("late")}
    registered = [name for name, status in finished if status == 200]
    agents: list[dict[str, Any]] = (await server.http.get("/_mock/agents")).json()
    assert late == {401}
    assert sorted(registered) == sorted(each["name"] for each in agents)


async def test_a_deleted_cluster_takes_its_tokens_along(
    server: Served, job: WorkingJob, caller: Caller, tokens: str
) -> None:
    await job.end()
    await job.taken.worker.disconnect()

    await caller.delete(tokens.removesuffix("/tokens"))

    assert await status_of(Agent(server).register()) == 401
    assert await status_of(job.taken.worker.ping()) == 401
    assert (await job.send("GET", f"jobs/{job.uuid}")).status_code == 401
