"""Addresses that are signed, and end: agents send no token where they upload and download.

The signature covers what may be done, to what, and until when, under a key that only the server
has. Nothing of a token is in it.
"""

import hashlib
import hmac
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from msgspec import Struct

from mock_buildkite.artifacts.model import Artifact
from mock_buildkite.errors import PermissionDeniedError

UPLOAD_LIFE = timedelta(hours=12)
DOWNLOAD_LIFE = timedelta(minutes=10)
"""Of what a search finds, and of GraphQL's `downloadURL`.

Source: pages/apis/graphql/schemas/object/artifact.md of Buildkite's documentation.
"""
REDIRECT_LIFE = timedelta(seconds=60)
"""Of where REST's download leads.

Source: pages/apis/rest_api/artifacts.md of Buildkite's documentation.
"""

PREFIX = "artifacts"
"""The first part of every path."""


class Addresses(Struct, frozen=True):
    """Makes addresses on a host, at a moment."""

    base_url: str
    key: bytes
    now: datetime

    def upload(self, batch_uuid: str) -> str:
        """Where the files of a batch go that are sent as forms."""
        return self._signed("POST", ("batches", batch_uuid), UPLOAD_LIFE)

    def part(self, artifact_uuid: str, number: int) -> str:
        """Where a part of a file goes."""
        return self._signed("PUT", (artifact_uuid, "parts", str(number)), UPLOAD_LIFE)

    def download(self, artifact: Artifact, life: timedelta = DOWNLOAD_LIFE) -> str | None:
        """Where an artifact comes from; None: there is no file of it."""
        if artifact.file is None:
            return artifact.url
        return self._signed("GET", (artifact.uuid, artifact.filename), life)

    def _signed(self, method: str, place: tuple[str, ...], life: timedelta) -> str:
        expires = str(int((self.now + life).timestamp()))
        signature = _signature(self.key, method, place, expires)
        path = "/".join(quote(each, safe="") for each in (PREFIX, *place))
        query = urlencode({"expires": expires, "signature": signature})
        return f"{self.base_url}/{path}?{query}"


class Presented(Struct, frozen=True):
    """What a request says of the address that it came to."""

    method: str
    place: tuple[str, ...]
    """The parts of its path, decoded."""
    expires: str
    signature: str


def check(presented: Presented, key: bytes, now: datetime) -> None:
    """Refuse an address that was not made here, or has ended.

    Raises:
        PermissionDeniedError: it is one.
    """
    expected = _signature(key, presented.method, presented.place, presented.expires)
    if not hmac.compare_digest(expected.encode(), presented.signature.encode()):
        msg = "This address has no valid signature"
        raise PermissionDeniedError(msg)
    if now.timestamp() >= int(presented.expires):
        msg = "This address has expired"
        raise PermissionDeniedError(msg)


def _signature(key: bytes, method: str, place: tuple[str, ...], expires: str) -> str:
    message = "\0".join((method, *place, expires)).encode()
    return hmac.digest(key, message, hashlib.sha256).hex()
