"""Putting files of Python packages into a registry, and finding them there."""

from mock_buildkite.errors import ConflictError, NotFoundError
from mock_buildkite.python_packages import store
from mock_buildkite.python_packages.model import NewFile, PythonFile, check_digests, normalized
from mock_buildkite.registries.model import PYTHON, Registry
from mock_buildkite.storage.blobs import Incoming
from mock_buildkite.storage.database import Transaction

ALGORITHMS = ("sha256", "md5")
"""The digests that are made of what comes in."""

_NOT_FOUND = "No Python package found"


def require_python(registry: Registry) -> None:
    """Refuse registries of other ecosystems.

    Raises:
        NotFoundError: this is one.
    """
    if registry.ecosystem != PYTHON:
        msg = f"This is no registry of Python packages: its ecosystem is {registry.ecosystem}"
        raise NotFoundError(msg)


def require_new(tx: Transaction, registry: Registry, new: NewFile) -> None:
    """Refuse a file name that is taken: what was installed once stays what it is.

    Raises:
        ConflictError: there is a file of that name.
    """
    if store.find(tx, registry, new.filename) is not None:
        msg = f"File already exists: {new.filename}"
        raise ConflictError(msg)


def record(tx: Transaction, registry: Registry, new: NewFile, incoming: Incoming) -> None:
    """Note that a file is there.

    Raises:
        ConflictError: there is one of that name.
        InvalidInputError: it is not the one that was announced.
    """
    digests = {each: incoming.digest(each) for each in ALGORITHMS}
    check_digests(new, digests)
    require_new(tx, registry, new)
    sha256sum = digests["sha256"]
    store.insert(tx, registry, new, size=incoming.size, sha256sum=sha256sum, file=incoming.name)


def list_projects(tx: Transaction, registry: Registry) -> list[str]:
    """The normalized names of a registry's packages, in alphabetical order."""
    return store.list_projects(tx, registry)


def list_files(tx: Transaction, registry: Registry, name: str) -> list[PythonFile]:
    """A package's files, oldest first, however its name is spelled.

    Raises:
        NotFoundError: there is no such package.
    """
    found = store.list_files(tx, registry, normalized(name))
    if not found:
        raise NotFoundError(_NOT_FOUND)
    return found


def require_file(tx: Transaction, registry: Registry, filename: str) -> PythonFile:
    """A registry's file of that name.

    Raises:
        NotFoundError: there is none.
    """
    found = store.find(tx, registry, filename)
    if found is None:
        raise NotFoundError(_NOT_FOUND)
    return found
