"""Artifacts."""

from ariadne import MutationType, QueryType

from mock_buildkite import node_ids
from mock_buildkite.artifacts import service as artifacts
from mock_buildkite.artifacts.addresses import Addresses
from mock_buildkite.artifacts.model import Artifact
from mock_buildkite.graphql_api.context import Info, Input, Payload
from mock_buildkite.graphql_api.fields import node_type, payload_of, required
from mock_buildkite.jobs import requests as jobs
from mock_buildkite.jobs.model import Job

query = QueryType()
mutation = MutationType()
artifact = node_type("Artifact")
artifact.set_alias("mimeType", "content_type")
artifact.set_alias("sha1sum", "sha1sum")  # not the snake case of it
artifact.set_alias("size", "file_size")


@query.field("artifact")
def resolve_artifact(_source: object, info: Info, *, uuid: str) -> Artifact | None:
    """An artifact by its UUID."""
    return artifacts.find_visible(info.context.tx, info.context.caller, uuid)


@artifact.field("downloadURL")
def resolve_download_url(source: Artifact, info: Info) -> str:
    """Where its file is for ten minutes, or where the agent has put it."""
    context = info.context
    addresses = Addresses(context.base_url, context.world.keys.addresses, context.tx.now)
    return addresses.download(source) or ""


@artifact.field("job")
def resolve_job(source: Artifact, info: Info) -> Job:
    """The job that announced it."""
    return jobs.find(info.context.tx, source.job_id)


@artifact.field("sha256sum")
def resolve_sha256sum(source: Artifact, _info: Info) -> str | None:
    """A digest, once it is known."""
    return source.sha256sum or None


@artifact.field("state")
def resolve_state(source: Artifact, _info: Info) -> str:
    """How it stands."""
    return source.state.value


@payload_of(mutation, "artifactDelete")
def delete(info: Info, given: Input) -> Payload:
    """Take one's file away."""
    uuid = node_ids.uuid_of(given["id"], "Artifact") or ""
    tx, caller = info.context.tx, info.context.caller
    found = required(artifacts.find_visible(tx, caller, uuid), "artifact")
    artifacts.delete(tx, found)
    return {
        "artifact": artifacts.find_visible(tx, caller, uuid),
        "deleted_artifact_id": node_ids.encode("Artifact", found.uuid),
    }


bindables = [query, mutation, artifact]
