"""Pipelines."""

from collections.abc import Sequence
from typing import Any

from msgspec import UNSET

from mock_buildkite.errors import InvalidStateError
from mock_buildkite.pipelines import described
from mock_buildkite.pipelines import service as pipelines
from mock_buildkite.pipelines.model import Pipeline, Search
from mock_buildkite.rest_api.answers import Answer
from mock_buildkite.rest_api.calls import OrganizationCall
from mock_buildkite.rest_api.endpoints import ORGANIZATION, in_organization
from mock_buildkite.rest_api.pagination import page_together
from mock_buildkite.rest_api.parents import PIPELINE, pipeline_of
from mock_buildkite.rest_api.wire import pipelines as wire

PIPELINES = f"{ORGANIZATION}/pipelines"


def list_pipelines(call: OrganizationCall) -> Answer:
    """GET those of an organization, as far as they pass the filters."""
    name, repository = call.parameter("name") or "", call.parameter("repository") or ""
    wanted = Search(name=name, repository=repository)
    found = pipelines.search(call.tx, call.organization, wanted)
    return page_together(call, found, lambda part: _spelled(call, part))


def read(call: OrganizationCall) -> object:
    """GET one."""
    return _alone(call, pipeline_of(call))


def create(call: OrganizationCall) -> object:
    """POST one. Without a cluster it is in the organization's first."""
    body = call.body_of_fields(wire.PipelineBody)
    tx, organization, ids = call.tx, call.organization, call.world.ids
    cluster = pipelines.first_cluster(tx, organization)
    if body.cluster_id:
        cluster = pipelines.named_cluster(tx, call.caller, organization, body.cluster_id)
    new, by = wire.new_pipeline(body), call.caller.user.id
    return _alone(call, pipelines.add(tx, ids, organization, cluster, new, by))


def update(call: OrganizationCall) -> object:
    """PATCH what is to change of one."""
    pipeline, body = pipeline_of(call), call.body_of_fields(wire.PipelineBody)
    wire.require_no_steps(body)
    changed = pipelines.update(call.tx, pipeline, wire.changes(body))
    return _alone(call, _moved(call, changed, body))


def delete(call: OrganizationCall) -> None:
    """DELETE one, with all its builds."""
    pipelines.delete(call.tx, pipeline_of(call))


def archive(call: OrganizationCall) -> object:
    """POST …/archive: it takes no more builds."""
    return _alone(call, pipelines.archive(call.tx, call.caller, pipeline_of(call)))


def unarchive(call: OrganizationCall) -> object:
    """POST …/unarchive: it takes builds again."""
    return _alone(call, pipelines.unarchive(call.tx, pipeline_of(call)))


def create_webhook(call: OrganizationCall) -> object:
    """POST …/webhook: no host of repositories is connected that could have one."""
    pipeline_of(call)
    msg = "Auto-creating webhooks is not supported for your repository."
    raise InvalidStateError(msg)


def _moved(call: OrganizationCall, pipeline: Pipeline, body: wire.PipelineBody) -> Pipeline:
    if body.cluster_id is UNSET:
        return pipeline
    cluster = None
    if body.cluster_id:
        cluster = pipelines.named_cluster(call.tx, call.caller, call.organization, body.cluster_id)
    return pipelines.move(call.tx, pipeline, cluster)


def _alone(call: OrganizationCall, pipeline: Pipeline) -> object:
    (spelled,) = _spelled(call, [pipeline])
    return spelled


def _spelled(call: OrganizationCall, found: Sequence[Pipeline]) -> list[Any]:
    shown = described.describe(call.tx, found)
    return [wire.pipeline(call.links, call.organization, each) for each in shown]


ENDPOINTS = [
    in_organization("GET", PIPELINES, list_pipelines, "read_pipelines"),
    in_organization("POST", PIPELINES, create, "write_pipelines", status=201),
    in_organization("GET", PIPELINE, read, "read_pipelines"),
    in_organization(("PATCH", "PUT"), PIPELINE, update, "write_pipelines"),
    in_organization("DELETE", PIPELINE, delete, "write_pipelines"),
    in_organization("POST", f"{PIPELINE}/archive", archive, "write_pipelines"),
    in_organization("POST", f"{PIPELINE}/unarchive", unarchive, "write_pipelines"),
    in_organization("POST", f"{PIPELINE}/webhook", create_webhook, "write_pipelines"),
]
