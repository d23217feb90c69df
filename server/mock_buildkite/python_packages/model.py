"""What a file of a Python package is, and the names it can have.

Source: the specifications of names, versions and files at packaging.python.org.
"""

import re
from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from mock_buildkite.errors import InvalidInputError

_NAME = re.compile(r"[A-Z0-9](?:[A-Z0-9._-]*[A-Z0-9])?", re.IGNORECASE)
_VERSION = re.compile(r"[A-Z0-9](?:[A-Z0-9._+!-]*[A-Z0-9])?", re.IGNORECASE)
_FILENAME = re.compile(r"[A-Z0-9](?:[A-Z0-9._+!-]*[A-Z0-9])?", re.IGNORECASE)
_SEPARATORS = re.compile(r"[-_.]+")
_WHEEL_PARTS = (5, 6)
"""Name, version, perhaps a build, and three tags."""
LONGEST = 255


class NewFile(Struct, frozen=True):
    """What somebody says of a file who is about to upload it."""

    project: str
    """The normalized name of the package."""
    version: str
    filename: str
    requires_python: str | None
    digests: Mapping[str, str]
    """In hexadecimal, by algorithm: those that the file must have."""


class PythonFile(Struct, frozen=True):
    """A wheel or a source archive in a registry."""

    id: int
    registry_id: int
    project: str
    version: str
    filename: str
    size: int
    sha256sum: str
    requires_python: str | None
    file: str
    """Its name among the world's files."""
    created_at: datetime


def normalized(name: str) -> str:
    """The one spelling of a package's name that all others are the same as."""
    return _SEPARATORS.sub("-", name).lower()


def new_file(fields: Mapping[str, str], filename: str) -> NewFile:
    """The file that the fields of an upload announce.

    Raises:
        InvalidInputError: they say something impossible, or the file is that of another package.
    """
    _require(fields.get(":action") == "file_upload", ":action must be file_upload")
    _require(fields.get("protocol_version", "1") == "1", "protocol_version must be 1")
    name, version = fields.get("name", ""), fields.get("version", "")
    _require(_matches(_NAME, name), "name must be that of a Python package")
    _require(_matches(_VERSION, version), "version must be that of a Python package")
    _require(_matches(_FILENAME, filename), "content must have a file name without a path")
    _require(
        normalized(name) in _projects(filename, version),
        "content must be a wheel (.whl) or a source archive (.tar.gz, .zip) of that package",
    )
    digests = {
        algorithm: fields[field].lower()
        for algorithm, field in (("sha256", "sha256_digest"), ("md5", "md5_digest"))
        if fields.get(field)
    }
    return NewFile(
        normalized(name), version, filename, fields.get("requires_python") or None, digests
    )


def check_digests(new: NewFile, digests: Mapping[str, str]) -> None:
    """Refuse a file that is not the announced one.

    Raises:
        InvalidInputError: the message names the digest that differs.
    """
    for algorithm, announced in new.digests.items():
        _require(digests[algorithm] == announced, f"content has another {algorithm} digest")


def _projects(filename: str, version: str) -> set[str]:
    """The normalized names that a file can be of: a source archive's is followed by a hyphen."""
    stem = filename.removesuffix(".whl")
    if stem != filename:
        parts = stem.split("-")
        return {normalized(parts[0])} if len(parts) in _WHEEL_PARTS else set()
    for ending in (".tar.gz", ".zip"):
        stem = filename.removesuffix(ending)
        if stem != filename:
            name, separator, _ = stem.rpartition(f"-{version}")
            return {normalized(name if separator else stem.rpartition("-")[0])}
    return set()


def _matches(form: re.Pattern[str], text: str) -> bool:
    return len(text) <= LONGEST and form.fullmatch(text) is not None


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise InvalidInputError(message)
