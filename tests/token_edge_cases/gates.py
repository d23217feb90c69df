"""Every way in which something secret is presented to an API, and what opens it there."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx

from tests.leaks.actors import ALERTS, GitHub
from tests.portals.actors import PortalMaker
from tests.registries.actors import RegistryMaker, basic, bearer
from tests.rest_api.actors import Caller
from tests.server import Served
from tests.token_edge_cases.doors import doors_of
from tests.working_jobs import WorkingJob

NAMES = (
    "agent token",
    "session token",
    "job token",
    "REST",
    "GraphQL",
    "portal token",
    "portal secret",
    "portal code",
    "password of a registry",
    "bearer of a registry",
    "GitHub",
)
TELLING_LIMITS = {"REST", "GraphQL", "portal token", "portal secret", "portal code"}
"""Those of the APIs that tell in headers how much is left."""

Headers = dict[str, str]
Present = Callable[[str, Headers], Awaitable[httpx.Response]]


@dataclass(frozen=True, slots=True)
class Gate:
    """Where a value is presented."""

    present: Present
    value: str
    """The one that opens it."""

    async def open(self) -> httpx.Response:
        """Present what opens it."""
        return await self.present(self.value, {})

    async def fail(self, address: str | None = None) -> httpx.Response:
        """Present something that comes close, as a proxy says from an address."""
        headers = {} if address is None else {"X-Forwarded-For": address}
        return await self.present(f"{self.value}x", headers)


async def gate_of(name: str, server: Served, job: WorkingJob) -> Gate:
    """The gate of one name."""
    caller = Caller(server, server.facts["api_access_token"])
    organization = server.facts["organization_slug"]
    if name.startswith("portal ") and name != "portal token":
        return await _portal_gate(name, PortalMaker(caller, organization))
    if name.endswith("registry"):
        registry = await RegistryMaker(caller, organization).make()
        path, credential = f"{registry.index}/simple/", basic if "password" in name else bearer
        return Gate(
            lambda value, more: server.http.get(path, headers={**credential(value), **more}),
            caller.api_access_token,
        )
    if name == "GitHub":
        signed = await GitHub(server).sign(b"[]")
        header = "Github-Public-Key-Signature"
        return Gate(
            lambda value, more: server.http.post(
                ALERTS, content=b"[]", headers={**signed, header: value, **more}
            ),
            signed[header],
        )
    doors = await doors_of(server, job)
    names = ("agent token", "session token", "job token", "REST", "GraphQL", "portal token")
    door = dict(zip(names, doors, strict=True))[name]
    return Gate(
        lambda value, more: server.http.request(
            door.method,
            door.path,
            json=door.body,
            headers={"Authorization": f"{door.scheme} {value}", **more},
        ),
        door.value,
    )


async def _portal_gate(name: str, maker: PortalMaker) -> Gate:
    portal = await maker.make(name="Guarded", user_invokable=True)
    if name == "portal secret":
        value = (await portal.create_secret())["value"]
        body = {"grant_type": "client_credentials", "client_id": portal.facts["uuid"]}
    else:
        asked = await portal.ask_for_code()
        await portal.approve(asked)
        value = asked["secret"]
        body = {"grant_type": "device_code", "code": asked["code"]}
    return Gate(
        lambda value, more: portal.server.http.post(
            f"{portal.path}/tokens", json={**body, "secret": value}, headers=more
        ),
        value,
    )
