"""Annotations of builds and jobs."""

from collections.abc import Sequence

from ariadne import MutationType, ObjectType

from mock_buildkite import node_ids
from mock_buildkite.annotations import service as annotations
from mock_buildkite.annotations.model import Annotation, Writing, writing
from mock_buildkite.builds import service as builds
from mock_buildkite.graphql_api.connections import Edge, cursor
from mock_buildkite.graphql_api.context import Info, Input, Markdown, Payload
from mock_buildkite.graphql_api.fields import node_type, payload_of, required
from mock_buildkite.graphql_api.resolvers.build_changes import visible_build
from mock_buildkite.graphql_api.resolvers.job_changes import visible_job
from mock_buildkite.jobs.model import JobType

mutation = MutationType()
annotation = node_type("Annotation")
body = ObjectType("AnnotationBody")


def chosen(
    found: Sequence[Annotation], order: str | None, styles: Sequence[str] | None
) -> list[Annotation]:
    """Those in one of some styles, in an order."""
    by_priority = order == "PRIORITY_RECENTLY_CREATED"
    return sorted(
        (each for each in found if styles is None or each.style.name in styles),
        key=lambda each: (each.priority if by_priority else 0, each.id),
        reverse=True,
    )


@annotation.field("body")
def resolve_body(source: Annotation, _info: Info) -> Annotation:
    """What it says."""
    return source


@body.field("text")
def resolve_text(source: Annotation, _info: Info) -> str:
    """As it was written."""
    return source.body


@body.field("html")
def resolve_html(source: Annotation, info: Info) -> Markdown:
    """As it is shown: made once the unit is over."""
    text = Markdown(source.body)
    info.context.unrendered.append(text)
    return text


@annotation.field("scope")
def resolve_scope(source: Annotation, _info: Info) -> str:
    """What it is about."""
    return source.scope.name


@annotation.field("style")
def resolve_style(source: Annotation, _info: Info) -> str:
    """How it looks."""
    return source.style.name


@payload_of(mutation, "buildAnnotate")
def annotate_build(info: Info, given: Input) -> Payload:
    """Write on a build."""
    build = visible_build(info, given["build_id"])
    context = info.context
    written = annotations.write(context.tx, context.world, build.id, None, _writing(given))
    return {**_payload(written), "build": build}


@payload_of(mutation, "jobAnnotate")
def annotate_job(info: Info, given: Input) -> Payload:
    """Write on a command job."""
    job = visible_job(info, given["job_id"], JobType.SCRIPT)
    context = info.context
    written = annotations.write(context.tx, context.world, job.build_id, job.id, _writing(given))
    return {**_payload(written), "job": job}


@payload_of(mutation, "annotationDelete")
def delete(info: Info, given: Input) -> Payload:
    """Take one away."""
    uuid = node_ids.uuid_of(given["id"], "Annotation") or ""
    tx, caller = info.context.tx, info.context.caller
    found = required(annotations.find_visible(tx, caller, uuid), "annotation")
    annotations.remove(tx, found)
    return {
        "build": builds.find(tx, found.build_id),
        "deleted_annotation_id": node_ids.encode("Annotation", found.uuid),
    }


def _writing(given: Input) -> Writing:
    """What an input says is to be written; its style and priority are said if nobody says them."""
    style = given.get("style")
    return writing(
        context=given.get("context"),
        body=given.get("body"),
        style=None if style is None else style.lower(),
        priority=given.get("priority"),
        appends=bool(given.get("append")),
    )


def _payload(written: Annotation) -> Payload:
    return {"annotation": written, "annotation_edge": Edge(cursor(written), written)}


bindables = [mutation, annotation, body]
