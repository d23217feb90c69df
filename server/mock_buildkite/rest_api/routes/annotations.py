"""Annotations of builds and of their jobs."""

from mock_buildkite.annotations import service as annotations
from mock_buildkite.annotations.model import Annotation
from mock_buildkite.rest_api.answers import SlowAnswer, json_body
from mock_buildkite.rest_api.calls import OrganizationCall
from mock_buildkite.rest_api.endpoints import in_organization
from mock_buildkite.rest_api.pagination import page_of, window
from mock_buildkite.rest_api.parents import BUILD, JOB, JOB_ALONE, build_of, job_of
from mock_buildkite.rest_api.wire import annotations as wire


def list_of_build(call: OrganizationCall) -> SlowAnswer:
    """GET those of a build: its own, or with `scope` those of its jobs."""
    scopes = wire.scopes(call.parameter("scope"))
    return _listed(call, annotations.list_of_build(call.tx, build_of(call).id, scopes))


def list_of_job(call: OrganizationCall) -> SlowAnswer:
    """GET those of a job."""
    return _listed(call, annotations.list_of_job(call.tx, job_of(call).id))


def write_on_build(call: OrganizationCall) -> SlowAnswer:
    """POST one on a build, or write over it."""
    return _written(call, build_of(call).id, None)


def write_on_job(call: OrganizationCall) -> SlowAnswer:
    """POST one on a job, or write over it."""
    job = job_of(call)
    return _written(call, job.build_id, job.id)


def delete_of_build(call: OrganizationCall) -> None:
    """DELETE one of a build or of any of its jobs."""
    found = annotations.require_of_build(call.tx, build_of(call).id, call.path["annotation"])
    annotations.remove(call.tx, found)


def delete_of_job(call: OrganizationCall) -> None:
    """DELETE one of a job."""
    found = annotations.require_of_job(call.tx, job_of(call).id, call.path["annotation"])
    annotations.remove(call.tx, found)


def _listed(call: OrganizationCall, found: list[Annotation]) -> SlowAnswer:
    with_body = not call.flag("omit_body")
    asked = window(call)
    shown = found[asked.offset : asked.offset + asked.size]
    links = page_of(call, asked, [], len(found)).headers
    return SlowAnswer(
        lambda: json_body([wire.annotation(each, with_body=with_body) for each in shown]),
        headers=links,
    )


def _written(call: OrganizationCall, build_id: int, job_id: int | None) -> SlowAnswer:
    writing = wire.writing(call.body(wire.AnnotationBody))
    written = annotations.write(call.tx, call.world, build_id, job_id, writing)
    return SlowAnswer(lambda: json_body(wire.annotation(written)), status=201)


ENDPOINTS = [
    endpoint
    for parent, listed, write, delete in [
        (BUILD, list_of_build, write_on_build, delete_of_build),
        (JOB, list_of_job, write_on_job, delete_of_job),
        (JOB_ALONE, list_of_job, write_on_job, delete_of_job),
    ]
    for endpoint in [
        in_organization("GET", f"{parent}/annotations", listed, "read_builds"),
        in_organization(
            "POST",
            f"{parent}/annotations",
            write,
            "write_builds",
            body_limit=wire.LARGEST_BODY,
        ),
        in_organization("DELETE", f"{parent}/annotations/{{annotation}}", delete, "write_builds"),
    ]
]
