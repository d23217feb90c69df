"""What an artifact is, what an agent may announce, and how a file is cut into parts."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from mock_buildkite.artifacts.lifecycle import ArtifactState
from mock_buildkite.errors import InvalidInputError, PermissionDeniedError

GIBIBYTE = 1024**3

MOST_OF_A_BATCH = 30
MOST_OF_A_JOB = 5000
LARGEST_FILE = 10 * GIBIBYTE
LARGEST_BATCH = 50 * GIBIBYTE
RETENTION = timedelta(days=90)
"""How long an artifact is kept.

Source, for all of these: pages/platform/limits.md of Buildkite's documentation.
"""

LARGEST_FORM = 5 * GIBIBYTE
"""The largest file that an agent sends as a form.

Source: buildkite/agent internal/artifact/bk_uploader.go.
"""

LARGEST_PART = 32 * 1024 * 1024
SMALLEST_IN_PARTS = 4 * LARGEST_PART
"""Files of at least this size are sent in parts, where the agent can.

A form is quicker here, since parts have to be put together. Unverified: from which size on
Buildkite has files cut, and how large the parts are.
"""

LONGEST_PATH = 1024
"""In bytes: the longest key of S3, where Buildkite keeps artifacts. Unverified: Buildkite's own."""
LONGEST_NAME = 255
"""In bytes: no file system that an agent runs on has longer ones."""
LONGEST_TEXT = 2048
"""In characters, of everything else that is said of an artifact."""

DEFAULT_CONTENT_TYPE = "binary/octet-stream"
"""What agents say when they know no better."""

NOT_FOUND = "No artifact found"

_DIGESTS = {"sha1sum": re.compile(r"[0-9a-f]{40}|"), "sha256sum": re.compile(r"[0-9a-f]{64}|")}
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_DESTINATION = re.compile(r"(s3|gs|rt)://.+|https://[a-z0-9-]+\.blob\.core\.windows\.net/.+")
_PRINTABLE = re.compile(r"[\x20-\x7e]*")


class Announced(Struct, frozen=True):
    """What an agent says of a file before it uploads it. A digest may be empty."""

    path: str
    file_size: int
    sha1sum: str
    sha256sum: str
    content_type: str
    url: str | None


class NewBatch(Struct, frozen=True):
    """What is announced at once."""

    request_id: str
    """The agent's: the same when it asks again."""
    artifacts: Sequence[Announced]
    upload_destination: str | None
    """Where the agent uploads to by itself; None: to this server."""
    takes_parts: bool
    """Whether the agent can send a file in parts."""


class Batch(Struct, frozen=True):
    """A batch that is on record."""

    id: int
    uuid: str
    """In the addresses of its uploads."""


class Artifact(Struct, frozen=True):
    """A file of a job, announced, uploaded or gone."""

    id: int
    uuid: str
    batch_id: int
    job_id: int
    job_uuid: str
    build_id: int
    path: str
    file_size: int
    sha1sum: str
    sha256sum: str
    content_type: str
    state: ArtifactState
    upload_destination: str | None
    url: str | None
    part_count: int | None
    """None: it is uploaded as a form."""
    file: str | None
    """Its name among the world's files; None: it is not uploaded, or gone."""
    created_at: datetime

    @property
    def is_elsewhere(self) -> bool:
        """Whether the agent uploads it somewhere else: only what is said of it is kept here."""
        return self.upload_destination is not None

    @property
    def filename(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]

    @property
    def dirname(self) -> str:
        """Its path without that."""
        return self.path.rpartition("/")[0]

    @property
    def expires_at(self) -> datetime | None:
        """When it goes; None: never, since it lies elsewhere."""
        return None if self.is_elsewhere else self.created_at + RETENTION

    def size_of_part(self, number: int) -> int:
        """The bytes of a part, from 1: all the same but for the rest, spread over the first ones.

        Source: buildkite/agent internal/artifact/bk_uploader.go.
        """
        share, rest = divmod(self.file_size, self.part_count or 1)
        return share + (number <= rest)


def part_count(size: int, *, takes_parts: bool) -> int | None:
    """Into how many parts a file is cut; None: it is sent as a form."""
    if not takes_parts or size < SMALLEST_IN_PARTS:
        return None
    return -(-size // LARGEST_PART)


def check_batch(batch: NewBatch) -> None:
    """Refuse what no agent may announce.

    Raises:
        InvalidInputError: a path, a digest, a type or a destination that cannot be; too many.
        PermissionDeniedError: too large. Agents take a 403 for a quota.
    """
    if not batch.artifacts:
        msg = "artifacts can't be empty"
        raise InvalidInputError(msg)
    if len(batch.artifacts) > MOST_OF_A_BATCH:
        msg = f"A batch can have at most {MOST_OF_A_BATCH} artifacts"
        raise InvalidInputError(msg)
    _check_text("id", batch.request_id)
    destination = batch.upload_destination
    if destination is not None:
        _check_text("upload_destination", destination)
        if not _DESTINATION.fullmatch(destination):
            msg = "upload_destination must be an address of s3://, gs://, rt:// or Azure's blobs"
            raise InvalidInputError(msg)
    for announced in batch.artifacts:
        _check_announced(announced, batch)
    if destination is None and sum(each.file_size for each in batch.artifacts) > LARGEST_BATCH:
        msg = f"A batch can have at most {LARGEST_BATCH // GIBIBYTE} GiB"
        raise PermissionDeniedError(msg)


def check_path(path: str) -> None:
    """Refuse a path that does not lie inside the folder it would be downloaded to.

    Agents on Unix take a backslash in it for a slash.

    Raises:
        InvalidInputError: it is empty, absolute or too long, or goes up, or has a NUL.
    """
    if "\0" in path:
        msg = "Artifact path can't have NUL characters"
        raise InvalidInputError(msg)
    if path.startswith(("/", "\\")) or _DRIVE.match(path):
        msg = f"Artifact path must be relative: {_shortened(path)}"
        raise InvalidInputError(msg)
    names = path.replace("\\", "/").split("/")
    if ".." in names:
        msg = f"Artifact path can't go up with '..': {_shortened(path)}"
        raise InvalidInputError(msg)
    if "" in names or "." in names:
        msg = f"Artifact path can't have empty parts or '.': {_shortened(path)}"
        raise InvalidInputError(msg)
    if max(len(name.encode()) for name in names) > LONGEST_NAME:
        msg = f"Artifact path can't have names of more than {LONGEST_NAME} bytes"
        raise InvalidInputError(msg)
    if len(path.encode()) > LONGEST_PATH:
        msg = f"Artifact path can't be longer than {LONGEST_PATH} bytes"
        raise InvalidInputError(msg)


def check_upload(artifact: Artifact, size: int, digests: Mapping[str, str]) -> None:
    """Refuse an uploaded file that is another than was announced.

    Raises:
        InvalidInputError: its size or a digest differs.
    """
    if size != artifact.file_size:
        msg = f"The upload has {size} bytes; {artifact.file_size} were announced"
        raise InvalidInputError(msg)
    for name, announced in (("sha1", artifact.sha1sum), ("sha256", artifact.sha256sum)):
        if announced and announced != digests[name]:
            msg = f"The upload has another {name} than was announced"
            raise InvalidInputError(msg)


def _check_announced(announced: Announced, batch: NewBatch) -> None:
    check_path(announced.path)
    for name, form in _DIGESTS.items():
        if not form.fullmatch(getattr(announced, name)):
            msg = f"{name} must be a digest in hexadecimal"
            raise InvalidInputError(msg)
    # These two become headers.
    for name, text in (("content_type", announced.content_type), ("url", announced.url or "")):
        _check_text(name, text)
        if not _PRINTABLE.fullmatch(text):
            msg = f"{name} can have printable ASCII characters only"
            raise InvalidInputError(msg)
    if announced.url is not None and not announced.url.startswith(("http://", "https://")):
        msg = "url must be an address of http or https"
        raise InvalidInputError(msg)
    if batch.upload_destination is None:
        _check_size(announced, batch)


def _check_size(announced: Announced, batch: NewBatch) -> None:
    if announced.file_size > LARGEST_FILE:
        msg = f"Artifact is too large (maximum is {LARGEST_FILE // GIBIBYTE} GiB)"
        raise PermissionDeniedError(msg)
    if announced.file_size > LARGEST_FORM and not batch.takes_parts:
        msg = f"Artifact is too large for one request (maximum is {LARGEST_FORM // GIBIBYTE} GiB)"
        raise PermissionDeniedError(msg)


def _check_text(name: str, text: str) -> None:
    if "\0" in text or len(text) > LONGEST_TEXT:
        msg = f"{name} can have at most {LONGEST_TEXT} characters, and no NUL"
        raise InvalidInputError(msg)


def _shortened(path: str) -> str:
    return path if len(path) <= LONGEST_NAME else f"{path[:LONGEST_NAME]}…"
