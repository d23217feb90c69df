"""The SQL of repository tokens. Values come and go encrypted."""

from mock_buildkite.storage.database import Transaction


def put(tx: Transaction, organization_id: int, repository: str, value: bytes) -> None:
    """Record the token of a repository, in place of the one before."""
    tx.execute(
        "insert or replace into repository_tokens (organization_id, repository, value)"
        " values (?, ?, ?)",
        (organization_id, repository, value),
    )


def find_value(tx: Transaction, organization_id: int, repository: str) -> bytes | None:
    """The encrypted token of an organization's repository."""
    value: bytes | None = tx.value(
        "select value from repository_tokens where organization_id = ? and repository = ?",
        (organization_id, repository),
    )
    return value
