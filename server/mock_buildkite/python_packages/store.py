"""The SQL of files of Python packages."""

from mock_buildkite.python_packages.model import NewFile, PythonFile
from mock_buildkite.registries.model import Registry
from mock_buildkite.storage.columns import reader
from mock_buildkite.storage.database import Transaction

_file = reader(PythonFile)


def insert(
    tx: Transaction, registry: Registry, new: NewFile, *, size: int, sha256sum: str, file: str
) -> None:
    """Add a file that came in now."""
    tx.insert(
        "python_files",
        {
            "registry_id": registry.id,
            "project": new.project,
            "version": new.version,
            "filename": new.filename,
            "size": size,
            "sha256sum": sha256sum,
            "requires_python": new.requires_python,
            "file": file,
            "created_at": tx.now_text,
        },
    )


def find(tx: Transaction, registry: Registry, filename: str) -> PythonFile | None:
    """A registry's file of that name."""
    sql = "select * from python_files where registry_id = ? and filename = ?"
    row = tx.one(sql, (registry.id, filename))
    return None if row is None else _file(row)


def list_projects(tx: Transaction, registry: Registry) -> list[str]:
    """The normalized names of a registry's packages, in alphabetical order."""
    sql = "select distinct project from python_files where registry_id = ? order by project"
    return [row[0] for row in tx.all(sql, (registry.id,))]


def list_files(tx: Transaction, registry: Registry, project: str) -> list[PythonFile]:
    """A package's files, oldest first."""
    sql = "select * from python_files where registry_id = ? and project = ? order by id"
    return [_file(row) for row in tx.all(sql, (registry.id, project))]


def is_file(tx: Transaction, name: str) -> bool:
    """Whether a file of the world's, by its name there, is on record."""
    return tx.value("select 1 from python_files where file = ?", (name,)) is not None
