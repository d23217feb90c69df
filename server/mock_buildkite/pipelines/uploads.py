"""Pipeline uploads: steps that a job adds to its own build while it runs.

Source: pages/agent/cli/reference/pipeline.md of Buildkite's documentation.
"""

from typing import Any

from msgspec import Struct

from mock_buildkite.builds import store as builds
from mock_buildkite.builds.lifecycle import BuildState
from mock_buildkite.builds.model import Build
from mock_buildkite.errors import (
    BuildkiteError,
    InvalidInputError,
    InvalidStateError,
    NotFoundError,
)
from mock_buildkite.jobs import store as jobs
from mock_buildkite.jobs.lifecycle import AT_WORK
from mock_buildkite.jobs.model import Authority
from mock_buildkite.pipelines import store as pipelines
from mock_buildkite.pipelines import upload_store
from mock_buildkite.settings import PipelineUpload
from mock_buildkite.steps import store as steps
from mock_buildkite.storage.database import Transaction
from mock_buildkite.storage.json_text import from_json, to_json
from mock_buildkite.workflow.insertion import insert
from mock_buildkite.workflow.planning import Uploader
from mock_buildkite.workflow.progress import in_motion
from mock_buildkite.world import World

MOST_UPLOADS_OF_BUILD = 500


class Upload(Struct, frozen=True):
    """How an upload stands: its state in the agent's words, and why it was refused."""

    uuid: str
    state: str
    message: str = ""

    @property
    def is_pending(self) -> bool:
        """Whether it has yet to be applied or refused."""
        return self.state in {"pending", "processing"}


def upload(
    tx: Transaction,
    world: World,
    authority: Authority,
    uuid: str,
    pipeline: dict[str, Any] | list[Any],
    *,
    replaces: bool,
) -> Upload:
    """Add steps to the build of a job; an upload that came before is not applied again.

    Raises:
        InvalidStateError: the build is at its end.
        InvalidInputError: the steps cannot be added; the message names the one that is wrong.
    """
    known = upload_store.find(tx, authority.job.id, uuid)
    if known is not None:
        return Upload(uuid, *known)
    if world.settings.pipeline_upload is PipelineUpload.LATER:
        upload_store.insert_pending(
            tx, authority.job.id, uuid, to_json(pipeline), replaces=replaces
        )
        tx.falls_due(tx.now)
        return Upload(uuid, "pending")
    _apply(tx, world, authority.job.id, pipeline, replaces=replaces)
    upload_store.insert_applied(tx, authority.job.id, uuid, replaces=replaces)
    return Upload(uuid, "applied")


def status(tx: Transaction, authority: Authority, uuid: str) -> Upload:
    """How an upload of a job stands.

    Raises:
        NotFoundError: the job has none of that UUID.
    """
    known = upload_store.find(tx, authority.job.id, uuid)
    if known is None:
        msg = "No pipeline upload found"
        raise NotFoundError(msg)
    return Upload(uuid, *known)


def apply_pending(tx: Transaction, world: World) -> None:
    """Apply the uploads that were answered before they were applied. The sweeper calls it."""
    for job_id, uuid, pipeline, replaces in upload_store.list_pending(tx):
        try:
            with tx.savepoint():
                _apply(tx, world, job_id, from_json(pipeline), replaces=replaces)
        except BuildkiteError as error:
            upload_store.record(tx, job_id, uuid, "rejected", error.message)
        else:
            upload_store.record(tx, job_id, uuid, "applied")


def _apply(
    tx: Transaction,
    world: World,
    job_id: int,
    value: dict[str, Any] | list[Any],
    *,
    replaces: bool,
) -> None:
    from mock_buildkite.pipelines import reading  # noqa: PLC0415 - not for the start

    job = jobs.find(tx, job_id)
    build = builds.find(tx, job.build_id)
    _require_running(build, job_is_at_work=job.state in AT_WORK)
    definition = reading.read_object(value)
    changes: dict[str, Any] = {"upload_count": build.upload_count + 1}
    if definition.env:
        changes["pipeline_env"] = to_json({**build.pipeline_env, **definition.env})
    if definition.notify:
        changes["notify"] = to_json([*build.notify, *definition.notify])
    builds.update(tx, build.id, changes)
    pipeline, build = pipelines.find(tx, build.pipeline_id), builds.find(tx, build.id)
    uploader = Uploader(job, steps.find(tx, job.step_id))
    with in_motion(tx, world) as motion:
        insert(motion, pipeline, build, uploader, definition.steps, replaces=replaces)


def _require_running(build: Build, *, job_is_at_work: bool) -> None:
    if build.is_finished or build.state is BuildState.CANCELING or not job_is_at_work:
        msg = "You can only change the pipeline of a running build"
        raise InvalidStateError(msg)
    if build.upload_count >= MOST_UPLOADS_OF_BUILD:
        msg = f"Builds can have at most {MOST_UPLOADS_OF_BUILD} pipeline uploads"
        raise InvalidInputError(msg)
