"""What somebody is told, and why. Never the value of a token."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Reason(Enum):
    """What somebody is told of."""

    LEAKED = "leaked"
    """A token was found in public, and ended everywhere."""
    ORGANIZATION_REMOVED = "organization_removed"
    """A token reaches an organization no longer that it reached before."""


class Audience(Enum):
    """As what somebody is told."""

    OWNER = "owner"
    ORGANIZATION = "organization"


@dataclass(frozen=True, slots=True)
class NewNotice:
    """A mail that Buildkite would send now."""

    reason: Reason
    audience: Audience
    recipient: str
    """The owner's e-mail address, or the organization's slug.

    Unverified: to whose addresses Buildkite writes in an organization.
    """
    token_uuid: str
    organization: str | None
    """The slug of the one that it is about; None if it is about all that the token reached."""
    url: str | None
    """Where a leaked token was found. It is somebody else's text, and nothing fetches it."""


@dataclass(frozen=True, slots=True)
class Notice(NewNotice):
    """A mail that Buildkite would have sent."""

    sent_at: datetime


def about_leak(
    token_uuid: str, owner: str, organizations: tuple[str, ...], url: str
) -> list[NewNotice]:
    """What is sent when a leaked token is ended: to its owner, and to each organization."""
    reason = Reason.LEAKED
    to_owner = NewNotice(reason, Audience.OWNER, owner, token_uuid, None, url)
    return [
        to_owner,
        *(
            NewNotice(reason, Audience.ORGANIZATION, slug, token_uuid, slug, url)
            for slug in organizations
        ),
    ]


def about_removal(token_uuid: str, owner: str, organization: str) -> NewNotice:
    """What is sent when a token reaches an organization no longer: to its owner alone."""
    reason = Reason.ORGANIZATION_REMOVED
    return NewNotice(reason, Audience.OWNER, owner, token_uuid, organization, None)
