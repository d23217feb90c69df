"""Who sits at the pages where API access tokens are made."""

from typing import Any

import httpx

from tests.actors import Refused
from tests.rest_api.actors import Caller
from tests.server import Served

PATH = "/_mock/api-access-tokens"


class Owner:
    """A user at the page of their API access tokens, for which the controls stand."""

    def __init__(self, server: Served, email: str) -> None:
        self.server = server
        self.email = email

    async def create(self, description: str = "Release bot", **given: Any) -> dict[str, Any]:
        """A new token, with its value."""
        body = {"user": self.email, "description": description, **given}
        created: dict[str, Any] = _read(await self.server.http.post(PATH, json=body))
        return created

    async def read(self, uuid: str) -> dict[str, Any]:
        token: dict[str, Any] = _read(await self.server.http.get(f"{PATH}/{uuid}"))
        return token

    async def outbox(self) -> list[dict[str, Any]]:
        """Every mail that somebody was sent."""
        sent: list[dict[str, Any]] = _read(await self.server.http.get("/_mock/outbox"))
        return sent

    async def list(self) -> list[dict[str, Any]]:
        answer = await self.server.http.get(PATH, params={"user": self.email})
        listed: list[dict[str, Any]] = _read(answer)
        return listed

    async def change(self, uuid: str, **given: Any) -> dict[str, Any]:
        changed: dict[str, Any] = _read(await self.server.http.patch(f"{PATH}/{uuid}", json=given))
        return changed

    async def revoke(self, uuid: str) -> None:
        _read(await self.server.http.delete(f"{PATH}/{uuid}"))

    def with_token(self, token: dict[str, Any]) -> Caller:
        """The same user, at the REST API."""
        return Caller(self.server, token["value"])


def _read(response: httpx.Response) -> Any:
    if not response.is_success:
        raise Refused(response)
    return response.json() if response.content else None
