"""Where GitHub's public keys come from: an address, a file, or the world's own key pair."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from mock_buildkite.errors import StartupError
from mock_buildkite.leaks import key_lists
from mock_buildkite.leaks.own_key import OwnKey
from mock_buildkite.leaks.signatures import PublicKey
from mock_buildkite.settings import Settings, is_loopback

if TYPE_CHECKING:
    import httpx

TIMEOUT_SECONDS = 5
MOST_REDIRECTS = 3
NOT_MODIFIED = 304


class UnreadableError(Exception):
    """Why there are no keys to be had, for the log."""


class Source(Protocol):
    """Something that keys are read from, again and again."""

    async def read(self) -> Mapping[str, PublicKey]:
        """The keys there are now, by their identifiers.

        Raises:
            UnreadableError: they cannot be had.
        """
        ...


def check(settings: Settings) -> None:
    """Look at what is said about keys before anything is served.

    Raises:
        StartupError: two places are named, or an address that is none.
    """
    url = settings.github_keys_url
    if url is not None and settings.github_keys_file is not None:
        msg = "--github-keys-url and --github-keys-file exclude each other"
        raise StartupError(msg)
    if url is not None and not url.startswith(("http://", "https://")):
        msg = f"--github-keys-url {url} is no address"
        raise StartupError(msg)


def source(settings: Settings, own_key: OwnKey) -> Source | None:
    """Whom a world believes; None for nobody.

    Its own key pair is for this machine: the controls, which sign with it, may be open to others.
    """
    if settings.github_keys_url is not None:
        return Address(settings.github_keys_url)
    if settings.github_keys_file is not None:
        return File(settings.github_keys_file)
    return Own(own_key) if settings.is_on_loopback else None


class Own:
    """The world's own key."""

    def __init__(self, own_key: OwnKey) -> None:
        self._own_key = own_key

    async def read(self) -> Mapping[str, PublicKey]:
        """It alone."""
        public = (await self._own_key.pair()).public
        return {public.identifier: public}


class File:
    """A file, which may be written anew."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def read(self) -> Mapping[str, PublicKey]:
        """The keys it has now."""
        return await asyncio.to_thread(self._read)

    def _read(self) -> Mapping[str, PublicKey]:
        try:
            with self._path.open("rb") as file:
                return key_lists.read(file.read(key_lists.LARGEST + 1))
        except (OSError, ValueError) as error:
            msg = f"{self._path}: {error}"
            raise UnreadableError(msg) from error


class Address:
    """An address as GitHub's; what has not changed there is not sent again."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._etag: str | None = None
        self._keys: Mapping[str, PublicKey] = {}

    async def read(self) -> Mapping[str, PublicKey]:
        """The keys it lists now."""
        import httpx  # noqa: PLC0415 - most servers fetch nothing

        # A proxy of the machine has no business on the machine itself.
        trusts_proxies = not is_loopback(urlsplit(self._url).hostname or "")
        try:
            async with (
                asyncio.timeout(TIMEOUT_SECONDS),
                httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=trusts_proxies) as client,
            ):
                return await self._fetch(client)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as error:
            msg = f"{type(error).__name__} {error}"
            raise UnreadableError(msg) from error

    async def _fetch(self, client: "httpx.AsyncClient") -> Mapping[str, PublicKey]:
        request = client.build_request("GET", self._url, headers=self._headers())
        for _ in range(MOST_REDIRECTS + 1):
            response = await client.send(request, stream=True)
            try:
                if response.next_request is None:
                    return await self._take(response)
            finally:
                await response.aclose()
            if not _is_same_host(response.next_request.url, request.url):
                msg = "it leads to another host"
                raise ValueError(msg)
            request = response.next_request
        msg = "it leads in a circle"
        raise ValueError(msg)

    async def _take(self, response: "httpx.Response") -> Mapping[str, PublicKey]:
        if response.status_code == NOT_MODIFIED and self._keys:
            return self._keys
        response.raise_for_status()
        # Counted as they come: a compressed list could become any size.
        if response.headers.get("content-encoding", "identity") != "identity":
            msg = "the list of keys is compressed"
            raise ValueError(msg)
        text = bytearray()
        async for chunk in response.aiter_raw():
            text += chunk
            if len(text) > key_lists.LARGEST:
                break
        self._keys = key_lists.read(bytes(text))
        self._etag = response.headers.get("etag")
        return self._keys

    def _headers(self) -> dict[str, str]:
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        return headers if self._etag is None else {**headers, "If-None-Match": self._etag}


def _is_same_host(one: "httpx.URL", other: "httpx.URL") -> bool:
    return (one.scheme, one.host, one.port) == (other.scheme, other.host, other.port)
