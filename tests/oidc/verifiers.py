"""Services outside the world that verify OIDC tokens, with PyJWT and what the server publishes."""

import asyncio
from typing import Any

import jwt
from jwt import PyJWK, PyJWKClient

from tests.server import Served


class Verifier:
    """A service that trusts a server as an issuer."""

    def __init__(self, server: Served) -> None:
        self.server = server

    async def published(self, name: str) -> dict[str, Any]:
        """A document under `/.well-known/`, which asks for no credential."""
        response = await self.server.http.get(f"/.well-known/{name}")
        published: dict[str, Any] = response.raise_for_status().json()
        return published

    async def claims(
        self, token: str, audience: str = "https://buildkite.com/sandbox"
    ) -> dict[str, Any]:
        """What a token says, if it is good: signature, issuer, audience and time."""
        configuration = await self.published("openid-configuration")
        jwks = await self.published("jwks")
        key_id = jwt.get_unverified_header(token)["kid"]
        [key] = [each for each in jwks["keys"] if each["kid"] == key_id]
        claims: dict[str, Any] = jwt.decode(
            token,
            PyJWK(key),
            configuration["id_token_signing_alg_values_supported"],
            audience=audience,
            issuer=configuration["issuer"],
            options={"require": ["iss", "sub", "aud", "exp", "iat", "nbf", "jti"]},
        )
        return claims

    async def claims_over_http(self, token: str) -> dict[str, Any]:
        """The same with PyJWT's own client, which fetches the keys itself; needs a socket."""
        configuration = await self.published("openid-configuration")
        client = PyJWKClient(configuration["jwks_uri"])
        key = await asyncio.to_thread(client.get_signing_key_from_jwt, token)
        claims: dict[str, Any] = jwt.decode(
            token, key, ["RS256"], audience="https://buildkite.com/sandbox"
        )
        return claims
