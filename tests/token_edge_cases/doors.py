"""One door for each kind of credential, to which each of them opens its own only."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.portals.actors import PortalMaker
from tests.rest_api.actors import Caller
from tests.server import Served
from tests.working_jobs import WorkingJob


@dataclass(frozen=True, slots=True)
class Door:
    """A call that a value opens with a scheme."""

    server: Served
    kind: str
    scheme: str
    value: str
    method: str
    path: str
    body: Any = None

    async def knock(self, *authorizations: str | bytes, **options: Any) -> httpx.Response:
        """Make the call with these `Authorization` headers, or none."""
        headers: list[tuple[bytes, bytes]] = [
            (b"Authorization", each if isinstance(each, bytes) else each.encode())
            for each in authorizations
        ]
        headers += options.pop("headers", {}).items()
        return await self.server.http.request(
            self.method, self.path, headers=headers, json=self.body, **options
        )

    async def opens_to(self, value: str) -> bool:
        """Whether a value opens it, if it comes with the scheme that is read."""
        return (await self.knock(f"{self.scheme} {value}")).is_success


async def doors_of(server: Served, job: WorkingJob) -> list[Door]:
    """The doors of a server with a job at work."""
    facts = server.facts
    worker = job.taken.worker
    api_access_token = facts["api_access_token"]
    maker = PortalMaker(Caller(server, api_access_token), facts["organization_slug"])
    portal = await maker.make()
    query = {"query": "{ viewer { id } }"}
    return [
        Door(server, kind, scheme, value, method, path, body)
        for kind, scheme, value, method, path, body in (
            ("agent token", "Token", worker.agent_token, "GET", "/v3/token", None),
            ("session token", "Token", worker.session_token, "POST", "/v3/heartbeat", {}),
            ("job token", "Token", job.token, "GET", f"/v3/jobs/{job.uuid}", None),
            ("API access token", "Bearer", api_access_token, "GET", "/v2/user", None),
            ("API access token", "Bearer", api_access_token, "POST", "/v1", query),
            ("portal token", "Bearer", portal.service_token, "POST", portal.path, {}),
        )
    ]
