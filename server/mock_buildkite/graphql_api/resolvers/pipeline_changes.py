"""Pipelines made, changed, archived and deleted."""

from typing import Any

from ariadne import MutationType

from mock_buildkite import node_ids
from mock_buildkite.clusters import service as clusters
from mock_buildkite.clusters.model import Cluster
from mock_buildkite.errors import NotImplementedHereError
from mock_buildkite.graphql_api.connections import Edge, cursor
from mock_buildkite.graphql_api.context import Info, Input, Payload
from mock_buildkite.graphql_api.fields import payload_of, required, visible_organization
from mock_buildkite.organizations import service as organizations
from mock_buildkite.organizations.model import Organization
from mock_buildkite.pipelines import service as pipelines
from mock_buildkite.pipelines.model import (
    DEFAULT_BRANCH,
    DEFAULT_CONFIGURATION,
    NewPipeline,
    Pipeline,
)

mutation = MutationType()

_COLUMNS = {
    "allow_rebuilds": "allow_rebuilds",
    "branch_configuration": "branch_configuration",
    "cancel_intermediate_builds": "cancel_running_branch_builds",
    "cancel_intermediate_builds_branch_filter": "cancel_running_branch_builds_filter",
    "color": "color",
    "default_branch": "default_branch",
    "default_timeout_in_minutes": "default_command_step_timeout",
    "description": "description",
    "emoji": "emoji",
    "maximum_timeout_in_minutes": "maximum_command_step_timeout",
    "name": "name",
    "next_build_number": "next_build_number",
    "repository": "repository",
    "skip_intermediate_builds": "skip_queued_branch_builds",
    "skip_intermediate_builds_branch_filter": "skip_queued_branch_builds_filter",
    "steps": "configuration",
    "tags": "tags",
    "visibility": "visibility",
}
"""What an input may say of a pipeline, and what that is called elsewhere."""

_MAY_BE_NULL = frozenset(
    {
        "branch_configuration",
        "cancel_running_branch_builds_filter",
        "color",
        "default_command_step_timeout",
        "description",
        "emoji",
        "maximum_command_step_timeout",
        "skip_queued_branch_builds_filter",
    }
)
_NOT_SERVED = {
    "clone_mirror_url": "cloneMirrorUrl",
    "pipeline_template_id": "pipelineTemplateId",
    "teams": "teams",
}


@payload_of(mutation, "pipelineCreate")
def create(info: Info, given: Input) -> Payload:
    """Make one."""
    tx, organization = info.context.tx, visible_organization(info, given["organization_id"])
    said = _said(given)
    said.setdefault("default_branch", DEFAULT_BRANCH)
    said.setdefault("configuration", DEFAULT_CONFIGURATION)
    caller, node_id = info.context.caller, given.get("cluster_id")
    cluster = (
        _cluster(info, organization, node_id)
        if node_id
        else pipelines.first_cluster(tx, organization)
    )
    made = pipelines.add(
        tx, info.context.world.ids, organization, cluster, NewPipeline(**said), caller.user.id
    )
    return {
        "cluster": cluster,
        "organization": organization,
        "pipeline": made,
        "pipeline_edge": Edge(cursor(made), made),
    }


@payload_of(mutation, "pipelineUpdate")
def update(info: Info, given: Input) -> Payload:
    """Change one; what is not given stays."""
    tx, pipeline = info.context.tx, visible_pipeline(info, given["id"])
    archived = given.get("archived")
    if archived is False and pipeline.is_archived:
        pipeline = pipelines.unarchive(tx, pipeline)
    pipeline = _moved(info, pipelines.update(tx, pipeline, _said(given)), given)
    if archived:
        pipeline = pipelines.archive(tx, info.context.caller, pipeline)
    return {"pipeline": pipeline}


@payload_of(mutation, "pipelineDelete")
def delete(info: Info, given: Input) -> Payload:
    """Forget one, with its builds."""
    tx, pipeline = info.context.tx, visible_pipeline(info, given["id"])
    pipelines.delete(tx, pipeline)
    return {
        "deleted_pipeline_id": node_ids.encode("Pipeline", pipeline.uuid),
        "organization": organizations.find(tx, pipeline.organization_id),
    }


@payload_of(mutation, "pipelineArchive")
def archive(info: Info, given: Input) -> Payload:
    """Have one take no more builds."""
    pipeline = visible_pipeline(info, given["id"])
    return {"pipeline": pipelines.archive(info.context.tx, info.context.caller, pipeline)}


@payload_of(mutation, "pipelineUnarchive")
def unarchive(info: Info, given: Input) -> Payload:
    """Have one take builds again."""
    pipeline = visible_pipeline(info, given["id"])
    return {"pipeline": pipelines.unarchive(info.context.tx, pipeline)}


def visible_pipeline(info: Info, node_id: str) -> Pipeline:
    """The pipeline with that global ID.

    Raises:
        NotFoundError: there is none for this caller.
    """
    uuid = node_ids.uuid_of(node_id, "Pipeline") or ""
    found = pipelines.find_visible(info.context.tx, info.context.caller, uuid)
    return required(found, "pipeline")


def _said(given: Input) -> dict[str, Any]:
    """What an input says of a pipeline, by the names that the service has.

    Raises:
        NotImplementedHereError: it says something that is not served.
    """
    for field, name in _NOT_SERVED.items():
        if given.get(field):
            raise NotImplementedHereError(name)
    said = {column: given[field] for field, column in _COLUMNS.items() if field in given}
    for column, part in (("repository", "url"), ("configuration", "yaml")):
        if said.get(column) is not None:
            said[column] = said[column][part]
    _forget_empty(said)
    if said.get("visibility") is not None:
        said["visibility"] = said["visibility"].lower()
    if said.get("tags") is not None:
        said["tags"] = list(dict.fromkeys(tag["label"] for tag in said["tags"]))
    return {
        column: value
        for column, value in said.items()
        if value is not None or column in _MAY_BE_NULL
    }


def _forget_empty(said: dict[str, Any]) -> None:
    """Make nothing of the empty values that Go clients send for what they were not told."""
    for column in ("default_branch", "configuration"):
        if said.get(column) == "":
            del said[column]
    for column in ("default_command_step_timeout", "maximum_command_step_timeout"):
        if said.get(column) == 0:
            said[column] = None


def _moved(info: Info, pipeline: Pipeline, given: Input) -> Pipeline:
    """A pipeline, moved to the cluster that an input names; null takes it out of its own."""
    node_id = given.get("cluster_id", "")
    if node_id == "":
        return pipeline
    organization = organizations.find(info.context.tx, pipeline.organization_id)
    cluster = None if node_id is None else _cluster(info, organization, node_id)
    return pipelines.move(info.context.tx, pipeline, cluster)


def _cluster(info: Info, organization: Organization, node_id: str) -> Cluster:
    """The cluster that a global ID stands for, or, as the documentation has it, a UUID.

    Raises:
        NotFoundError: the organization has none such.
    """
    uuid = node_ids.uuid_of(node_id, "Cluster") or node_id
    return clusters.require_in(info.context.tx, info.context.caller, organization, uuid)


bindables = [mutation]
