"""Pipelines."""

from mock_buildkite.pipelines import counting
from mock_buildkite.pipelines import service as pipelines
from mock_buildkite.pipelines.model import Pipeline, Search
from mock_buildkite.rest_api.answers import Answer
from mock_buildkite.rest_api.calls import OrganizationCall
from mock_buildkite.rest_api.endpoints import ORGANIZATION, in_organization
from mock_buildkite.rest_api.pagination import page
from mock_buildkite.rest_api.parents import PIPELINE, pipeline_of
from mock_buildkite.rest_api.wire import pipelines as wire

PIPELINES = f"{ORGANIZATION}/pipelines"


def list_pipelines(call: OrganizationCall) -> Answer:
    """GET those of an organization, as far as they pass the filters."""
    name, repository = call.parameter("name") or "", call.parameter("repository") or ""
    wanted = Search(name=name, repository=repository)
    found = pipelines.search(call.tx, call.organization, wanted)
    return page(call, found, lambda each: _spelled(call, each))


def read(call: OrganizationCall) -> object:
    """GET one."""
    return _spelled(call, pipeline_of(call))


def create(call: OrganizationCall) -> object:
    """POST one."""
    body = call.body(wire.PipelineBody)
    cluster = pipelines.cluster_for(
        call.tx, call.caller, call.organization, body.cluster_id or None
    )
    new, by = wire.new_pipeline(body), call.caller.user.id
    made = pipelines.add(call.tx, call.world.ids, call.organization, cluster, new, by)
    return _spelled(call, made)


def update(call: OrganizationCall) -> object:
    """PATCH what is to change of one."""
    pipeline, body = pipeline_of(call), call.body(wire.PipelineBody)
    changed = pipelines.update(call.tx, pipeline, wire.changes(body))
    return _spelled(call, changed)


def archive(call: OrganizationCall) -> object:
    """POST …/archive: it takes no more builds."""
    return _spelled(call, pipelines.archive(call.tx, call.caller, pipeline_of(call)))


def unarchive(call: OrganizationCall) -> object:
    """POST …/unarchive: it takes builds again."""
    return _spelled(call, pipelines.unarchive(call.tx, pipeline_of(call)))


def _spelled(call: OrganizationCall, pipeline: Pipeline) -> object:
    counts = counting.count(call.tx, [pipeline.id])[pipeline.id]
    return wire.pipeline(call, call.organization, pipeline, counts)


ENDPOINTS = [
    in_organization("GET", PIPELINES, list_pipelines, "read_pipelines"),
    in_organization("POST", PIPELINES, create, "write_pipelines", status=201),
    in_organization("GET", PIPELINE, read, "read_pipelines"),
    in_organization(("PATCH", "PUT"), PIPELINE, update, "write_pipelines"),
    in_organization("POST", f"{PIPELINE}/archive", archive, "write_pipelines"),
    in_organization("POST", f"{PIPELINE}/unarchive", unarchive, "write_pipelines"),
]
