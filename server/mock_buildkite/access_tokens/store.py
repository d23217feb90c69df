"""The SQL of API access tokens."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from mock_buildkite.access_tokens.model import ApiAccessToken
from mock_buildkite.clock import from_text, to_text
from mock_buildkite.organizations.model import Role
from mock_buildkite.storage.database import Row, Transaction
from mock_buildkite.storage.json_text import from_json, to_json


def insert(
    tx: Transaction,
    token: ApiAccessToken,
    digest: bytes,
    organization_ids: Iterable[int],
) -> ApiAccessToken:
    """Add a token that reaches these organizations; its `id` is ignored."""
    number = tx.insert(
        "api_access_tokens",
        {
            "uuid": token.uuid,
            "user_id": token.user_id,
            "description": token.description,
            "digest": digest,
            "scopes": to_json(sorted(token.scopes)),
            "every_organization": token.every_organization,
            "allowed_ip_addresses": token.allowed_ip_addresses,
            "expires_at": None if token.expires_at is None else to_text(token.expires_at),
            "created_at": to_text(token.created_at),
        },
    )
    for organization_id in organization_ids:
        tx.execute(
            "insert or ignore into api_access_token_organizations values (?, ?)",
            (number, organization_id),
        )
    return find(tx, number)


def find(tx: Transaction, number: int) -> ApiAccessToken:
    """The token with that integer key, which must be there."""
    row = tx.one("select * from api_access_tokens where id = ?", (number,))
    if row is None:
        raise LookupError(number)
    return _api_access_token(row)


def find_by_digest(tx: Transaction, digest: bytes) -> ApiAccessToken | None:
    """The token whose value has that digest."""
    row = tx.one("select * from api_access_tokens where digest = ?", (digest,))
    return None if row is None else _api_access_token(row)


def reach(tx: Transaction, token: ApiAccessToken) -> dict[int, Role]:
    """The organizations that the token's user is in and it may reach, and the user's role there."""
    if token.every_organization:
        rows = tx.all(
            "select organization_id, role from organization_members where user_id = ?",
            (token.user_id,),
        )
    else:
        rows = tx.all(
            "select organization_id, role from organization_members"
            " join api_access_token_organizations using (organization_id)"
            " where user_id = ? and api_access_token_id = ?",
            (token.user_id, token.id),
        )
    return {row[0]: Role(row[1]) for row in rows}


def revoke(tx: Transaction, token: ApiAccessToken) -> None:
    """Record that a token opens nothing any more."""
    tx.update("api_access_tokens", token.id, {"revoked_at": tx.now_text})


def _api_access_token(row: Row) -> ApiAccessToken:
    return ApiAccessToken(
        id=row["id"],
        uuid=row["uuid"],
        user_id=row["user_id"],
        description=row["description"],
        scopes=_scopes(row["scopes"]),
        every_organization=bool(row["every_organization"]),
        allowed_ip_addresses=row["allowed_ip_addresses"],
        expires_at=_optional(row["expires_at"]),
        created_at=from_text(row["created_at"]),
        revoked_at=_optional(row["revoked_at"]),
    )


@lru_cache
def _scopes(text: str) -> frozenset[str]:
    return frozenset(from_json(text))


def _optional(text: str | None) -> datetime | None:
    return None if text is None else from_text(text)
