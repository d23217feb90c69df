"""Who makes portals in the tests, and who uses them."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.actors import Refused
from tests.rest_api.actors import Caller
from tests.server import Served

VIEWER = "{ viewer { user { email } organizations { edges { node { slug } } } } }"


@dataclass(frozen=True, slots=True)
class Portal:
    """A portal's address, and what its creation told."""

    server: Served
    path: str
    facts: dict[str, Any]

    @property
    def service_token(self) -> str:
        """The first one."""
        value: str = self.facts["token"]
        return value

    @property
    def controls(self) -> str:
        """Where its tokens and secrets are made."""
        organization, _, slug = self.path.removeprefix("/organizations/").partition("/portals/")
        return f"/_mock/portals/{organization}/{slug}"

    async def send(
        self, variables: Any = None, *, token: str | None = None, operation: str | None = None
    ) -> httpx.Response:
        """Run an operation, with the first service token unless told otherwise."""
        return await self.server.http.post(
            self.path,
            json=variables or {},
            headers={"Authorization": f"Bearer {token or self.service_token}"},
            params={} if operation is None else {"operation_name": operation},
        )

    async def run(self, variables: Any = None, **options: Any) -> Any:
        """The data of an operation."""
        response = await self.send(variables, **options)
        if not response.is_success or "errors" in response.json():
            raise Refused(response)
        return response.json()["data"]

    async def who(self, token: str | None = None) -> str:
        """As whom the portal runs `VIEWER`."""
        email: str = (await self.run(token=token))["viewer"]["user"]["email"]
        return email

    async def exchange(self, **body: Any) -> Any:
        """A token for what is presented."""
        return await self.post(f"{self.path}/tokens", body)

    async def exchange_secret(self, secret: str, **more: Any) -> Any:
        """An ephemeral token."""
        client_id = self.facts["uuid"]
        return await self.exchange(
            **{
                "grant_type": "client_credentials",
                "client_id": client_id,
                "secret": secret,
                **more,
            }
        )

    async def ask_for_code(self) -> Any:
        """A code for a user to approve."""
        return await self.post(f"{self.path}/codes")

    async def approve(self, code: dict[str, Any], email: str | None = None) -> Any:
        """Approve a code, as the portal's maker unless told otherwise."""
        body = {} if email is None else {"email": email}
        return await self.post(f"/_mock/portal-codes/{code['code']}/approve", body)

    async def exchange_code(self, code: dict[str, Any], **more: Any) -> Any:
        """A user's token."""
        given = {"code": code["code"], "secret": code["secret"], **more}
        return await self.exchange(grant_type="device_code", **given)

    async def create_secret(self) -> dict[str, Any]:
        """One portal secret more."""
        secret: dict[str, Any] = await self.post(f"{self.controls}/secrets")
        return secret

    async def create_service_token(self) -> dict[str, Any]:
        """One service token more."""
        token: dict[str, Any] = await self.post(f"{self.controls}/tokens")
        return token

    async def listed(self, what: str) -> list[dict[str, Any]]:
        """Its `tokens` or `secrets`."""
        response = await self.server.http.get(f"{self.controls}/{what}")
        found: list[dict[str, Any]] = response.json()
        return found

    async def remove(self, what: str, uuid: str) -> None:
        """Remove one of its `tokens` or `secrets`."""
        response = await self.server.http.delete(f"{self.controls}/{what}/{uuid}")
        if not response.is_success:
            raise Refused(response)

    async def post(self, path: str, body: Any = None) -> Any:
        """The body of an answer; without a credential."""
        response = await self.server.http.post(path, json=body)
        if not response.is_success:
            raise Refused(response)
        return response.json()


class PortalMaker:
    """An administrator who makes portals over REST."""

    def __init__(self, caller: Caller, organization: str) -> None:
        self.caller = caller
        self.organization = organization
        self.portals = f"/organizations/{organization}/portals"

    async def make(self, query: str = VIEWER, name: str = "Who am I", **more: Any) -> Portal:
        """A portal."""
        facts = await self.caller.post(self.portals, {"name": name, "query": query, **more})
        path = f"/organizations/{self.organization}/portals/{facts['slug']}"
        return Portal(self.caller.server, path, facts)

    async def change(self, portal: Portal, **changes: Any) -> Any:
        """Change a portal."""
        return await self.caller.put(f"{self.portals}/{portal.facts['slug']}", changes)

    async def delete(self, portal: Portal) -> None:
        """Delete a portal."""
        await self.caller.delete(f"{self.portals}/{portal.facts['slug']}")
