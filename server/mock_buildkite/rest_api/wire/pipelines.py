"""Pipelines."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from mock_buildkite import node_ids
from mock_buildkite.clusters import service as clusters
from mock_buildkite.errors import InvalidFieldsError, NotImplementedHereError
from mock_buildkite.organizations.model import Organization
from mock_buildkite.pipelines import reading
from mock_buildkite.pipelines.counting import Counts
from mock_buildkite.pipelines.model import DEFAULT_BRANCH, NewPipeline, Pipeline
from mock_buildkite.rest_api.calls import Call
from mock_buildkite.rest_api.wire.links import Links
from mock_buildkite.rest_api.wire.moments import spelled
from mock_buildkite.rest_api.wire.users import reference

MISSING_CONFIGURATION = 'Step configuration is missing, expected `steps: { yaml: "..." }`'


class PipelineBody(msgspec.Struct):
    """The body that makes or changes a pipeline: what is not in it stays as it is, or as usual.

    `teams`, `team_uuids` and, beside a configuration, `env` are passed over.
    """

    name: str | UnsetType | None = UNSET
    slug: str | UnsetType | None = UNSET
    repository: str | UnsetType | None = UNSET
    configuration: str | UnsetType | None = UNSET
    cluster_id: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    default_branch: str | UnsetType | None = UNSET
    branch_configuration: str | UnsetType | None = UNSET
    skip_queued_branch_builds: bool | UnsetType | None = UNSET
    skip_queued_branch_builds_filter: str | UnsetType | None = UNSET
    cancel_running_branch_builds: bool | UnsetType | None = UNSET
    cancel_running_branch_builds_filter: str | UnsetType | None = UNSET
    allow_rebuilds: bool | UnsetType | None = UNSET
    default_command_step_timeout: int | UnsetType | None = UNSET
    maximum_command_step_timeout: int | UnsetType | None = UNSET
    provider_settings: dict[str, Any] | UnsetType | None = UNSET
    visibility: str | UnsetType | None = UNSET
    tags: list[str] | UnsetType | None = UNSET
    color: str | UnsetType | None = UNSET
    emoji: str | UnsetType | None = UNSET
    clone_mirror_url: str | UnsetType | None = UNSET
    pipeline_template_uuid: str | UnsetType | None = UNSET


_ELSEWHERE = frozenset({"cluster_id", "clone_mirror_url", "pipeline_template_uuid"})
"""What is not among the things that `NewPipeline` says."""


def new_pipeline(body: PipelineBody) -> NewPipeline:
    """The pipeline that is asked for.

    Raises:
        InvalidFieldsError: it has no name, repository or steps.
    """
    given = chosen(body)
    missing = [
        (name, code)
        for name, code in [
            ("name", "can't be blank"),
            ("repository", "can't be blank"),
            ("configuration", MISSING_CONFIGURATION),
        ]
        if not str(given.get(name) or "").strip()
    ]
    if missing:
        raise InvalidFieldsError(missing)
    return NewPipeline(**{name: value for name, value in given.items() if value is not None})


def chosen(body: PipelineBody) -> dict[str, Any]:
    """What a body says of a pipeline, by the names of `NewPipeline`.

    Raises:
        NotImplementedHereError: it is to follow a pipeline template, or to have a clone mirror.
    """
    for name in ("pipeline_template_uuid", "clone_mirror_url"):
        if getattr(body, name):
            raise NotImplementedHereError(name)
    return {
        name: value
        for name, value in msgspec.structs.asdict(body).items()
        if value is not UNSET and name not in _ELSEWHERE
    }


def changes(body: PipelineBody) -> dict[str, Any]:
    """What is to change of a pipeline; null is what it is without anybody's saying."""
    usual: Mapping[str, Any] = {
        "default_branch": DEFAULT_BRANCH,
        "skip_queued_branch_builds": False,
        "cancel_running_branch_builds": False,
        "allow_rebuilds": True,
        "provider_settings": {},
        "visibility": "private",
        "tags": [],
        "name": "",
        "repository": "",
        "configuration": "",
    }
    given = chosen(body)
    if given.get("slug", "") is None:
        del given["slug"]
    return {name: usual.get(name) if value is None else value for name, value in given.items()}


def pipeline(
    call: Call, organization: Organization, shown: Pipeline, counts: Counts
) -> dict[str, Any]:
    """A pipeline as a whole, with its steps."""
    return {
        **reference_to(call, organization, shown, counts),
        "env": reading.env_of(shown.configuration),
        "configuration": shown.configuration,
        "steps": [],
    }


def reference_to(
    call: Call, organization: Organization, shown: Pipeline, counts: Counts
) -> dict[str, Any]:
    """A pipeline as its builds show it."""
    url = address(call.links, organization, shown)
    cluster_id = shown.cluster_id
    return {
        "id": shown.uuid,
        "graphql_id": node_ids.encode("Pipeline", shown.uuid),
        "url": url,
        "web_url": page(call.links, organization, shown),
        "name": shown.name,
        "description": shown.description,
        "slug": shown.slug,
        "repository": shown.repository,
        "cluster_id": None if cluster_id is None else clusters.find(call.tx, cluster_id).uuid,
        "pipeline_template_uuid": None,
        "branch_configuration": shown.branch_configuration,
        "default_branch": shown.default_branch,
        "skip_queued_branch_builds": shown.skip_queued_branch_builds,
        "skip_queued_branch_builds_filter": shown.skip_queued_branch_builds_filter,
        "cancel_running_branch_builds": shown.cancel_running_branch_builds,
        "cancel_running_branch_builds_filter": shown.cancel_running_branch_builds_filter,
        "allow_rebuilds": shown.allow_rebuilds,
        "default_command_step_timeout": shown.default_command_step_timeout,
        "maximum_command_step_timeout": shown.maximum_command_step_timeout,
        "provider": {
            "id": shown.provider,
            "webhook_url": "",
            "settings": shown.provider_settings,
        },
        "builds_url": f"{url}/builds",
        "badge_url": call.links.web("badge", f"{shown.uuid}.svg"),
        "created_by": reference(call.tx, shown.created_by),
        "created_at": spelled(shown.created_at),
        "archived_at": spelled(shown.archived_at),
        "scheduled_builds_count": counts.scheduled_builds,
        "running_builds_count": counts.running_builds,
        "scheduled_jobs_count": counts.scheduled_jobs,
        "running_jobs_count": counts.running_jobs,
        "waiting_jobs_count": counts.waiting_jobs,
        "visibility": shown.visibility,
        "tags": shown.tags or None,
        "color": shown.color,
        "emoji": shown.emoji,
    }


def address(links: Links, organization: Organization, shown: Pipeline, *more: object) -> str:
    """Where a pipeline is, or something under it."""
    return links.organization(organization, "pipelines", shown.slug, *more)


def page(links: Links, organization: Organization, shown: Pipeline, *more: object) -> str:
    """The page about a pipeline, or about something of it."""
    return links.web(organization.slug, shown.slug, *more)
