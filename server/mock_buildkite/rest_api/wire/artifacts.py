"""Artifacts."""

from typing import Any

from mock_buildkite.artifacts.lifecycle import ArtifactState
from mock_buildkite.artifacts.model import Artifact
from mock_buildkite.builds.model import Build
from mock_buildkite.errors import InvalidInputError
from mock_buildkite.organizations.model import Organization
from mock_buildkite.pipelines.model import Pipeline
from mock_buildkite.rest_api.wire.links import Links

_STATES = {each.value: each for each in ArtifactState}


def state(name: str | None) -> ArtifactState | None:
    """A state that a list is filtered by.

    Raises:
        InvalidInputError: artifacts do not have it.
    """
    if name is None:
        return None
    if name not in _STATES:
        msg = f"state must be one of {', '.join(_STATES)}"
        raise InvalidInputError(msg)
    return _STATES[name]


def artifact(
    links: Links, organization: Organization, pipeline: Pipeline, build: Build, shown: Artifact
) -> dict[str, Any]:
    """An artifact, in the job that has it."""
    build_place = ("pipelines", pipeline.slug, "builds", build.number)
    place = (*build_place, "jobs", shown.job_uuid, "artifacts", shown.uuid)
    return {
        "id": shown.uuid,
        "job_id": shown.job_uuid,
        "url": links.organization(organization, *place),
        "download_url": links.organization(organization, *place, "download"),
        "state": shown.state.value,
        "path": shown.path,
        "dirname": shown.dirname,
        "filename": shown.filename,
        "mime_type": shown.content_type,
        "file_size": shown.file_size,
        "glob_path": None,
        "original_path": None,
        "sha1sum": shown.sha1sum,
    }
