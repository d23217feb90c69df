"""Jobs whose OIDC tokens are for registries, and somebody who signs tokens with the same key."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from jwt.algorithms import RSAAlgorithm

from mock_buildkite.clock import Clock
from tests.actors import Administrator
from tests.builders import Builder, Worker
from tests.jobs import Job, Work
from tests.registries.actors import Registry, bearer, wheel
from tests.server import Served

ISSUER = "https://agent.buildkite.com"
SANDBOX = {"organization_slug": "sandbox"}
OTHER_FILE = ("banana-2.0-py3-none-any.whl", wheel(version="2.0")[1])


class Machine:
    """A machine whose time a test sets. What moves a world's time does not move it."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 1, 1, tzinfo=UTC)

    def pass_seconds(self, seconds: float) -> None:
        """Let time pass."""
        self.moment += timedelta(seconds=seconds)

    def clock(self) -> Clock:
        """A world's clock on this machine."""
        return Clock(lambda: self.moment)


def audience(registry: Registry) -> str:
    """The documented one."""
    return f"https://packages.buildkite.com/{registry.organization}/{registry.facts['slug']}"


def statement(**fields: Any) -> dict[str, Any]:
    """One that lets in the jobs of the first organization, unless told otherwise."""
    return {"iss": ISSUER, "claims": SANDBOX, **fields}


async def set_policy(registry: Registry, *statements: dict[str, Any]) -> None:
    await registry.caller.put(registry.path, {"oidc_policy": list(statements)})


async def job_of_another_organization(server: Served, pipeline: str = "App") -> Job:
    """A job in a pipeline of an organization that is called `rival`."""
    made = await Administrator(server).seed({"organizations": [{"slug": "rival"}]})
    [rival] = made["organizations"]
    worker = await Worker(server, rival["agent_token"]).start()
    builder = Builder(server, rival["api_access_token"], "rival")
    return await Job.on(worker, Work(pipeline=pipeline), builder)


async def statuses(registry: Registry, token: str) -> tuple[int, int]:
    """What a token's bearer is answered: to an upload, and to a look at the index."""
    uploaded = await registry.upload(OTHER_FILE, bearer(token), version="2.0")
    looked = await registry.look(bearer(token))
    return uploaded.status_code, looked.status_code


class KeyHolder:
    """Who has a server's key, and writes whatever tokens a test likes."""

    def __init__(self, data: Path, registry: Registry, key_id: str) -> None:
        self._signer = RSAAlgorithm(RSAAlgorithm.SHA256)
        key = self._signer.prepare_key((data / "oidc_key.pem").read_bytes())
        assert isinstance(key, RSAPrivateKey)
        self._key = key
        self.key_id = key_id
        self.registry = registry

    @classmethod
    async def of(cls, data: Path, registry: Registry) -> "KeyHolder":
        """Of a server with that data directory; it draws its key when it is asked for it."""
        jwks = (await registry.server.http.get("/.well-known/jwks")).json()
        return cls(data, registry, jwks["keys"][0]["kid"])

    @property
    def claims(self) -> dict[str, Any]:
        """Good ones, issued at the machine's first moment."""
        issued_at = int(Machine().moment.timestamp())
        return {
            "iss": self.registry.server.url,
            "sub": "anything",
            "aud": audience(self.registry),
            "iat": issued_at,
            "nbf": issued_at,
            "exp": issued_at + 300,
            **SANDBOX,
        }

    def token(self, **claims: Any) -> str:
        """A token with good claims and these; of None stands null."""
        return self.sign(json.dumps({**self.claims, **claims}))

    def sign(self, payload: str | bytes, header: dict[str, Any] | None = None) -> str:
        """A token with any payload at all."""
        header = header or {"alg": "RS256", "kid": self.key_id}
        content = payload.encode() if isinstance(payload, str) else payload
        signed = f"{_base64url(json.dumps(header).encode())}.{_base64url(content)}"
        return f"{signed}.{_base64url(self._signer.sign(signed.encode(), self._key))}"


def _base64url(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")
