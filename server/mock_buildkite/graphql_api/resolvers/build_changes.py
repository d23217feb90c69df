"""Builds made, canceled and made again."""

from ariadne import MutationType

from mock_buildkite import node_ids
from mock_buildkite.builds import service as builds
from mock_buildkite.builds.model import DEFAULT_COMMIT, Build, NewBuild
from mock_buildkite.errors import InvalidInputError
from mock_buildkite.graphql_api.context import Info, Input, Payload
from mock_buildkite.graphql_api.fields import payload_of, required
from mock_buildkite.graphql_api.resolvers.pipeline_changes import visible_pipeline

mutation = MutationType()


@payload_of(mutation, "buildCreate")
def create(info: Info, given: Input) -> Payload:
    """Make one."""
    pipeline = visible_pipeline(info, given["pipeline_id"])
    author = _author(given.get("author"))
    new = NewBuild(
        commit=given.get("commit") or DEFAULT_COMMIT,
        branch=given.get("branch") or pipeline.default_branch,
        message=given.get("message") or None,
        env=dict(_variable(each) for each in given.get("env") or ()),
        meta_data={each["key"]: each["value"] for each in given.get("meta_data") or ()},
        author=author,
        created_by=builds.creator_of(info.context.tx, info.context.caller, pipeline, author),
    )
    return {"build": builds.create(info.context.tx, info.context.world, pipeline, new)}


@payload_of(mutation, "buildCancel")
def cancel(info: Info, given: Input) -> Payload:
    """Have one end."""
    build = visible_build(info, given["id"])
    context = info.context
    return {"build": builds.cancel(context.tx, context.world, context.caller, build)}


@payload_of(mutation, "buildRebuild")
def rebuild(info: Info, given: Input) -> Payload:
    """Make another one of the same."""
    build = visible_build(info, given["id"])
    context = info.context
    return {
        "build": build,
        "rebuild": builds.rebuild(context.tx, context.world, context.caller, build),
    }


@payload_of(mutation, "buildRetryFailedJobs")
def retry_failed_jobs(info: Info, given: Input) -> Payload:
    """Try those of its jobs again that failed."""
    build = visible_build(info, given["id"])
    context, states = info.context, tuple(each.lower() for each in given.get("states") or ())
    count = builds.retry_failed_jobs(context.tx, context.world, context.caller, build, states)
    return {"build": builds.find(context.tx, build.id), "retried_jobs_count": count}


def visible_build(info: Info, node_id: str) -> Build:
    """The build with that global ID.

    Raises:
        NotFoundError: there is none for this caller.
    """
    uuid = node_ids.uuid_of(node_id, "Build") or ""
    return required(builds.find_visible(info.context.tx, info.context.caller, uuid), "build")


def _author(given: Input | None) -> dict[str, str] | None:
    if given is None or not (given["name"] or given["email"]):
        return None
    return {"name": given["name"], "email": given["email"]}


def _variable(written: str) -> tuple[str, str]:
    name, sign, value = written.partition("=")
    if not name or not sign:
        msg = f"{written!r} is not a variable written as KEY=value"
        raise InvalidInputError(msg)
    return name, value


bindables = [mutation]
