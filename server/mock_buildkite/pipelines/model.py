"""What a pipeline is, what is chosen about one, and which ones are looked for."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from msgspec import Struct, field

from mock_buildkite.errors import InvalidFieldsError

LONGEST_NAME = 255
DEFAULT_BRANCH = "main"
DEFAULT_CONFIGURATION = """\
steps:
  - label: ":pipeline:"
    command: buildkite-agent pipeline upload
"""
"""The steps of a pipeline that was made without any, where an API takes that."""
_HIGHEST_BUILD_NUMBER = 2**31
_CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f]")
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]*")


class NewPipeline(Struct, frozen=True):
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
    next_build_number: int = 1


class NamedPipeline(Struct, frozen=True):
    """As much of a pipeline as its jobs are told of it."""

    id: int
    uuid: str
    organization_id: int
    cluster_id: int | None
    slug: str
    name: str
    repository: str
    default_branch: str
    provider: str


class Pipeline(NamedPipeline, frozen=True):
    """What builds run of: a repository and the steps that a build begins with."""

    description: str | None
    branch_configuration: str | None
    configuration: str
    skip_queued_branch_builds: bool
    skip_queued_branch_builds_filter: str | None
    cancel_running_branch_builds: bool
    cancel_running_branch_builds_filter: str | None
    default_command_step_timeout: int | None
    maximum_command_step_timeout: int | None
    provider_settings: dict[str, Any]
    visibility: str
    tags: tuple[str, ...]
    color: str | None
    emoji: str | None
    allow_rebuilds: bool
    next_build_number: int
    created_by: int | None
    created_at: datetime
    archived_at: datetime | None
    archived_by: int | None

    @property
    def is_archived(self) -> bool:
        """Whether it takes no more builds."""
        return self.archived_at is not None


class Search(Struct, frozen=True):
    """Which of an organization's pipelines are asked for; what is None or empty does not matter."""

    name: str = ""
    """A part of it, in either case."""
    name_or_slug: str = ""
    """The same, of one of the two."""
    repository: str = ""
    """A part of it, in either case."""
    is_archived: bool | None = None
    is_clustered: bool | None = None
    cluster_id: int | None = None
    tags: frozenset[str] = frozenset()
    """All of them."""
    created_from: datetime | None = None
    created_before: datetime | None = None

    def finds(self, pipeline: Pipeline) -> bool:
        """Whether a pipeline is one that is asked for."""
        created_at, name_or_slug = pipeline.created_at, self.name_or_slug
        return (
            _is_part(self.name, pipeline.name)
            and (_is_part(name_or_slug, pipeline.name) or _is_part(name_or_slug, pipeline.slug))
            and _is_part(self.repository, pipeline.repository)
            and self.is_archived in {None, pipeline.is_archived}
            and self.is_clustered in {None, pipeline.cluster_id is not None}
            and self.cluster_id in {None, pipeline.cluster_id}
            and self.tags.issubset(pipeline.tags)
            and (self.created_from is None or created_at >= self.created_from)
            and (self.created_before is None or created_at < self.created_before)
        )


def checked_slug(slug: str) -> str:
    """A slug that a pipeline can have.

    Raises:
        InvalidFieldsError: it has other characters, or begins with a dash.
    """
    if not _SLUG.fullmatch(slug) or len(slug) > LONGEST_NAME:
        problem = "can only contain lower-case letters, numbers and dashes"
        raise InvalidFieldsError([("slug", problem)])
    return slug


def checked_name(name: str) -> str:
    """A name that a pipeline can have.

    Raises:
        InvalidFieldsError: it is blank or too long, or no slug can be made of it.
    """
    if not name.strip():
        raise InvalidFieldsError([("name", "can't be blank")])
    if len(name) > LONGEST_NAME:
        problem = f"is too long (maximum is {LONGEST_NAME} characters)"
        raise InvalidFieldsError([("name", problem)])
    if _CONTROL_CHARACTER.search(name):
        raise InvalidFieldsError([("name", "can't have control characters")])
    return name


def by_name(pipelines: Iterable[Pipeline]) -> list[Pipeline]:
    """Pipelines from A to Z."""
    return sorted(pipelines, key=lambda each: each.name.casefold())


def by_relevance(pipelines: Iterable[Pipeline], text: str) -> list[Pipeline]:
    """Pipelines that were found by a part of their name or slug: where it stands first, first.

    Unverified: what makes one more relevant than another.
    """

    def place(pipeline: Pipeline) -> int:
        found = [each.casefold().find(text.casefold()) for each in (pipeline.name, pipeline.slug)]
        return min((at for at in found if at >= 0), default=LONGEST_NAME)

    return sorted(by_name(pipelines), key=place)


def checked_build_number(number: int, taken: int) -> int:
    """A number that the next build can have, where others have some already.

    Raises:
        InvalidFieldsError: it is not above all of them, or there is no such number.
    """
    if not taken < number < _HIGHEST_BUILD_NUMBER:
        raise InvalidFieldsError([("next_build_number", f"must be greater than {taken}")])
    return number


def _is_part(part: str, text: str) -> bool:
    return part.casefold() in text.casefold()


def provider_of(repository: str) -> str:
    """What hosts a repository, in the words of `BUILDKITE_PIPELINE_PROVIDER`.

    `git` for anything but the well-known hosts.
    """
    for provider in ("github", "bitbucket", "gitlab"):
        if re.search(rf"(^|[@/.]){provider}\.(com|org)[:/]", repository):
            return provider
    return "git"
