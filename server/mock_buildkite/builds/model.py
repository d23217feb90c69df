"""What a build is, what is chosen about one, and which ones are looked for."""

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from enum import Enum
from typing import Any

from msgspec import Struct, field

from mock_buildkite.builds.lifecycle import FINISHED, BuildState
from mock_buildkite.errors import InvalidFieldsError
from mock_buildkite.meta_data.model import problem_of_pair

DEFAULT_COMMIT = "HEAD"
_CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f]")


class Source(Enum):
    """What a build came of."""

    API = "api"
    UI = "ui"
    WEBHOOK = "webhook"
    SCHEDULE = "schedule"
    TRIGGER_JOB = "trigger_job"
    LOCAL = "local"
    """`mock-buildkite run`, as Buildkite's own local runner had it."""


class NewBuild(Struct, frozen=True):
    """What is chosen about a build when it is made."""

    commit: str = DEFAULT_COMMIT
    branch: str = "main"
    message: str | None = None
    source: Source = Source.API
    tag: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    meta_data: Mapping[str, str] = field(default_factory=dict)
    author: Mapping[str, str] | None = None
    pull_request: Mapping[str, Any] | None = None
    clean_checkout: bool = False
    ignore_pipeline_branch_filters: bool = False
    created_by: int | None = None
    rebuilt_from_build_id: int | None = None
    triggered_from_job_id: int | None = None
    trigger_depth: int = 0


class MovedBuild(Struct, frozen=True):
    """As much of a build as is needed to move it."""

    id: int
    uuid: str
    state: BuildState
    failure_reason: str | None
    triggered_from_job_id: int | None
    started_at: datetime | None
    failing_at: datetime | None

    @property
    def is_finished(self) -> bool:
        """Whether nothing more happens in it by itself."""
        return self.state in FINISHED


class NamedBuild(MovedBuild, frozen=True):
    """As much of a build as its jobs are told of it."""

    pipeline_id: int
    number: int
    commit: str
    branch: str
    tag: str | None
    message: str | None
    source: Source
    env: dict[str, str]
    pipeline_env: dict[str, str]
    author: dict[str, str] | None
    pull_request: dict[str, Any] | None
    clean_checkout: bool
    created_by: int | None
    rebuilt_from_build_id: int | None


class Build(NamedBuild, frozen=True):
    """One run of a pipeline."""

    organization_id: int
    blocked_state: str | None
    ignore_pipeline_branch_filters: bool
    notify: list[Any]
    cancel_reason: str | None
    canceled_by: int | None
    trigger_depth: int
    upload_count: int
    job_count: int
    created_at: datetime
    scheduled_at: datetime | None
    blocked_at: datetime | None
    canceled_at: datetime | None
    finished_at: datetime | None


class Search(Struct, frozen=True):
    """Which builds are asked for; what is None does not matter."""

    organization_ids: Collection[int] | None = None
    pipeline_id: int | None = None
    branches: Collection[str] | None = None
    """Names; a `*` in one stands for anything."""
    commits: Collection[str] | None = None
    states: Collection[BuildState] | None = None
    created_by: int | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None
    finished_from: datetime | None = None
    meta_data: Mapping[str, str] = field(default_factory=dict)
    """Keys with their values, all of them."""
    but_paused: bool = False
    """Without those whose command jobs are all on paused queues."""


def require_sound(new: NewBuild) -> None:
    """Refuse what no build can have, all of it at once.

    Raises:
        InvalidFieldsError: there is some.
    """
    problems = []
    for field_name, text in (("commit", new.commit), ("branch", new.branch)):
        if not text.strip():
            problems.append((field_name, "can't be blank"))
        elif _CONTROL_CHARACTER.search(text):
            problems.append((field_name, "can't have control characters"))
    if "\0" in (new.message or ""):
        problems.append(("message", "can't have NUL characters"))
    for name, value in new.env.items():
        if not name or "=" in name or "\0" in name + value:
            problems.append(("env", f"can't have a variable {name!r} of this value"))
    for key, value in new.meta_data.items():
        problem = problem_of_pair(key, value)
        if problem is not None:
            problems.append(("meta_data", f"is invalid: {problem}"))
    if problems:
        raise InvalidFieldsError(problems)


def shown_state(build: Build) -> str:
    """A build's state in REST's words: a blocked one shows what its block step says instead.

    Source: pages/apis/rest_api/builds.md of Buildkite's documentation.
    """
    if build.state is BuildState.BLOCKED:
        return build.blocked_state or BuildState.PASSED.value
    state: str = build.state.value
    return state
