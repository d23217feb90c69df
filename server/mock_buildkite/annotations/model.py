"""What an annotation is, and what becomes of one that is written again.

Source: pages/pipelines/configure/annotations.md of Buildkite's documentation.
"""

from datetime import datetime
from enum import Enum
from typing import TypeVar

from msgspec import Struct

from mock_buildkite.errors import InvalidInputError

DEFAULT_CONTEXT = "default"
LONGEST_CONTEXT = 100
LARGEST_BODY_BYTES = 1024 * 1024
LOWEST_PRIORITY, DEFAULT_PRIORITY, HIGHEST_PRIORITY = 1, 3, 10

E = TypeVar("E", bound=Enum)


class Style(Enum):
    """How it looks."""

    DEFAULT = "default"
    SUCCESS = "success"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Scope(Enum):
    """What it is about."""

    BUILD = "build"
    JOB = "job"


class Annotation(Struct, frozen=True):
    """One annotation of a build, or of one of its jobs."""

    id: int
    uuid: str
    build_id: int
    job_id: int | None
    """None: it is the build's."""
    job_uuid: str | None
    context: str
    """What tells it from the others of its build or job."""
    style: Style
    priority: int
    body: str
    """Markdown."""
    created_at: datetime
    updated_at: datetime

    @property
    def scope(self) -> Scope:
        """What it is about."""
        return Scope.BUILD if self.job_id is None else Scope.JOB


class Content(Struct, frozen=True):
    """What of an annotation can be written."""

    body: str
    style: Style = Style.DEFAULT
    priority: int = DEFAULT_PRIORITY


class Writing(Struct, frozen=True):
    """What somebody writes: on a new annotation, or over the one of that context."""

    context: str = DEFAULT_CONTEXT
    body: str = ""
    """'': as it is."""
    style: Style | None = None
    """None: as it is."""
    priority: int | None = None
    """None: as it is."""
    appends: bool = False
    """Whether the body goes on from what is there."""


def written(writing: Writing, before: Content | None) -> Content:
    """What an annotation says once somebody has written.

    Unverified: that a body without a style or priority leaves those that an annotation has.

    Raises:
        InvalidInputError: it would be a new one without a body, or one with too large a body.
    """
    if before is None and not writing.body:
        msg = "Body can't be blank"
        raise InvalidInputError(msg)
    before = before or Content("")
    body = before.body + writing.body if writing.appends else writing.body or before.body
    if len(body.encode()) > LARGEST_BODY_BYTES:
        msg = f"Body is too large (maximum is {LARGEST_BODY_BYTES} bytes)"
        raise InvalidInputError(msg)
    return Content(body, writing.style or before.style, writing.priority or before.priority)


def writing(
    *,
    context: str | None = None,
    body: str | None = None,
    style: str | None = None,
    priority: int | None = None,
    appends: bool = False,
) -> Writing:
    """What somebody writes, in the words of the APIs; nothing, or a blank, leaves a thing as it is.

    Raises:
        InvalidInputError: one of them is impossible.
    """
    context, body = context or DEFAULT_CONTEXT, body or ""
    if len(context) > LONGEST_CONTEXT:
        msg = f"Context is too long (maximum is {LONGEST_CONTEXT} characters)"
        raise InvalidInputError(msg)
    for name, text in (("Context", context), ("Body", body)):
        if "\0" in text:
            msg = f"{name} can't have NUL characters"
            raise InvalidInputError(msg)
    if priority is not None and not LOWEST_PRIORITY <= priority <= HIGHEST_PRIORITY:
        msg = f"Priority must be between {LOWEST_PRIORITY} and {HIGHEST_PRIORITY}"
        raise InvalidInputError(msg)
    return Writing(context, body, style_of(style), priority, appends=appends)


def style_of(word: str | None) -> Style | None:
    """The style of that name; None for none or a blank.

    Raises:
        InvalidInputError: there is none of that name.
    """
    return _member(Style, "Style", word)


def scope_of(word: str | None) -> Scope:
    """The scope of that name; the build's for none or a blank.

    Raises:
        InvalidInputError: there is none of that name.
    """
    return _member(Scope, "Scope", word) or Scope.BUILD


def _member(cls: type[E], name: str, word: str | None) -> E | None:
    if not word:
        return None
    for each in cls:
        if each.value == word:
            return each
    msg = f"{name} must be one of {', '.join(each.value for each in cls)}"
    raise InvalidInputError(msg)
