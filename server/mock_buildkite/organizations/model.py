"""What an organization, a user and a membership are."""

import re
from datetime import datetime
from enum import Enum
from hashlib import md5

from msgspec import Struct

from mock_buildkite.errors import InvalidInputError

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Role(Enum):
    """What a member may do in an organization."""

    ADMIN = "admin"
    MEMBER = "member"


class Organization(Struct, frozen=True):
    """One customer of Buildkite. Nothing is ever seen across two of them."""

    id: int
    uuid: str
    slug: str
    name: str
    created_at: datetime


class User(Struct, frozen=True):
    """A person, who may be a member of several organizations."""

    id: int
    uuid: str
    email: str
    name: str
    created_at: datetime

    @property
    def avatar_url(self) -> str:
        """Where Buildkite has a picture of the user."""
        return avatar_url(self.email)


def avatar_url(email: str) -> str:
    """Where Buildkite has a picture for an e-mail address; nothing is fetched."""
    digest = md5(email.encode(), usedforsecurity=False).hexdigest()
    return f"https://www.gravatar.com/avatar/{digest}"


def checked_slug(slug: str) -> str:
    """A slug in Buildkite's form.

    Raises:
        InvalidInputError: it has other characters than lower-case letters, digits and hyphens.
    """
    if not _SLUG.fullmatch(slug):
        msg = f"Slug {slug!r} must be lower-case letters, digits and single hyphens"
        raise InvalidInputError(msg)
    return slug
