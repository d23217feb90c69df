"""What is done with artifacts: announced, ended, searched for, listed, deleted.

How their files come in is in `uploads.py`. Not modelled: the documented limit of 600 announcements
and reports in a minute.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from mock_buildkite.access_tokens.model import Caller
from mock_buildkite.artifacts import patterns, store
from mock_buildkite.artifacts.lifecycle import ArtifactEvent, ArtifactState, next_state
from mock_buildkite.artifacts.model import (
    MOST_OF_A_JOB,
    NOT_FOUND,
    RETENTION,
    Artifact,
    Batch,
    NewBatch,
    check_batch,
    part_count,
)
from mock_buildkite.artifacts.store import Filter
from mock_buildkite.builds import store as builds
from mock_buildkite.errors import (
    AmbiguousQueryError,
    ConflictError,
    InvalidStateError,
    NotFoundError,
    PermissionDeniedError,
)
from mock_buildkite.jobs.model import ReachedJob
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import World


class Created(Struct, frozen=True):
    """A batch that was announced, now or before."""

    batch: Batch
    artifacts: Sequence[Artifact]
    """In the order in which they were announced."""


class Report(Struct, frozen=True):
    """What an agent says has become of an artifact."""

    uuid: str
    event: ArtifactEvent
    etags: Mapping[int, str] = field(default_factory=dict)
    """What it was told for each part, by number."""


class Search(Struct, frozen=True):
    """What an agent looks for in a build."""

    query: str
    scope: str | None = None
    """A job's UUID or name, or its step's key or label."""
    state: ArtifactState = ArtifactState.FINISHED
    include_retried_jobs: bool = False
    include_duplicates: bool = False


count_of_build = store.count_of_build
list_of_build = store.list_of_build


def create(tx: Transaction, world: World, job: ReachedJob, new: NewBatch) -> Created:
    """Announce artifacts. The same batch again is what it was at first.

    Raises:
        InvalidInputError: something in it cannot be.
        PermissionDeniedError: too large, or more than a job may have.
        ConflictError: another batch had its id.
    """
    check_batch(new)
    batch = store.find_batch(tx, job.id, new.request_id)
    if batch is not None:
        return Created(batch, _the_same(store.list_of_batch(tx, batch), new))
    if store.count_of_job(tx, job.id) + len(new.artifacts) > MOST_OF_A_JOB:
        msg = f"A job can have at most {MOST_OF_A_JOB} artifacts"
        raise PermissionDeniedError(msg)
    batch = store.insert_batch(tx, world.ids.uuid(), job.id, new.request_id)
    is_here = new.upload_destination is None
    for announced in new.artifacts:
        store.insert(
            tx,
            world.ids.uuid(),
            batch,
            announced,
            job_id=job.id,
            build_id=job.build_id,
            upload_destination=new.upload_destination,
            part_count=part_count(announced.file_size, takes_parts=is_here and new.takes_parts),
        )
    if is_here:
        tx.falls_due(tx.now + RETENTION)
    return Created(batch, store.list_of_batch(tx, batch))


def report(tx: Transaction, job: ReachedJob, reports: Sequence[Report]) -> None:
    """Note what has become of a job's artifacts, all or none.

    Raises:
        NotFoundError: one of them is not the job's.
        InvalidStateError: it cannot be, or its file is not there.
    """
    for each in reports:
        artifact = store.find_by_uuid(tx, each.uuid.lower())
        if artifact is None or artifact.job_id != job.id:
            raise NotFoundError(NOT_FOUND)
        state = next_state(artifact.state, each.event)
        if each.event is ArtifactEvent.FINISH and not artifact.is_elsewhere:
            _require_whole(tx, artifact, each)
        if state is ArtifactState.ERROR:
            store.record_end(tx, artifact.id, state)
            tx.falls_due(tx.now)
        else:
            store.record_state(tx, artifact.id, state)


def search(tx: Transaction, build_id: int, wanted: Search) -> list[Artifact]:
    """The artifacts of a build that an agent looks for, in the order of their announcement.

    Of those with the same path the newest, unless the search is for duplicates; one for each job
    where it is for a step's jobs, or for every attempt.

    Raises:
        InvalidInputError: the query cannot be read.
        AmbiguousQueryError: an exact path was found in several jobs.

    Source: pages/pipelines/configure/artifacts.md of Buildkite's documentation.
    """
    patterns.check_query(wanted.query)
    asked = Filter(
        build_id,
        state=wanted.state,
        scope=wanted.scope,
        paths=(wanted.query,),
        latest_attempts_only=not wanted.include_retried_jobs,
    )
    found = [] if patterns.has_star(wanted.query) else store.list_of_build(tx, asked)
    is_exact = bool(found) or patterns.is_exact(wanted.query)
    if not is_exact:
        found = store.list_of_build(tx, replace(asked, globs=patterns.globs(wanted.query)))
    if wanted.include_duplicates:
        return found
    if is_exact and wanted.scope is None:
        _require_one_place(tx, found, wanted.query)
    by_job = wanted.scope is not None or wanted.include_retried_jobs
    newest = {(each.job_id if by_job else None, each.path): each for each in found}
    return sorted(newest.values(), key=lambda each: each.id)


def find_visible(tx: Transaction, caller: Caller, uuid: str) -> Artifact | None:
    """An artifact, in whatever state, in an organization that the caller sees."""
    artifact = store.find_by_uuid(tx, uuid.lower())
    if artifact is None:
        return None
    build = builds.find(tx, artifact.build_id)
    return artifact if caller.reaches(build.organization_id) else None


def find_there(tx: Transaction, uuid: str) -> Artifact | None:
    """The artifact with that UUID, unless it was deleted."""
    artifact = store.find_by_uuid(tx, uuid.lower())
    is_there = artifact is not None and artifact.state is not ArtifactState.DELETED
    return artifact if is_there else None


def require_file(tx: Transaction, uuid: str) -> Artifact:
    """The artifact with that UUID, whose file is here.

    Raises:
        NotFoundError: there is none, or no file of it.
    """
    artifact = store.find_by_uuid(tx, uuid.lower())
    if artifact is None or artifact.file is None:
        raise NotFoundError(NOT_FOUND)
    return artifact


def filter_of_build(
    build_id: int,
    *,
    job_id: int | None,
    state: ArtifactState | None,
    path: str | None,
    but_deleted: bool = True,
) -> Filter:
    """The artifacts of a build, or of one of its jobs; unless told otherwise, no deleted ones.

    Raises:
        InvalidInputError: the path cannot be read as a pattern.
    """
    wanted = Filter(build_id, state=state, job_id=job_id, but_deleted=but_deleted)
    if path is None:
        return wanted
    patterns.check_query(path)
    return replace(wanted, paths=(path,), globs=patterns.globs(path))


def delete(tx: Transaction, artifact: Artifact) -> None:
    """Take an artifact away. Its record stays, its file goes; one that is elsewhere stays there.

    Raises:
        InvalidStateError: it is gone already.
    """
    state = next_state(artifact.state, ArtifactEvent.DELETE)
    store.record_end(tx, artifact.id, state)
    tx.falls_due(tx.now)


def _the_same(found: Sequence[Artifact], new: NewBatch) -> Sequence[Artifact]:
    there = [(each.path, each.file_size, each.upload_destination) for each in found]
    if there != [(each.path, each.file_size, new.upload_destination) for each in new.artifacts]:
        msg = "This batch was created before, with other artifacts"
        raise ConflictError(msg)
    return found


def _require_whole(tx: Transaction, artifact: Artifact, told: Report) -> None:
    if artifact.file is None:
        msg = f"Artifact {artifact.uuid} can't be finished: its file was not uploaded"
        raise InvalidStateError(msg)
    if artifact.part_count is not None and dict(told.etags) != store.list_etags(tx, artifact.id):
        msg = f"Artifact {artifact.uuid} can't be finished: its parts have other ETags"
        raise InvalidStateError(msg)


def _require_one_place(tx: Transaction, found: Sequence[Artifact], query: str) -> None:
    if len(store.list_slots(tx, (each.job_id for each in found))) > 1:
        raise AmbiguousQueryError(query)
