"""One credential of every kind, alive and dead, in one server."""

import os
from datetime import timedelta

from mock_buildkite.clock import Clock
from tests.actors import Administrator, Agent
from tests.portals.actors import Portal, PortalMaker
from tests.registries.actors import RegistryMaker
from tests.rest_api.actors import Caller
from tests.server import Served
from tests.working_jobs import WorkingJob, working_job

REGISTRY = "fruits"
"""The slug of the registry."""
AUDIENCE = f"https://packages.buildkite.com/sandbox/{REGISTRY}"
OIDC_POLICY = """
- iss: https://agent.buildkite.com
  claims: {organization_slug: sandbox, build_branch: reading}
  scopes: [read_packages]
- iss: https://agent.buildkite.com
  claims: {organization_slug: sandbox}
"""

KINDS = (
    "nothing",
    "an unknown token",
    "an agent token",
    "an unclustered agent token",
    "a revoked agent token",
    "a revoked unclustered agent token",
    "an expired agent token",
    "a session token",
    "a session token of an older agent at work",
    "a session token of an agent that left",
    "a job token",
    "a job token of a finished job",
    "a token of the Job API inside an agent",
    "an OIDC token",
    "an OIDC token for a registry",
    "an OIDC token to install from a registry",
    "an API access token",
    "an API access token without scopes",
    "a revoked API access token",
    "an expired API access token",
    "a service token of a portal",
    "an ephemeral token of a portal",
    "a user's token of a portal",
    "a removed token of a portal",
    "a portal secret",
    "a registry token",
    "a deleted registry token",
    "a temporary token to publish",
    "a temporary token to install",
)


async def keyring(server: Served, clock: Clock) -> tuple[dict[str, str], Portal]:
    """The value of each kind, and the portal that some of them open; others open `REGISTRY`."""
    admin = Administrator(server)
    caller = Caller(server, admin.api_access_token)
    values = {
        "nothing": "",
        "an unknown token": os.urandom(30).hex(),
        "a token of the Job API inside an agent": os.urandom(32).hex()[:43],
        "an agent token": server.facts["agent_token"],
        "an unclustered agent token": server.facts["unclustered_agent_token"],
        "an API access token": admin.api_access_token,
        "an API access token without scopes": (await caller.with_scopes()).api_access_token,
    }
    values |= await _dead(admin, caller, clock)
    values |= await _at_work(server)
    portal, of_portal = await _portal(caller, server)
    values |= of_portal | await _registry(caller, server)
    assert {*values} == {*KINDS}
    return values, portal


async def _dead(admin: Administrator, caller: Caller, clock: Clock) -> dict[str, str]:
    expires_at = (clock.now() + timedelta(hours=1)).isoformat()
    expired = await admin.create_agent_token(expiresAt=expires_at)
    email = (await caller.get("/user"))["email"]
    token = {"description": "Short", "expires_at": expires_at}
    planted = await admin.seed({"users": [{"email": email, "api_access_tokens": [token]}]})
    await admin.advance(3600)
    revoked = await admin.create_agent_token()
    await admin.revoke_agent_token(revoked["id"])
    unclustered = await admin.create_unclustered_agent_token()
    await admin.revoke_unclustered_agent_token(unclustered["id"])
    ended = await caller.with_scopes("graphql")
    await ended.delete("/access-token")
    return {
        "an expired agent token": expired["value"],
        "an expired API access token": planted["users"][0]["api_access_tokens"][0]["value"],
        "a revoked agent token": revoked["value"],
        "a revoked unclustered agent token": unclustered["value"],
        "a revoked API access token": ended.api_access_token,
    }


async def _at_work(server: Served) -> dict[str, str]:
    job = await working_job(server)
    reading = await working_job(server, of_build={"branch": "reading"})
    older = await working_job(server, version="3.38.0")
    finished = await working_job(server)
    await finished.end()
    leaver = await Agent(server).start("leaver")
    await leaver.disconnect()
    return {
        "a session token": (await Agent(server).start("idler")).session_token,
        "a session token of an older agent at work": older.token,
        "a session token of an agent that left": leaver.session_token,
        "a job token": job.token,
        "a job token of a finished job": finished.token,
        "an OIDC token": await _oidc_token(job),
        "an OIDC token for a registry": await _oidc_token(job, audience=AUDIENCE),
        "an OIDC token to install from a registry": await _oidc_token(reading, audience=AUDIENCE),
    }


async def _oidc_token(job: WorkingJob, **body: str) -> str:
    value: str = (await job.call("POST", f"jobs/{job.uuid}/oidc/tokens", body))["token"]
    return value


async def _registry(caller: Caller, server: Served) -> dict[str, str]:
    maker = RegistryMaker(caller, server.facts["organization_slug"])
    registry = await maker.make(REGISTRY, oidc_policy=OIDC_POLICY)
    deleted = await registry.create_token("Deleted")
    await caller.delete(f"{registry.path}/tokens/{deleted['id']}")
    return {
        "a registry token": (await registry.create_token())["token"],
        "a deleted registry token": deleted["token"],
        "a temporary token to publish": await registry.temporary_token("publish"),
        "a temporary token to install": await registry.temporary_token("install"),
    }


async def _portal(caller: Caller, server: Served) -> tuple[Portal, dict[str, str]]:
    maker = PortalMaker(caller, server.facts["organization_slug"])
    portal = await maker.make(user_invokable=True)
    removed = await portal.create_service_token()
    await portal.remove("tokens", removed["uuid"])
    secret = await portal.create_secret()
    code = await portal.ask_for_code()
    await portal.approve(code)
    return portal, {
        "a service token of a portal": portal.service_token,
        "an ephemeral token of a portal": (await portal.exchange_secret(secret["value"]))["token"],
        "a user's token of a portal": (await portal.exchange_code(code))["token"],
        "a removed token of a portal": removed["value"],
        "a portal secret": secret["value"],
    }
