"""What is done with annotations, whoever does it: a job's commands or a user."""

from collections.abc import Collection

from mock_buildkite.access_tokens.model import Caller
from mock_buildkite.annotations import store
from mock_buildkite.annotations.model import Annotation, Content, Scope, Writing, written
from mock_buildkite.builds import store as builds
from mock_buildkite.errors import NotFoundError
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import World


def write(
    tx: Transaction, world: World, build_id: int, job_id: int | None, writing: Writing
) -> Annotation:
    """Write an annotation of a build or, with a job, of that job: a new one, or over the old.

    Raises:
        InvalidInputError: it would say nothing, or too much.
    """
    before = store.find_by_context(tx, build_id, job_id, writing.context)
    if before is None:
        content = written(writing, None)
        store.insert(tx, world.ids.uuid(), build_id, job_id, writing.context, content)
    else:
        content = written(writing, Content(before.body, before.style, before.priority))
        store.update(tx, before.id, content)
    return require(tx, build_id, job_id, writing.context)


def remove(tx: Transaction, annotation: Annotation) -> None:
    """Take an annotation off its build or job."""
    store.delete(tx, annotation.id)


def require(tx: Transaction, build_id: int, job_id: int | None, context: str) -> Annotation:
    """The annotation of a build or, with a job, of that job, with a context.

    Raises:
        NotFoundError: there is none.
    """
    return _found(store.find_by_context(tx, build_id, job_id, context))


def require_of_build(tx: Transaction, build_id: int, uuid: str) -> Annotation:
    """The annotation with a UUID on a build or on any of its jobs.

    Raises:
        NotFoundError: there is none.
    """
    annotation = store.find_by_uuid(tx, uuid.lower())
    is_there = annotation is not None and annotation.build_id == build_id
    return _found(annotation if is_there else None)


def require_of_job(tx: Transaction, job_id: int, uuid: str) -> Annotation:
    """The annotation with a UUID on a job.

    Raises:
        NotFoundError: there is none.
    """
    annotation = store.find_by_uuid(tx, uuid.lower())
    is_there = annotation is not None and annotation.job_id == job_id
    return _found(annotation if is_there else None)


def find_visible(tx: Transaction, caller: Caller, uuid: str) -> Annotation | None:
    """An annotation in an organization that the caller sees."""
    annotation = store.find_by_uuid(tx, uuid)
    if annotation is None:
        return None
    build = builds.find(tx, annotation.build_id)
    return annotation if caller.reaches(build.organization_id) else None


def list_of_build(
    tx: Transaction, build_id: int, scopes: Collection[Scope] = (Scope.BUILD,)
) -> list[Annotation]:
    """A build's annotations, or those of its jobs, by priority, the oldest first."""
    return [each for each in store.list_of_build(tx, build_id) if each.scope in scopes]


def list_of_job(tx: Transaction, job_id: int) -> list[Annotation]:
    """A job's own annotations, by priority, the oldest first."""
    return store.list_of_job(tx, job_id)


def _found(annotation: Annotation | None) -> Annotation:
    if annotation is None:
        msg = "No annotation found"
        raise NotFoundError(msg)
    return annotation
