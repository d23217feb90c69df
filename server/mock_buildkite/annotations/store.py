"""The SQL of annotations."""

from mock_buildkite.annotations.model import Annotation, Content
from mock_buildkite.storage.columns import reader
from mock_buildkite.storage.database import Parameters, Transaction

_annotation = reader(Annotation)

_ANNOTATIONS = (
    "select annotations.*, jobs.uuid as job_uuid"
    " from annotations left join jobs on jobs.id = annotations.job_id where"
)
_MOST_IMPORTANT_FIRST = "order by annotations.priority desc, annotations.id"


def insert(
    tx: Transaction, uuid: str, build_id: int, job_id: int | None, context: str, content: Content
) -> None:
    """Add an annotation, created now."""
    tx.insert(
        "annotations",
        {
            "uuid": uuid,
            "build_id": build_id,
            "job_id": job_id,
            "context": context,
            "style": content.style.value,
            "priority": content.priority,
            "body": content.body,
            "created_at": tx.now_text,
            "updated_at": tx.now_text,
        },
    )


def update(tx: Transaction, number: int, content: Content) -> None:
    """Change what an annotation says."""
    changes = {
        "style": content.style.value,
        "priority": content.priority,
        "body": content.body,
        "updated_at": tx.now_text,
    }
    tx.update("annotations", number, changes)


def delete(tx: Transaction, number: int) -> None:
    """Forget an annotation."""
    tx.execute("delete from annotations where id = ?", (number,))


def find_by_context(
    tx: Transaction, build_id: int, job_id: int | None, context: str
) -> Annotation | None:
    """The annotation of a build or, with a job, of that job, with a context."""
    if job_id is None:
        own = "annotations.build_id = ? and annotations.job_id is null"
    else:
        own = "annotations.job_id = ?"
    owner = build_id if job_id is None else job_id
    return _one(tx, f"{_ANNOTATIONS} {own} and context = ?", (owner, context))


def find_by_uuid(tx: Transaction, uuid: str) -> Annotation | None:
    """The annotation with that UUID."""
    return _one(tx, f"{_ANNOTATIONS} annotations.uuid = ?", (uuid,))


def list_of_build(tx: Transaction, build_id: int) -> list[Annotation]:
    """Those of a build and of its jobs, by priority, the oldest of the same priority first."""
    return _all(tx, f"{_ANNOTATIONS} annotations.build_id = ? {_MOST_IMPORTANT_FIRST}", (build_id,))


def list_of_job(tx: Transaction, job_id: int) -> list[Annotation]:
    """Those of a job, by priority, the oldest of the same priority first."""
    return _all(tx, f"{_ANNOTATIONS} annotations.job_id = ? {_MOST_IMPORTANT_FIRST}", (job_id,))


def _one(tx: Transaction, sql: str, parameters: Parameters) -> Annotation | None:
    row = tx.one(sql, parameters)
    return None if row is None else _annotation(row)


def _all(tx: Transaction, sql: str, parameters: Parameters) -> list[Annotation]:
    return [_annotation(row) for row in tx.all(sql, parameters)]
