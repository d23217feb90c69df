"""Builds."""

from collections.abc import Sequence
from typing import Unpack

from ariadne import InterfaceType, ObjectType, QueryType, UnionType
from msgspec import Struct

from mock_buildkite.annotations import service as annotations
from mock_buildkite.annotations.model import Annotation, Scope
from mock_buildkite.builds import service as builds
from mock_buildkite.builds.lifecycle import BuildState
from mock_buildkite.builds.model import Build, Source
from mock_buildkite.errors import InvalidInputError
from mock_buildkite.graphql_api import pages
from mock_buildkite.graphql_api.connections import (
    Connection,
    LongConnection,
    Page,
    connect,
    connect_long,
)
from mock_buildkite.graphql_api.context import Info, Payload
from mock_buildkite.graphql_api.fields import node_type, user
from mock_buildkite.graphql_api.resolvers.annotations import chosen
from mock_buildkite.graphql_api.resolvers.pipelines import find_by_slug
from mock_buildkite.graphql_api.resolvers.viewer import Viewer
from mock_buildkite.graphql_api.searches import (
    BuildArguments,
    JobArguments,
    builds_wanted,
    jobs_wanted,
    page_of,
)
from mock_buildkite.jobs import requests as jobs
from mock_buildkite.jobs.model import Job
from mock_buildkite.meta_data import service as meta_data
from mock_buildkite.organizations import service as organizations
from mock_buildkite.organizations.model import Organization, User, avatar_url
from mock_buildkite.pipelines import service as pipelines
from mock_buildkite.pipelines.model import Pipeline

query = QueryType()
build = node_type("Build")
creator = UnionType("BuildCreator")
source_of_build = InterfaceType("BuildSource")
of_user = ObjectType("User")
of_viewer = ObjectType("Viewer")

LARGEST_PAGE_OF_META_DATA = 10_000
_LONGEST_NUMBER = 18
"""Digits that the database holds."""

_SOURCES = {
    Source.API: "BuildSourceAPI",
    Source.UI: "BuildSourceFrontend",
    Source.WEBHOOK: "BuildSourceWebhook",
    Source.SCHEDULE: "BuildSourceSchedule",
    Source.TRIGGER_JOB: "BuildSourceTriggerJob",
    Source.LOCAL: "BuildSourceAPI",
}


class Pair(Struct, frozen=True):
    """A piece of meta-data."""

    key: str
    value: str

    @property
    def uuid(self) -> str:
        """What tells it from the others of its build."""
        return self.key


@query.field("build")
def resolve_build(
    _source: object, info: Info, *, slug: str | None = None, uuid: str | None = None
) -> Build | None:
    """A build by `organization/pipeline/number` or by UUID."""
    if not slug and not uuid:
        msg = "build needs a slug or a uuid"
        raise InvalidInputError(msg)
    if uuid:
        return builds.find_visible(info.context.tx, info.context.caller, uuid)
    pipeline_slug, _, number = (slug or "").rpartition("/")
    pipeline = find_by_slug(info, pipeline_slug)
    is_number = number.isascii() and number.isdecimal() and len(number) <= _LONGEST_NUMBER
    if pipeline is None or not is_number:
        return None
    return builds.find_by_number(info.context.tx, pipeline, int(number))


@build.field("organization")
def resolve_organization(source: Build, info: Info) -> Organization:
    """Whose it is."""
    return organizations.find(info.context.tx, source.organization_id)


@build.field("pipeline")
def resolve_pipeline(source: Build, info: Info) -> Pipeline:
    """What it is a run of."""
    return pipelines.find(info.context.tx, source.pipeline_id)


@build.field("jobs")
def resolve_jobs(source: Build, info: Info, **given: Unpack[JobArguments]) -> LongConnection[Job]:
    """Its jobs that pass every filter."""
    wanted = jobs_wanted(given, build_id=source.id)
    return connect_long(jobs.search(info.context.tx, wanted), **page_of(given))


@build.field("annotations")
def resolve_annotations(
    source: Build,
    info: Info,
    *,
    order: str | None = "RECENTLY_CREATED",
    scope: Sequence[str] | None = None,
    style: Sequence[str] | None = None,
    **page: Unpack[Page],
) -> Connection[Annotation]:
    """Its annotations; those of its jobs too where they are asked for."""
    scopes = {Scope[name] for name in scope or ["BUILD"]}
    found = annotations.list_of_build(info.context.tx, source.id, scopes)
    return connect(chosen(found, order, style), **page)


@build.field("metaData")
def resolve_meta_data(
    source: Build, info: Info, *, first: int | None = None, last: int | None = None
) -> Connection[Pair]:
    """What its jobs have set."""
    pairs = meta_data.list_all(info.context.tx, source.id).items()
    found = [Pair(key, value) for key, value in pairs]
    return connect(found, first=first, last=last, largest=LARGEST_PAGE_OF_META_DATA)


@build.field("state")
def resolve_state(source: Build, _info: Info) -> str:
    """How it stands."""
    return source.state.value.upper()


@build.field("blockedState")
def resolve_blocked_state(source: Build, _info: Info) -> str | None:
    """What it counts for while it is blocked."""
    if source.state is not BuildState.BLOCKED or source.blocked_state is None:
        return None
    return source.blocked_state.upper()


@build.field("createdBy")
def resolve_created_by(source: Build, info: Info) -> User | Payload | None:
    """The user who made it, or else whoever is said to have written what it builds."""
    if source.created_by is not None or source.author is None:
        return user(info, source.created_by)
    email = source.author.get("email") or ""
    return {
        "name": source.author.get("name"),
        "email": email or None,
        "avatar": {"url": avatar_url(email)},
    }


@creator.type_resolver
def type_of_creator(value: object, _info: Info, _type: object) -> str:
    """The GraphQL type of whoever made a build."""
    return "User" if isinstance(value, User) else "UnregisteredUser"


@build.field("canceledBy")
def resolve_canceled_by(source: Build, info: Info) -> User | None:
    """Who canceled it, if a person did."""
    return user(info, source.canceled_by)


@build.field("env")
def resolve_env(source: Build, _info: Info) -> list[str]:
    """The variables that it was made with."""
    return [f"{key}={value}" for key, value in source.env.items()]


@build.field("pullRequest")
def resolve_pull_request(source: Build, _info: Info) -> Payload | None:
    """The pull request that it is of."""
    return source.pull_request


@build.field("rebuiltFrom")
def resolve_rebuilt_from(source: Build, info: Info) -> Build | None:
    """The build that it repeats."""
    number = source.rebuilt_from_build_id
    return None if number is None else builds.find(info.context.tx, number)


@build.field("triggeredFrom")
def resolve_triggered_from(source: Build, info: Info) -> Job | None:
    """The job that made it."""
    number = source.triggered_from_job_id
    return None if number is None else jobs.find(info.context.tx, number)


@build.field("source")
def resolve_source(source: Build, _info: Info) -> Source:
    """What it came of."""
    return source.source


@source_of_build.type_resolver
def type_of_source(value: Source, _info: Info, _type: object) -> str:
    """The GraphQL type of what a build came of."""
    return _SOURCES[value]


@source_of_build.field("name")
def resolve_name_of_source(source: Source, _info: Info) -> str:
    """Its name. Unverified: in which words."""
    return source.value


@build.field("url")
def resolve_url(source: Build, info: Info) -> str:
    """Its page."""
    return pages.of_build(info, source)


@of_user.field("builds")
def resolve_builds_of_user(
    source: User,
    info: Info,
    *,
    branch: Sequence[str] | None = None,
    **given: Unpack[BuildArguments],
) -> LongConnection[Build]:
    """The builds that somebody has made, where the caller sees them."""
    return _made_by(info, source, branch, given)


@of_viewer.field("builds")
def resolve_builds_of_viewer(
    source: Viewer, info: Info, *, branch: str | None = None, **given: Unpack[BuildArguments]
) -> LongConnection[Build]:
    """The builds that the caller has made."""
    return _made_by(info, source.user, [branch] if branch else None, given)


def _made_by(
    info: Info, user: User, branches: Sequence[str] | None, given: BuildArguments
) -> LongConnection[Build]:
    places = list(info.context.caller.roles)
    wanted = builds_wanted(given, branches=branches, created_by=user.id, organization_ids=places)
    return connect_long(builds.search(info.context.tx, wanted), **page_of(given))


bindables = [query, build, creator, source_of_build, of_user, of_viewer]
