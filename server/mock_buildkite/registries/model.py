"""What a package registry is, and what opens it."""

import re
from datetime import datetime, timedelta
from enum import Enum

from msgspec import Struct

from mock_buildkite.errors import InvalidInputError

TEMPORARY_LIFE = timedelta(minutes=5)
PYTHON = "python"
_ECOSYSTEM = re.compile(r"[a-z][a-z0-9_-]{0,63}")


class Use(Enum):
    """What somebody wants of the packages in a registry."""

    PUBLISH = "publish"
    INSTALL = "install"


class NewRegistry(Struct, frozen=True):
    """What is chosen about a registry when it is made."""

    name: str
    ecosystem: str
    description: str | None = None
    emoji: str | None = None
    color: str | None = None
    public: bool = False
    oidc_policy: str | None = None
    """As it was written, or JSON. It is shown again, and admits nobody here."""
    team_ids: tuple[str, ...] = ()


class Registry(Struct, frozen=True):
    """Packages of one ecosystem, which one organization shares."""

    id: int
    uuid: str
    organization_id: int
    slug: str
    name: str
    ecosystem: str
    description: str | None
    emoji: str | None
    color: str | None
    public: bool
    oidc_policy: str | None
    team_ids: tuple[str, ...]
    created_at: datetime


class RegistryToken(Struct, frozen=True):
    """What lets its holder install from one registry, for as long as it is on record."""

    id: int
    uuid: str
    registry_id: int
    description: str
    created_by: int
    created_at: datetime
    revoked_at: datetime | None


def checked_ecosystem(ecosystem: str) -> str:
    """A registry's ecosystem.

    Unverified: which words there are. All are taken; `python` alone has a door.

    Raises:
        InvalidInputError: it is no word.
    """
    if not _ECOSYSTEM.fullmatch(ecosystem):
        msg = "Ecosystem must be the name of one, such as python"
        raise InvalidInputError(msg)
    return ecosystem


def checked_description(description: str | None) -> str:
    """The description that tells a registry's tokens apart.

    Raises:
        InvalidInputError: there is none.
    """
    if description is None or not description.strip():
        msg = "Description can't be blank"
        raise InvalidInputError(msg)
    return description
