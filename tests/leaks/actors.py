"""Who reports tokens in the tests, and who lists keys."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import uvicorn
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_buildkite.serving import listen
from mock_buildkite.settings import Settings
from tests.actors import Refused
from tests.server import Served

ALERTS = "/_github/secret-scanning/alerts"
URL = "https://github.com/octocat/hello-world/blob/main/.env"


class Signer:
    """Somebody with a key on P-256, as GitHub is."""

    def __init__(self, identifier: str) -> None:
        self.identifier = identifier
        self.private = ec.generate_private_key(ec.SECP256R1())

    @property
    def pem(self) -> str:
        return (
            self.private.public_key()
            .public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            .decode()
        )

    def listed(self) -> dict[str, Any]:
        return {"key_identifier": self.identifier, "key": self.pem, "is_current": False}

    def der(self, body: bytes) -> bytes:
        return self.private.sign(body, ec.ECDSA(hashes.SHA256()))

    def headers(self, body: bytes) -> dict[str, str]:
        return headers(self.identifier, base64.b64encode(self.der(body)).decode())


def headers(identifier: str, signature: str) -> dict[str, str]:
    return {
        "Github-Public-Key-Identifier": identifier,
        "Github-Public-Key-Signature": signature,
        "Content-Type": "application/json",
    }


def alert(token: str, **more: Any) -> dict[str, Any]:
    return {
        "token": token,
        "type": "buildkite_user_access_token",
        "url": URL,
        "source": "content",
        **more,
    }


class GitHub:
    """Who reports tokens, signed with the server's own key."""

    def __init__(self, server: Served) -> None:
        self.server = server

    async def sign(self, body: bytes) -> dict[str, str]:
        """The headers of a signed report."""
        answer = await self.server.http.post("/_mock/github/signatures", content=body)
        told = answer.json()
        return headers(told["key_identifier"], told["signature"])

    async def send(self, body: bytes) -> httpx.Response:
        """The answer to a signed body."""
        return await self.server.http.post(ALERTS, content=body, headers=await self.sign(body))

    async def report(self, *alerts: Any) -> list[dict[str, str]]:
        """The feedback on a signed report."""
        response = await self.send(json.dumps(alerts).encode())
        if not response.is_success:
            raise Refused(response)
        feedback: list[dict[str, str]] = response.json()
        return feedback

    async def labels(self, *alerts: Any) -> list[str]:
        """Of each, what it is said to be."""
        return [each["label"] for each in await self.report(*alerts)]

    async def leaks(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.server.http.get("/_mock/leaks")).json()
        return found

    async def outbox(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.server.http.get("/_mock/outbox")).json()
        return found


class KeyServer:
    """Where keys are listed, as GitHub lists its."""

    def __init__(self) -> None:
        self.url = ""
        self.signers: list[Signer] = []
        self.requests: list[httpx.Headers] = []
        self.answer: Response | None = None
        """In place of the list."""

    async def _list(self, request: Request) -> Response:
        self.requests.append(httpx.Headers(request.headers.raw))
        if self.answer is not None:
            return self.answer
        content = json.dumps({"public_keys": [each.listed() for each in self.signers]})
        etag = f'"{hash(content)}"'
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304)
        return Response(content, media_type="application/json", headers={"ETag": etag})

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["KeyServer"]:
        """On a free port, for as long as the block lasts."""
        app = Starlette(routes=[Route("/{rest:path}", self._list)])
        listener = listen(Settings(port=0))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        task = asyncio.create_task(server.serve(sockets=[listener]))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}/keys"
        try:
            yield self
        finally:
            server.should_exit = True
            await task
            listener.close()
