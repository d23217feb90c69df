"""The SQL of artifacts and of the files that they have."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from mock_buildkite.artifacts.lifecycle import ArtifactState
from mock_buildkite.artifacts.model import Announced, Artifact, Batch
from mock_buildkite.clock import from_text, to_text
from mock_buildkite.storage.columns import reader
from mock_buildkite.storage.database import Transaction

_artifact = reader(Artifact)
_batch = reader(Batch)

_ARTIFACTS = (
    "select artifacts.*, jobs.uuid as job_uuid from artifacts join jobs on jobs.id = job_id"
)
_TO_EXPIRE = "upload_destination is null and state in ('new', 'finished', 'error')"


class Filter(Struct, frozen=True):
    """Which artifacts of a build are meant; None asks for nothing."""

    build_id: int
    state: ArtifactState | None = None
    job_id: int | None = None
    scope: str | None = None
    """The UUID or the name of a job, or the key or label of its step."""
    paths: Sequence[str] = ()
    globs: Sequence[str] = ()
    """More alternatives, as patterns."""
    latest_attempts_only: bool = False
    but_deleted: bool = False


def find_batch(tx: Transaction, job_id: int, request_id: str) -> Batch | None:
    """The batch that a job's agent announced under its own id."""
    row = tx.one(
        "select * from artifact_batches where job_id = ? and request_id = ?", (job_id, request_id)
    )
    return None if row is None else _batch(row)


def find_batch_by_uuid(tx: Transaction, uuid: str) -> Batch | None:
    """The batch with that UUID."""
    row = tx.one("select * from artifact_batches where uuid = ?", (uuid,))
    return None if row is None else _batch(row)


def insert_batch(tx: Transaction, uuid: str, job_id: int, request_id: str) -> Batch:
    """Add a batch without artifacts."""
    values = {"uuid": uuid, "job_id": job_id, "request_id": request_id}
    return Batch(tx.insert("artifact_batches", values), uuid)


def insert(  # noqa: PLR0913 - what the announcement does not say itself
    tx: Transaction,
    uuid: str,
    batch: Batch,
    announced: Announced,
    *,
    job_id: int,
    build_id: int,
    upload_destination: str | None,
    part_count: int | None,
) -> None:
    """Add an artifact that was announced."""
    tx.insert(
        "artifacts",
        {
            "uuid": uuid,
            "batch_id": batch.id,
            "job_id": job_id,
            "build_id": build_id,
            "path": announced.path,
            "file_size": announced.file_size,
            "sha1sum": announced.sha1sum,
            "sha256sum": announced.sha256sum,
            "content_type": announced.content_type,
            "state": ArtifactState.NEW.value,
            "upload_destination": upload_destination,
            "url": announced.url,
            "part_count": part_count,
            "created_at": tx.now_text,
        },
    )


def count_of_job(tx: Transaction, job_id: int) -> int:
    """How many artifacts a job ever announced."""
    count: int = tx.value("select count(*) from artifacts where job_id = ?", (job_id,))
    return count


def find_by_uuid(tx: Transaction, uuid: str) -> Artifact | None:
    """The artifact with that UUID."""
    row = tx.one(f"{_ARTIFACTS} where artifacts.uuid = ?", (uuid,))
    return None if row is None else _artifact(row)


def list_of_batch(tx: Transaction, batch: Batch) -> list[Artifact]:
    """A batch's artifacts, in the order in which they were announced."""
    rows = tx.all(f"{_ARTIFACTS} where batch_id = ? order by artifacts.id", (batch.id,))
    return [_artifact(row) for row in rows]


def list_of_build(
    tx: Transaction, wanted: Filter, *, limit: int = -1, offset: int = 0
) -> list[Artifact]:
    """The artifacts that a filter lets through, in the order in which they were announced."""
    tables, parameters = _filtered(wanted)
    rows = tx.all(
        f"select artifacts.*, jobs.uuid as job_uuid {tables}"
        " order by artifacts.id limit ? offset ?",
        (*parameters, limit, offset),
    )
    return [_artifact(row) for row in rows]


def count_of_build(tx: Transaction, wanted: Filter) -> int:
    """How many they are."""
    tables, parameters = _filtered(wanted)
    count: int = tx.value(f"select count(*) {tables}", parameters)
    return count


def _filtered(wanted: Filter) -> tuple[str, list[object]]:
    """From where, and under which conditions, a filter lets artifacts through; its values."""
    tables = "from artifacts join jobs on jobs.id = job_id"
    conditions, parameters = ["artifacts.build_id = ?"], list[object]([wanted.build_id])

    def ask(condition: str, *values: object) -> None:
        conditions.append(condition)
        parameters.extend(values)

    if wanted.state is not None:
        ask("artifacts.state = ?", wanted.state.value)
    if wanted.but_deleted:
        ask("artifacts.state != ?", ArtifactState.DELETED.value)
    if wanted.job_id is not None:
        ask("artifacts.job_id = ?", wanted.job_id)
    if wanted.scope is not None:
        tables = f"{tables} join steps on steps.id = jobs.step_id"
        ask("? in (jobs.uuid, jobs.name, steps.key, steps.label)", wanted.scope)
    if wanted.latest_attempts_only:
        ask("jobs.retried_in_job_id is null")
    paths = [("path = ?", each) for each in wanted.paths]
    paths += [("path glob ?", each) for each in wanted.globs]
    if paths:
        alternatives = " or ".join(condition for condition, _ in paths)
        ask(f"({alternatives})", *(value for _, value in paths))
    return f"{tables} where {' and '.join(conditions)}", parameters


def list_slots(tx: Transaction, job_ids: Iterable[int]) -> set[tuple[object, ...]]:
    """What jobs stand for, however often they were retried: a place among their step's jobs."""
    found = set()
    for job_id in set(job_ids):
        row = tx.one(
            "select step_id, parallel_group_index, matrix from jobs where id = ?", (job_id,)
        )
        found.add(() if row is None else tuple(row))
    return found


def record_state(tx: Transaction, number: int, state: ArtifactState) -> None:
    """Note the state of an artifact."""
    tx.execute("update artifacts set state = ? where id = ?", (state.value, number))


def record_file(tx: Transaction, number: int, name: str, sha1sum: str, sha256sum: str) -> None:
    """Note that an artifact's file is there, and its digests."""
    tx.execute(
        "update artifacts set file = ?, sha1sum = ?, sha256sum = ? where id = ?",
        (name, sha1sum, sha256sum, number),
    )
    tx.execute("update artifact_parts set file = null where artifact_id = ?", (number,))


def record_end(tx: Transaction, number: int, state: ArtifactState) -> None:
    """Note that an artifact is gone, with its file."""
    tx.execute("update artifacts set state = ?, file = null where id = ?", (state.value, number))
    tx.execute("update artifact_parts set file = null where artifact_id = ?", (number,))


def put_part(tx: Transaction, artifact_id: int, number: int, etag: str, name: str) -> None:
    """Note a part's file, in place of an earlier one."""
    tx.execute(
        "insert into artifact_parts (artifact_id, number, etag, file) values (?, ?, ?, ?)"
        " on conflict (artifact_id, number)"
        " do update set etag = excluded.etag, file = excluded.file",
        (artifact_id, number, etag, name),
    )


def list_etags(tx: Transaction, artifact_id: int) -> dict[int, str]:
    """The parts of an artifact that are there, or were until the whole was."""
    rows = tx.all(
        "select number, etag from artifact_parts where artifact_id = ? order by number",
        (artifact_id,),
    )
    return {row[0]: row[1] for row in rows}


def list_files_of_parts(tx: Transaction, artifact_id: int) -> list[str]:
    """The files of an artifact's parts, in their order."""
    rows = tx.all(
        "select file from artifact_parts where artifact_id = ? and file is not null"
        " order by number",
        (artifact_id,),
    )
    return [row[0] for row in rows]


def is_file(tx: Transaction, name: str) -> bool:
    """Whether a file is an artifact's."""
    return tx.value("select 1 from artifacts where file = ?", (name,)) is not None


def is_file_of_part(tx: Transaction, name: str) -> bool:
    """Whether a file is a part of one."""
    return tx.value("select 1 from artifact_parts where file = ?", (name,)) is not None


def list_abandoned_files(tx: Transaction) -> list[str]:
    """The files that nothing on record has any longer."""
    return [row[0] for row in tx.all("select name from abandoned_files")]


def forget_abandoned_files(tx: Transaction) -> None:
    """Note that they are removed."""
    tx.execute("delete from abandoned_files")


def list_created_before(tx: Transaction, moment: datetime) -> list[Artifact]:
    """The artifacts that are kept here and were announced by a moment."""
    old = f"select id from artifacts where created_at <= ? and {_TO_EXPIRE}"  # noqa: S608 - ours
    rows = tx.all(f"{_ARTIFACTS} where artifacts.id in ({old})", (to_text(moment),))
    return [_artifact(row) for row in rows]


def first_expiry(tx: Transaction, retention: timedelta) -> datetime | None:
    """The next moment at which an artifact has been kept for long enough."""
    text = tx.value(f"select min(created_at) from artifacts where {_TO_EXPIRE}")  # noqa: S608 - ours
    return None if text is None else from_text(text) + retention
