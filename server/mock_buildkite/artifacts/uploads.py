"""How the files of artifacts come in: as forms or in parts, each compared with its announcement."""

from collections.abc import Sequence

from msgspec import Struct

from mock_buildkite.artifacts import store
from mock_buildkite.artifacts.lifecycle import ArtifactState
from mock_buildkite.artifacts.model import NOT_FOUND, Artifact, check_upload
from mock_buildkite.errors import InvalidInputError, InvalidStateError, NotFoundError
from mock_buildkite.storage.blobs import Incoming
from mock_buildkite.storage.database import Transaction

PATH_FIELD = "path"
"""The field of a form that says which artifact its file is."""
FILE_FIELD = "file"
"""The field with the file, the form's last."""

WHOLE = ("sha1", "sha256")
"""The digests of a whole file."""
PART = ("sha1",)
"""That of a part, of which its ETag is made. Agents hand on whatever an ETag is."""


class Form(Struct, frozen=True):
    """What may be uploaded as a form to one address: any of a batch's artifacts, by their paths."""

    artifacts: Sequence[Artifact]

    def by_path(self, path: str) -> list[Artifact]:
        """Those with a path. Two files outside and inside the agent's folder can have the same.

        Raises:
            NotFoundError: there are none.
        """
        found = [each for each in self.artifacts if each.path == path]
        if not found:
            raise NotFoundError(NOT_FOUND)
        return found


def expect_form(tx: Transaction, batch_uuid: str) -> Form:
    """The artifacts of a batch that are uploaded as forms.

    Raises:
        NotFoundError: there is no such batch.
    """
    batch = store.find_batch_by_uuid(tx, batch_uuid)
    if batch is None:
        msg = "No batch of artifacts found"
        raise NotFoundError(msg)
    there = store.list_of_batch(tx, batch)
    return Form([each for each in there if each.part_count is None and not each.is_elsewhere])


def expect_part(tx: Transaction, artifact_uuid: str, number: int) -> Artifact:
    """The artifact of which a part is to come.

    Raises:
        NotFoundError: there is none that has such a part.
    """
    artifact = store.find_by_uuid(tx, artifact_uuid)
    if artifact is None or not 1 <= number <= (artifact.part_count or 0):
        raise NotFoundError(NOT_FOUND)
    return artifact


def match(candidates: Sequence[Artifact], incoming: Incoming) -> Artifact:
    """The artifact whose announcement a whole file fits, rather one that has none yet.

    Raises:
        InvalidInputError: it fits none.
    """
    digests = {each: incoming.digest(each) for each in WHOLE}
    refusals, fitting = [], []
    for artifact in candidates:
        try:
            check_upload(artifact, incoming.size, digests)
        except InvalidInputError as error:
            refusals.append(error)
        else:
            fitting.append(artifact)
    if not fitting:
        raise refusals[0]
    return min(fitting, key=lambda each: each.file is not None)


def record_whole(tx: Transaction, uuid: str, incoming: Incoming) -> bool:
    """Note that a file is there; False: there was one before, and this one is the same.

    Raises:
        InvalidStateError: it is not waited for any longer.
    """
    artifact = _waiting(tx, uuid)
    if artifact.file is not None:
        return False
    digests = [incoming.digest(each) for each in WHOLE]
    store.record_file(tx, artifact.id, incoming.name, *digests)
    if artifact.part_count is not None:
        tx.falls_due(tx.now)  # the files of its parts are abandoned
    return True


class PartTaken(Struct, frozen=True):
    """What has become of a part."""

    is_new: bool
    """Whether its file is on record; else there was one before, and this one is the same."""
    files: Sequence[str]
    """The files of all parts, when the whole can be put together."""


def record_part(tx: Transaction, uuid: str, number: int, etag: str, name: str) -> PartTaken:
    """Note that a part is there. Until the whole is, another may take its place.

    Raises:
        InvalidStateError: it is not waited for any longer, and is another than before.
    """
    artifact = _waiting(tx, uuid)
    before = store.list_etags(tx, artifact.id).get(number)
    if artifact.file is not None:
        if before != etag:
            msg = "This artifact is whole already, with another part"
            raise InvalidStateError(msg)
        return PartTaken(is_new=False, files=())
    is_new = before != etag
    if is_new:
        store.put_part(tx, artifact.id, number, etag, name)
        if before is not None:
            tx.falls_due(tx.now)  # the file of the one before is abandoned
    files = store.list_files_of_parts(tx, artifact.id)
    return PartTaken(is_new, files if len(files) == artifact.part_count else ())


def _waiting(tx: Transaction, uuid: str) -> Artifact:
    artifact = store.find_by_uuid(tx, uuid)
    if artifact is None:
        raise NotFoundError(NOT_FOUND)
    if artifact.state not in {ArtifactState.NEW, ArtifactState.FINISHED}:
        msg = f"This artifact is not waited for: it is {artifact.state.value}"
        raise InvalidStateError(msg)
    return artifact
