"""Builds."""

from collections.abc import Mapping
from typing import Any

import msgspec

from mock_buildkite import node_ids
from mock_buildkite.builds.described import DescribedBuild
from mock_buildkite.builds.lifecycle import BuildState
from mock_buildkite.builds.model import NewBuild, shown_state
from mock_buildkite.rest_api.wire.addresses import address, page
from mock_buildkite.rest_api.wire.jobs import job
from mock_buildkite.rest_api.wire.links import Links
from mock_buildkite.rest_api.wire.moments import spelled
from mock_buildkite.rest_api.wire.pipelines import reference
from mock_buildkite.rest_api.wire.users import optional_user


class AuthorBody(msgspec.Struct):
    """Who is said to have created a build."""

    name: str | None = None
    email: str | None = None


class NewBuildBody(msgspec.Struct):
    """The body that makes a build."""

    commit: str | None = None
    branch: str | None = None
    message: str | None = None
    author: AuthorBody | None = None
    env: dict[str, str | int | float | bool | None] | None = None
    meta_data: dict[str, str | int | float | bool] | None = None
    clean_checkout: bool | None = None
    ignore_pipeline_branch_filters: bool | None = None
    pull_request_id: int | str | None = None
    pull_request_base_branch: str | None = None
    pull_request_repository: str | None = None
    pull_request_labels: list[str] | None = None


class RetryFailedJobsBody(msgspec.Struct):
    """The body of `PUT …/retry_failed_jobs`: a list in one text; blank is every way."""

    states: str | None = None


def states(body: RetryFailedJobsBody) -> tuple[str, ...]:
    """The ways in which the jobs came out that are to be retried."""
    return tuple(name.strip() for name in (body.states or "").split(",") if name.strip())


def job_state_counts(counts: Mapping[str, int]) -> dict[str, Any]:
    """How many jobs are in which state, and altogether."""
    return {"total": sum(counts.values()), "states": counts}


def new_build(body: NewBuildBody) -> NewBuild:
    """The build that is asked for, by nobody yet."""
    return NewBuild(
        commit=body.commit or "",
        branch=body.branch or "",
        message=body.message,
        env={key: _text(value) for key, value in (body.env or {}).items() if value is not None},
        meta_data={key: _text(value) for key, value in (body.meta_data or {}).items()},
        author=_author(body.author),
        pull_request=_pull_request(body),
        clean_checkout=bool(body.clean_checkout),
        ignore_pipeline_branch_filters=bool(body.ignore_pipeline_branch_filters),
    )


def build(links: Links, shown: DescribedBuild, *, with_pipeline: bool = True) -> dict[str, Any]:
    """A build, with its jobs if they were asked for; on request without what its pipeline is."""
    of_build, organization = shown.build, shown.organization
    place = ("builds", of_build.number)
    answer: dict[str, Any] = {
        "id": of_build.uuid,
        "graphql_id": node_ids.encode("Build", of_build.uuid),
        "url": address(links, organization, shown.pipeline, *place),
        "web_url": page(links, organization, shown.pipeline, *place),
        "number": of_build.number,
        "state": shown_state(of_build),
        "cancel_reason": of_build.cancel_reason,
        "blocked": of_build.state is BuildState.BLOCKED,
        "message": of_build.message,
        "commit": of_build.commit,
        "branch": of_build.branch,
        "author": of_build.author,
        "env": of_build.env,
        "source": of_build.source.value,
        "creator": optional_user(shown.creator),
    }
    if shown.jobs is not None:
        answer["jobs"] = [job(links, organization, each) for each in shown.jobs]
    answer |= {
        "created_at": spelled(of_build.created_at),
        "scheduled_at": spelled(of_build.scheduled_at),
        "started_at": spelled(of_build.started_at),
        "failing_at": spelled(of_build.failing_at),
        "finished_at": spelled(of_build.finished_at),
        "meta_data": shown.meta_data,
        "pull_request": of_build.pull_request,
        "merge_queue": None,
        "rebuilt_from": _rebuilt_from(links, shown),
        "triggered_from": _triggered_from(shown),
    }
    if with_pipeline:
        answer["pipeline"] = reference(links, organization, shown.of)
    return answer


def _rebuilt_from(links: Links, shown: DescribedBuild) -> dict[str, Any] | None:
    before = shown.rebuilt_from
    if before is None:
        return None
    place = ("builds", before.number)
    return {
        "id": before.uuid,
        "number": before.number,
        "url": address(links, shown.organization, shown.pipeline, *place),
    }


def _triggered_from(shown: DescribedBuild) -> dict[str, Any] | None:
    if shown.triggered_from is None:
        return None
    parent, pipeline = shown.triggered_from
    return {
        "build_id": parent.uuid,
        "build_number": parent.number,
        "build_pipeline_slug": pipeline.slug,
    }


def _author(body: AuthorBody | None) -> dict[str, str] | None:
    if body is None or not (body.name or body.email):
        return None
    return {"name": body.name or "", "email": body.email or ""}


def _pull_request(body: NewBuildBody) -> dict[str, Any] | None:
    if body.pull_request_id is None:
        return None
    return {
        "id": str(body.pull_request_id),
        "base": body.pull_request_base_branch,
        "repository": body.pull_request_repository,
        "labels": body.pull_request_labels or [],
    }


def _text(value: str | float | bool) -> str:
    """A value as the text that it is for a job."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
