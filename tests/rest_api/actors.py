"""Who calls the REST API in the tests."""

from typing import Any, Self

import httpx

from tests.actors import Refused
from tests.server import Served


class Caller:
    """A user of the REST API, with an API access token."""

    def __init__(self, server: Served, api_access_token: str) -> None:
        self.server = server
        self.api_access_token = api_access_token

    def to(self, url: str) -> str:
        """The path of an address in an answer, which must be in the REST API of this server."""
        path = url.removeprefix(f"{self.server.url}/v2")
        assert path != url, url
        return path

    async def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Any request below `/v2`."""
        headers = {"Authorization": f"Bearer {self.api_access_token}", **options.pop("headers", {})}
        return await self.server.http.request(method, f"/v2{path}", headers=headers, **options)

    async def get(self, path: str, **query: Any) -> Any:
        return await self.call("GET", path, params=query)

    async def post(self, path: str, body: Any = None) -> Any:
        return await self.call("POST", path, json=body)

    async def put(self, path: str, body: Any = None) -> Any:
        return await self.call("PUT", path, json=body)

    async def patch(self, path: str, body: Any = None) -> Any:
        return await self.call("PATCH", path, json=body)

    async def delete(self, path: str) -> None:
        await self.call("DELETE", path)

    async def call(self, method: str, path: str, **options: Any) -> Any:
        """The body of an answer; None where there is none."""
        response = await self.send(method, path, **options)
        if not response.is_success:
            raise Refused(response)
        return response.json() if response.content else None

    async def with_scopes(self, *scopes: str) -> Self:
        """The same user, with a new token that has these scopes only."""
        email = (await self.get("/user"))["email"]
        token = {"description": "Narrow", "scopes": list(scopes)}
        document = {"users": [{"email": email, "api_access_tokens": [token]}]}
        response = await self.server.http.post("/_mock/seed", json=document)
        value = response.json()["users"][0]["api_access_tokens"][0]["value"]
        return type(self)(self.server, value)
