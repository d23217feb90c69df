"""The key that a server's OIDC tokens are signed with: made when it is first asked for."""

import asyncio
from pathlib import Path
from typing import Any

from mock_buildkite import signing
from mock_buildkite.errors import UnavailableError
from mock_buildkite.keys import write_private
from mock_buildkite.signing import RsaKey

FILE_NAME = "oidc_key.pem"


class IssuerKey:
    """An RSA key that is drawn late, since that takes long, and away from the event loop.

    In a data directory it is kept (mode 600), so that what verifiers remember of it stays true.
    """

    def __init__(self, directory: Path | None = None) -> None:
        self._path = None if directory is None else directory / FILE_NAME
        self._making = asyncio.Lock()
        self._key: RsaKey | None = None

    async def sign(self, claims: dict[str, Any]) -> str:
        """A token with these claims.

        Raises:
            UnavailableError: the key's file cannot be read or written.
        """
        key = await self._made()
        return await asyncio.to_thread(key.token, claims)

    async def verified_claims(self, token: str) -> dict[str, Any] | None:
        """The claims of a token that was signed with this key; None for any other.

        Raises:
            UnavailableError: the key's file cannot be read or written.
        """
        key = await self._made()
        return await asyncio.to_thread(key.verified_claims, token)

    async def public(self) -> dict[str, str]:
        """What a verifier needs to know, as a JSON Web Key.

        Raises:
            UnavailableError: the key's file cannot be read or written.
        """
        return (await self._made()).public

    async def _made(self) -> RsaKey:
        async with self._making:
            if self._key is None:
                self._key = await asyncio.to_thread(self._read_or_draw)
            return self._key

    def _read_or_draw(self) -> RsaKey:
        try:
            if self._path is not None and self._path.exists():
                return signing.read_rsa_key(self._path.read_bytes())
            key = signing.draw_rsa_key()
            if self._path is not None:
                write_private(self._path, key.to_pem())
        except (OSError, ValueError) as error:
            msg = f"{self._path} cannot be read or written: {type(error).__name__}"
            raise UnavailableError(msg) from error
        return key
