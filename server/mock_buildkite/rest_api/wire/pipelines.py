"""Pipelines."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from mock_buildkite import node_ids
from mock_buildkite.errors import InvalidFieldsError, NotImplementedHereError
from mock_buildkite.organizations.model import Organization
from mock_buildkite.pipelines import reading
from mock_buildkite.pipelines.described import DescribedPipeline
from mock_buildkite.pipelines.model import DEFAULT_BRANCH, NewPipeline, Pipeline
from mock_buildkite.pipelines.providers import settings_of
from mock_buildkite.rest_api.wire import pipeline_steps
from mock_buildkite.rest_api.wire.addresses import address, page
from mock_buildkite.rest_api.wire.links import Links
from mock_buildkite.rest_api.wire.moments import spelled
from mock_buildkite.rest_api.wire.users import optional_user

MISSING_CONFIGURATION = 'Step configuration is missing, expected `steps: { yaml: "..." }`'


class PipelineBody(msgspec.Struct):
    """The body that makes or changes a pipeline: what is not in it is as usual, or stays.

    `teams` are passed over, since there are none; so is `env` beside a configuration.
    """

    name: str | UnsetType | None = UNSET
    slug: str | UnsetType | None = UNSET
    repository: str | UnsetType | None = UNSET
    configuration: str | UnsetType | None = UNSET
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
    provider_settings: dict[str, bool | str | None] | UnsetType | None = UNSET
    visibility: str | UnsetType | None = UNSET
    tags: list[str] | UnsetType | None = UNSET
    color: str | UnsetType | None = UNSET
    emoji: str | UnsetType | None = UNSET
    cluster_id: str | UnsetType | None = UNSET
    clone_mirror_url: str | None = None
    pipeline_template_uuid: str | None = None
    steps: list[pipeline_steps.StepBody] | None = None
    env: dict[str, Any] | None = None


_USUAL = {
    "default_branch": DEFAULT_BRANCH,
    "skip_queued_branch_builds": False,
    "cancel_running_branch_builds": False,
    "allow_rebuilds": True,
    "provider_settings": {},
    "visibility": "private",
    "tags": (),
    "name": "",
    "repository": "",
    "configuration": "",
}
"""What null means, where a pipeline has no null."""


def new_pipeline(body: PipelineBody) -> NewPipeline:
    """The pipeline that is asked for. The older form of steps becomes its configuration.

    Raises:
        InvalidFieldsError: it has no repository or no steps.
        NotImplementedHereError: it asks for what pipelines do not have here.
    """
    given = changes(body)
    if not given.get("configuration", "").strip() and body.steps:
        given["configuration"] = pipeline_steps.configuration(body.steps, body.env)
    problems = {
        "name": "can't be blank",
        "repository": "can't be blank",
        "configuration": MISSING_CONFIGURATION,
    }
    missing = [
        (name, problem) for name, problem in problems.items() if not given.get(name, "").strip()
    ]
    if missing:
        raise InvalidFieldsError(missing)
    return NewPipeline(**given)


def changes(body: PipelineBody) -> dict[str, Any]:
    """What a body says of a pipeline, by the names that `NewPipeline` has for it.

    Raises:
        NotImplementedHereError: it asks for what pipelines do not have here.
    """
    for name in ("clone_mirror_url", "pipeline_template_uuid"):
        if getattr(body, name):
            raise NotImplementedHereError(name)
    return {
        name: _USUAL.get(name) if value is None else value
        for name, value in msgspec.structs.asdict(body).items()
        if name in NewPipeline.__struct_fields__
        and value is not UNSET
        and not (name == "slug" and value is None)
    }


def require_no_steps(body: PipelineBody) -> None:
    """Refuse steps in the older form for a pipeline that has a configuration.

    Raises:
        InvalidFieldsError: there are some, and no other configuration.
    """
    if body.steps is not None and not isinstance(body.configuration, str):
        raise InvalidFieldsError([("steps", "can't be changed: they are in the configuration")])


def pipeline(links: Links, organization: Organization, shown: DescribedPipeline) -> dict[str, Any]:
    """A pipeline as a whole, with its steps."""
    definition = reading.as_written(shown.pipeline.configuration)
    return {
        **reference(links, organization, shown),
        "env": definition.env,
        "configuration": shown.pipeline.configuration,
        "steps": pipeline_steps.shown(definition.steps),
    }


def reference(links: Links, organization: Organization, shown: DescribedPipeline) -> dict[str, Any]:
    """A pipeline as its builds show it."""
    itself, counts = shown.pipeline, shown.counts
    url = address(links, organization, itself)
    return {
        "id": itself.uuid,
        "graphql_id": node_ids.encode("Pipeline", itself.uuid),
        "url": url,
        "web_url": page(links, organization, itself),
        "name": itself.name,
        "description": itself.description,
        "slug": itself.slug,
        "repository": itself.repository,
        "cluster_id": None if shown.cluster is None else shown.cluster.uuid,
        "pipeline_template_uuid": None,
        "branch_configuration": itself.branch_configuration,
        "default_branch": itself.default_branch,
        "skip_queued_branch_builds": itself.skip_queued_branch_builds,
        "skip_queued_branch_builds_filter": itself.skip_queued_branch_builds_filter,
        "cancel_running_branch_builds": itself.cancel_running_branch_builds,
        "cancel_running_branch_builds_filter": itself.cancel_running_branch_builds_filter,
        "allow_rebuilds": itself.allow_rebuilds,
        "default_command_step_timeout": itself.default_command_step_timeout,
        "maximum_command_step_timeout": itself.maximum_command_step_timeout,
        "provider": _provider(itself),
        "builds_url": f"{url}/builds",
        "badge_url": links.web("badge", f"{itself.uuid}.svg"),
        "created_by": optional_user(shown.created_by),
        "created_at": spelled(itself.created_at),
        "archived_at": spelled(itself.archived_at),
        "scheduled_builds_count": counts.scheduled_builds,
        "running_builds_count": counts.running_builds,
        "scheduled_jobs_count": counts.scheduled_jobs,
        "running_jobs_count": counts.running_jobs,
        "waiting_jobs_count": counts.waiting_jobs,
        "visibility": itself.visibility,
        "tags": itself.tags or None,
        "color": itself.color,
        "emoji": itself.emoji,
    }


def _provider(itself: Pipeline) -> dict[str, Any]:
    """What hosts the repository. It has no webhook: nothing here receives any."""
    return {"id": itself.provider, "webhook_url": "", "settings": settings_of(itself)}
