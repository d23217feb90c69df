"""Pipelines."""

from collections.abc import Sequence
from datetime import datetime
from typing import Unpack

from ariadne import ObjectType, QueryType

from mock_buildkite import node_ids
from mock_buildkite.builds import service as builds
from mock_buildkite.builds.model import Build
from mock_buildkite.clusters import service as clusters
from mock_buildkite.clusters.model import Cluster
from mock_buildkite.errors import InvalidInputError
from mock_buildkite.graphql_api import pages
from mock_buildkite.graphql_api.connections import (
    Connection,
    HasUuid,
    LongConnection,
    Page,
    connect,
    connect_long,
)
from mock_buildkite.graphql_api.context import Info, Input, Payload
from mock_buildkite.graphql_api.fields import node_type, permission, user
from mock_buildkite.graphql_api.searches import (
    BuildArguments,
    JobArguments,
    builds_wanted,
    jobs_wanted,
    page_of,
)
from mock_buildkite.jobs import requests as jobs
from mock_buildkite.jobs.model import Job
from mock_buildkite.organizations import service as organizations
from mock_buildkite.organizations.model import Organization, User
from mock_buildkite.pipelines import service as pipelines
from mock_buildkite.pipelines.model import Pipeline, Search, by_name, by_relevance

query = QueryType()
pipeline = node_type("Pipeline")
of_organization = ObjectType("Organization")

DEFAULT_BRANCH_WORD = "%default"
COMMIT_SHORT_LENGTH = 10

for _field, _attribute in {
    "archived": "is_archived",
    "cancelIntermediateBuilds": "cancel_running_branch_builds",
    "cancelIntermediateBuildsBranchFilter": "cancel_running_branch_builds_filter",
    "defaultTimeoutInMinutes": "default_command_step_timeout",
    "maximumTimeoutInMinutes": "maximum_command_step_timeout",
    "skipIntermediateBuilds": "skip_queued_branch_builds",
    "skipIntermediateBuildsBranchFilter": "skip_queued_branch_builds_filter",
}.items():
    pipeline.set_alias(_field, _attribute)

for _name, _value in {
    "cloneMirrorUrl": None,
    "commitShortLength": COMMIT_SHORT_LENGTH,
    "favorite": False,
    "pipelineTemplate": None,
    "webhookURL": None,
}.items():
    pipeline.set_field(_name, lambda _source, _info, value=_value: value)


@query.field("pipeline")
def resolve_pipeline(
    _source: object, info: Info, *, slug: str | None = None, uuid: str | None = None
) -> Pipeline | None:
    """A pipeline by `organization/pipeline` or by UUID."""
    if not slug and not uuid:
        msg = "pipeline needs a slug or a uuid"
        raise InvalidInputError(msg)
    if uuid:
        return pipelines.find_visible(info.context.tx, info.context.caller, uuid)
    return find_by_slug(info, slug or "")


def find_by_slug(info: Info, slug: str) -> Pipeline | None:
    """The pipeline that `organization/pipeline` names, if the caller sees it."""
    tx, (organization_slug, _, pipeline_slug) = info.context.tx, slug.partition("/")
    organization = organizations.find_visible(tx, info.context.caller, slug=organization_slug)
    if organization is None:
        return None
    return pipelines.find_by_slug(tx, organization, pipeline_slug)


@of_organization.field("pipelines")
def resolve_pipelines(  # noqa: PLR0913 - theirs
    source: Organization,
    info: Info,
    *,
    archived: bool | None = None,
    cluster: str | None = None,
    clustered: bool | None = True,
    created_at_from: datetime | None = None,
    created_at_to: datetime | None = None,
    favorite: bool | None = None,
    order: str | None = "RECENTLY_CREATED",
    repository: Input | None = None,
    search: str | None = None,
    tags: Sequence[str] | None = None,
    **page: Unpack[Page],
) -> Connection[Pipeline]:
    """The pipelines that pass every filter; nobody has favorites."""
    wanted = Search(
        name_or_slug=search or "",
        repository=(repository or {}).get("url", ""),
        is_archived=archived,
        is_clustered=False if clustered is False else None,
        cluster_id=None if not cluster else _cluster_id(info, cluster),
        tags=frozenset(tags or ()),
        created_from=created_at_from,
        created_before=created_at_to,
    )
    found = [] if favorite else pipelines.search(info.context.tx, source, wanted)
    if order in {"NAME", "NAME_WITH_FAVORITES_FIRST"}:
        found = by_name(found)
    elif order == "RELEVANCE":
        found = by_relevance(found, search or "")
    return connect(found, **page)


@pipeline.field("teams")
def resolve_teams(
    _source: Pipeline,
    _info: Info,
    *,
    order: str | None = None,  # noqa: ARG001 - theirs
    search: str | None = None,  # noqa: ARG001 - theirs
    **page: Unpack[Page],
) -> Connection[HasUuid]:
    """The teams that may do something with it: no organization has any."""
    return connect([], **page)


@pipeline.field("organization")
def resolve_organization(source: Pipeline, info: Info) -> Organization:
    """Whose it is."""
    return organizations.find(info.context.tx, source.organization_id)


@pipeline.field("cluster")
def resolve_cluster(source: Pipeline, info: Info) -> Cluster | None:
    """Where its jobs run, if it is in a cluster."""
    number = source.cluster_id
    return None if number is None else clusters.find(info.context.tx, number)


@pipeline.field("builds")
def resolve_builds(
    source: Pipeline,
    info: Info,
    *,
    branch: Sequence[str] | None = None,
    **given: Unpack[BuildArguments],
) -> LongConnection[Build]:
    """Its builds that pass every filter."""
    if branch is not None:
        default = source.default_branch
        branch = [default if each == DEFAULT_BRANCH_WORD else each for each in branch]
    wanted = builds_wanted(given, branches=branch, pipeline_id=source.id)
    return connect_long(builds.search(info.context.tx, wanted), **page_of(given))


@pipeline.field("jobs")
def resolve_jobs(
    source: Pipeline, info: Info, **given: Unpack[JobArguments]
) -> LongConnection[Job]:
    """The jobs of its builds that pass every filter."""
    wanted = jobs_wanted(given, pipeline_id=source.id)
    return connect_long(jobs.search(info.context.tx, wanted), **page_of(given))


@pipeline.field("createdBy")
def resolve_created_by(source: Pipeline, info: Info) -> User | None:
    """Who made it."""
    return user(info, source.created_by)


@pipeline.field("archivedBy")
def resolve_archived_by(source: Pipeline, info: Info) -> User | None:
    """Who archived it, if it is archived."""
    return user(info, source.archived_by)


@pipeline.field("permissions")
def resolve_permissions(_source: Pipeline, _info: Info) -> Payload:
    """What the caller may do with it: all that is modelled, as every member may."""
    allowed, refused = permission(allowed=True), permission(allowed=False)
    return {
        "build_create": allowed,
        "pipeline_delete": allowed,
        "pipeline_favorite": refused,
        "pipeline_schedule_create": refused,
        "pipeline_update": allowed,
    }


@pipeline.field("steps")
def resolve_steps(source: Pipeline, _info: Info) -> Payload:
    """What each of its builds begins with."""
    return {"yaml": source.configuration}


@pipeline.field("tags")
def resolve_tags(source: Pipeline, _info: Info) -> list[Payload]:
    """The words that it is sorted by."""
    return [{"label": label} for label in source.tags]


@pipeline.field("public")
def resolve_public(source: Pipeline, _info: Info) -> bool:
    """Deprecated: whether anybody can see it."""
    return source.visibility == "public"


@pipeline.field("visibility")
def resolve_visibility(source: Pipeline, _info: Info) -> str:
    """Who can see it."""
    return source.visibility.upper()


@pipeline.field("url")
def resolve_url(source: Pipeline, info: Info) -> str:
    """Its page."""
    return pages.of_pipeline(info, source)


@pipeline.field("badgeURL")
def resolve_badge_url(source: Pipeline, info: Info) -> str:
    """A picture of how its last build stands; not served."""
    return f"{info.context.base_url}/badge/{source.uuid}.svg"


def _cluster_id(info: Info, node_id: str) -> int:
    """The cluster that a global ID or a UUID stands for; 0 for none."""
    uuid = node_ids.uuid_of(node_id, "Cluster") or node_id
    found = clusters.find_visible(info.context.tx, info.context.caller, uuid)
    return 0 if found is None else found.id


bindables = [query, pipeline, of_organization]
