"""What is told, why, and to whom. Never the value of a token."""

from collections.abc import Iterator
from datetime import datetime
from enum import Enum

from msgspec import Struct


class Reason(Enum):
    """What somebody is told of."""

    LEAKED = "leaked"
    """A token was found in public, and ended everywhere: its organizations are told as well."""
    ORGANIZATION_REMOVED = "organization_removed"
    """A token reaches an organization no longer that it reached before: only its owner is told."""


class Audience(Enum):
    """As what somebody is told."""

    OWNER = "owner"
    ORGANIZATION = "organization"


class NewNotice(Struct, frozen=True):
    """Something to be told now."""

    reason: Reason
    owner: str
    """The e-mail address of the token's owner."""
    token_uuid: str
    organizations: tuple[str, ...]
    """The slugs of those that the token reached, or of the one that it reaches no longer."""
    url: str | None
    """Where a leaked token was found. It is somebody else's text, and nothing fetches it."""


class Notice(NewNotice, frozen=True):
    """Something that was told."""

    sent_at: datetime


class Mail(Struct, frozen=True):
    """What one of those who were told of something was sent."""

    audience: Audience
    recipient: str
    """The owner's e-mail address, or the organization's slug.

    Unverified: to whose addresses Buildkite writes in an organization.
    """
    organization: str | None
    """The slug of the one that it is about; None if it is about all that the token reached."""


def mails(notice: Notice) -> Iterator[Mail]:
    """The mails that Buildkite would have sent: to the owner first."""
    if notice.reason is Reason.LEAKED:
        yield Mail(Audience.OWNER, notice.owner, None)
        for slug in notice.organizations:
            yield Mail(Audience.ORGANIZATION, slug, slug)
    else:
        for slug in notice.organizations:
            yield Mail(Audience.OWNER, notice.owner, slug)
