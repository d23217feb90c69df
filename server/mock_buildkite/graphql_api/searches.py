"""The arguments of lists of builds and jobs, and what they ask for."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from mock_buildkite.builds import model as builds
from mock_buildkite.builds.lifecycle import BuildState
from mock_buildkite.errors import InvalidInputError
from mock_buildkite.graphql_api.connections import Page
from mock_buildkite.graphql_api.job_types import KINDS
from mock_buildkite.jobs import model as jobs
from mock_buildkite.jobs.lifecycle import JobState
from mock_buildkite.jobs.model import JobType, Order

_BUILD_STATES = {state.value.upper(): state for state in BuildState}
_JOB_STATES = {state.value.upper(): state for state in JobState}
_ORDERS = {"RECENTLY_ASSIGNED": Order.ASSIGNED_LAST}


class BuildArguments(Page, total=False):
    """The arguments of a list of builds."""

    commit: Sequence[str] | None
    created_at_from: datetime | None
    created_at_to: datetime | None
    meta_data: Sequence[str] | None
    state: Sequence[str] | None


class JobArguments(Page, total=False):
    """The arguments of a list of jobs."""

    agent_query_rules: Sequence[str] | None
    concurrency: dict[str, Any] | None
    created_at_from: datetime | None
    created_at_to: datetime | None
    finished_at: datetime | None
    order: str | None
    passed: bool | None
    priority: dict[str, Any] | int | None
    state: Sequence[str] | None
    step: dict[str, Any] | None
    type: Sequence[str] | None


def page_of(given: Page) -> Page:
    """The arguments among them that choose a page."""
    return {
        "first": given.get("first"),
        "last": given.get("last"),
        "after": given.get("after"),
        "before": given.get("before"),
    }


def builds_wanted(given: BuildArguments, **more: Any) -> builds.Search:  # noqa: ANN401 - a search's
    """The builds that arguments ask for, and what more is asked for.

    Raises:
        InvalidInputError: meta-data is not written as it has to be.
    """
    states = given.get("state")
    return builds.Search(
        commits=given.get("commit"),
        states=None if states is None else _known(_BUILD_STATES, states),
        created_from=given.get("created_at_from"),
        created_before=given.get("created_at_to"),
        meta_data=dict(_pair(each) for each in given.get("meta_data") or ()),
        **more,
    )


def jobs_wanted(given: JobArguments, **more: Any) -> jobs.Search:  # noqa: ANN401 - a search's
    """The jobs that arguments ask for, and what more is asked for.

    `passed` is about command jobs. A day of `finishedAt` is one of UTC.
    """
    states, types, passed = given.get("state"), given.get("type"), given.get("passed")
    kinds = None if types is None else _known(KINDS, types)
    if passed is not None:
        kinds = [kind for kind in kinds or JobType if kind is JobType.SCRIPT]
    day = given.get("finished_at")
    if day is not None:
        day = day.replace(hour=0, minute=0, second=0, microsecond=0)
    return jobs.Search(
        types=kinds,
        states=None if states is None else _known(_JOB_STATES, states),
        has_passed=passed,
        priorities=_priorities(given.get("priority")),
        concurrency_groups=(given.get("concurrency") or {}).get("group"),
        step_keys=(given.get("step") or {}).get("key"),
        agent_query_rules=given.get("agent_query_rules") or (),
        created_from=given.get("created_at_from"),
        created_before=given.get("created_at_to"),
        finished_from=day,
        finished_before=None if day is None else day + timedelta(days=1),
        order=_ORDERS.get(given.get("order") or "", Order.CREATED_LAST),
        **more,
    )


def _known(known: dict[str, Any], names: Sequence[str]) -> list[Any]:
    """What names stand for; nothing is ever in some of the states that Buildkite has."""
    return [known[name] for name in names if name in known]


def _priorities(given: dict[str, Any] | int | None) -> Sequence[int] | None:
    return [given] if isinstance(given, int) else (given or {}).get("number")


def _pair(written: str) -> tuple[str, str]:
    """A key and its value. Unverified: how Buildkite has them written."""
    key, colon, value = written.partition(":")
    if not colon:
        msg = f"{written!r} is not meta-data written as key:value"
        raise InvalidInputError(msg)
    return key, value
