"""What a pipeline is, and what is chosen about one."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mock_buildkite.errors import InvalidInputError

LONGEST_NAME = 255
DEFAULT_BRANCH = "main"
_NO_SLUG_CHARACTERS = re.compile(r"[^a-z0-9]+")
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]*")


@dataclass(frozen=True, slots=True)
class NewPipeline:
    """What is chosen about a pipeline when it is made."""

    name: str
    repository: str
    configuration: str
    slug: str | None = None
    description: str | None = None
    default_branch: str = DEFAULT_BRANCH
    branch_configuration: str | None = None
    skip_queued_branch_builds: bool = False
    skip_queued_branch_builds_filter: str | None = None
    cancel_running_branch_builds: bool = False
    cancel_running_branch_builds_filter: str | None = None
    default_command_step_timeout: int | None = None
    maximum_command_step_timeout: int | None = None
    provider_settings: dict[str, Any] = field(default_factory=dict)
    visibility: str = "private"
    tags: tuple[str, ...] = ()
    color: str | None = None
    emoji: str | None = None
    allow_rebuilds: bool = True


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What builds run of: a repository and the steps that a build begins with."""

    id: int
    uuid: str
    organization_id: int
    cluster_id: int | None
    slug: str
    name: str
    description: str | None
    repository: str
    default_branch: str
    branch_configuration: str | None
    configuration: str
    skip_queued_branch_builds: bool
    skip_queued_branch_builds_filter: str | None
    cancel_running_branch_builds: bool
    cancel_running_branch_builds_filter: str | None
    default_command_step_timeout: int | None
    maximum_command_step_timeout: int | None
    provider: str
    provider_settings: dict[str, Any]
    visibility: str
    tags: tuple[str, ...]
    color: str | None
    emoji: str | None
    allow_rebuilds: bool
    created_by: int | None
    created_at: datetime
    archived_at: datetime | None
    archived_by: int | None

    @property
    def is_archived(self) -> bool:
        """Whether it takes no more builds."""
        return self.archived_at is not None


def slug_of(name: str) -> str:
    """The slug that a name gives: lower case, other characters than letters and digits a dash."""
    return _NO_SLUG_CHARACTERS.sub("-", name.lower()).strip("-")


def checked_slug(slug: str) -> str:
    """A slug that a pipeline can have.

    Raises:
        InvalidInputError: it has other characters, or begins with a dash.
    """
    if not _SLUG.fullmatch(slug) or len(slug) > LONGEST_NAME:
        msg = "Slug can only contain lower-case letters, numbers and dashes"
        raise InvalidInputError(msg)
    return slug


def checked_name(name: str) -> str:
    """A name that a pipeline can have.

    Raises:
        InvalidInputError: it is blank, too long, or has nothing that a slug can be made of.
    """
    if not name.strip():
        msg = "Name can't be blank"
        raise InvalidInputError(msg)
    if len(name) > LONGEST_NAME:
        msg = f"Name is too long (maximum is {LONGEST_NAME} characters)"
        raise InvalidInputError(msg)
    return name


def provider_of(repository: str) -> str:
    """What hosts a repository, in the words of `BUILDKITE_PIPELINE_PROVIDER`.

    `git` for anything but the well-known hosts.
    """
    for provider in ("github", "bitbucket", "gitlab"):
        if re.search(rf"(^|[@/.]){provider}\.(com|org)[:/]", repository):
            return provider
    return "git"
