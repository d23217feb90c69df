"""The SQL of what opens portals: secrets, tokens and codes. Of each only digests are kept."""

from datetime import datetime

from mock_buildkite.clock import to_text
from mock_buildkite.portals.model import (
    Portal,
    PortalCode,
    PortalSecret,
    PortalToken,
    PortalTokenKind,
)
from mock_buildkite.storage.columns import reader
from mock_buildkite.storage.database import Transaction

_secret = reader(PortalSecret)
_token = reader(PortalToken)
_code = reader(PortalCode)


def insert_secret(tx: Transaction, portal: Portal, uuid: str, digest: bytes) -> PortalSecret:
    """Add a secret, made now."""
    number = tx.insert(
        "portal_secrets",
        {"uuid": uuid, "portal_id": portal.id, "digest": digest, "created_at": tx.now_text},
    )
    row = tx.one("select * from portal_secrets where id = ?", (number,))
    assert row is not None  # noqa: S101 - just inserted
    return _secret(row)


def find_secret_by_digest(tx: Transaction, digest: bytes) -> PortalSecret | None:
    """The secret whose value has that digest, removed or not."""
    row = tx.one("select * from portal_secrets where digest = ?", (digest,))
    return None if row is None else _secret(row)


def list_secrets(tx: Transaction, portal: Portal) -> list[PortalSecret]:
    """A portal's secrets that are not removed, oldest first."""
    sql = "select * from portal_secrets where portal_id = ? and revoked_at is null order by id"
    return [_secret(row) for row in tx.all(sql, (portal.id,))]


def remove_secret(tx: Transaction, secret: PortalSecret) -> None:
    """Record that nothing is had for a secret any more."""
    tx.update("portal_secrets", secret.id, {"revoked_at": tx.now_text})


def insert_token(  # noqa: PLR0913 - a column each
    tx: Transaction,
    portal: Portal,
    kind: PortalTokenKind,
    *,
    uuid: str,
    digest: bytes,
    expires_at: datetime | None = None,
    user_id: int | None = None,
) -> PortalToken:
    """Add a token, made now."""
    number = tx.insert(
        "portal_tokens",
        {
            "uuid": uuid,
            "portal_id": portal.id,
            "kind": kind.value,
            "digest": digest,
            "user_id": user_id,
            "expires_at": None if expires_at is None else to_text(expires_at),
            "created_at": tx.now_text,
        },
    )
    row = tx.one("select * from portal_tokens where id = ?", (number,))
    assert row is not None  # noqa: S101 - just inserted
    return _token(row)


def find_token_by_digest(tx: Transaction, digest: bytes) -> PortalToken | None:
    """The token whose value has that digest, removed or not."""
    row = tx.one("select * from portal_tokens where digest = ?", (digest,))
    return None if row is None else _token(row)


def list_tokens(tx: Transaction, portal: Portal) -> list[PortalToken]:
    """A portal's tokens that still open it, oldest first."""
    sql = "select * from portal_tokens where portal_id = ? and revoked_at is null order by id"
    found = [_token(row) for row in tx.all(sql, (portal.id,))]
    return [each for each in found if each.is_usable(tx.now)]


def remove_token(tx: Transaction, token: PortalToken) -> None:
    """Record that a token opens nothing any more."""
    tx.update("portal_tokens", token.id, {"revoked_at": tx.now_text})


def insert_code(
    tx: Transaction, portal: Portal, digest: bytes, secret_digest: bytes, expires_at: datetime
) -> None:
    """Add a code. Those of the portal that have expired go: anybody can ask for one."""
    sql = "delete from portal_codes where portal_id = ? and expires_at <= ?"
    tx.execute(sql, (portal.id, tx.now_text))
    tx.insert(
        "portal_codes",
        {
            "portal_id": portal.id,
            "digest": digest,
            "secret_digest": secret_digest,
            "expires_at": to_text(expires_at),
        },
    )


def find_code(tx: Transaction, digest: bytes) -> PortalCode | None:
    """The code with that digest."""
    row = tx.one("select * from portal_codes where digest = ?", (digest,))
    return None if row is None else _code(row)


def approve_code(tx: Transaction, code: PortalCode, user_id: int) -> None:
    """Record who approved a code."""
    tx.update("portal_codes", code.id, {"approved_by": user_id})


def redeem_code(tx: Transaction, code: PortalCode) -> None:
    """Record that the one token of a code was made."""
    tx.update("portal_codes", code.id, {"redeemed_at": tx.now_text})
