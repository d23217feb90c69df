"""The SQL of agent tokens."""

from datetime import datetime

from msgspec.structs import replace

from mock_buildkite.agent_tokens.model import AgentToken, DerivedFrom
from mock_buildkite.clock import from_text, to_text
from mock_buildkite.clusters.model import Cluster
from mock_buildkite.organizations.model import Organization
from mock_buildkite.storage.database import Row, Transaction

# In the order of the model's fields: this is read at every registration.
_COLUMNS = (
    "id, uuid, organization_id, cluster_id, derived_from, description, public,"
    " allowed_ip_addresses, expires_at, created_by, created_at, revoked_at, revoked_by,"
    " revoked_reason, first_used_at"
)


def insert(tx: Transaction, token: AgentToken, digest: bytes) -> AgentToken:
    """Add a token; the same with the `id` that it got."""
    number = tx.insert(
        "agent_tokens",
        {
            "uuid": token.uuid,
            "organization_id": token.organization_id,
            "cluster_id": token.cluster_id,
            "digest": digest,
            "derived_from": None if token.derived_from is None else token.derived_from.value,
            "description": token.description,
            "public": token.public,
            "allowed_ip_addresses": token.allowed_ip_addresses,
            "expires_at": None if token.expires_at is None else to_text(token.expires_at),
            "created_by": token.created_by,
            "created_at": to_text(token.created_at),
        },
    )
    return replace(token, id=number)


def find(tx: Transaction, number: int) -> AgentToken:
    """The token with that integer key, which must be there."""
    row = tx.one(f"select {_COLUMNS} from agent_tokens where id = ?", (number,))  # noqa: S608 - ours
    if row is None:
        raise LookupError(number)
    return _agent_token(row)


def find_by_digest(tx: Transaction, digest: bytes) -> AgentToken | None:
    """The token whose value has that digest."""
    row = tx.one(f"select {_COLUMNS} from agent_tokens where digest = ?", (digest,))  # noqa: S608 - ours
    return None if row is None else _agent_token(row)


def find_by_uuid(tx: Transaction, uuid: str) -> AgentToken | None:
    """The token with that UUID, revoked or not."""
    row = tx.one(f"select {_COLUMNS} from agent_tokens where uuid = ?", (uuid,))  # noqa: S608 - ours
    return None if row is None else _agent_token(row)


def digest_of(tx: Transaction, token: AgentToken) -> bytes:
    """The digest of a token's value."""
    digest: bytes = tx.value("select digest from agent_tokens where id = ?", (token.id,))
    return digest


def list_unclustered(
    tx: Transaction, organization: Organization, *, revoked: bool | None
) -> list[AgentToken]:
    """An organization's unclustered tokens, newest first: all, the revoked, or the others."""
    rows = tx.all(
        f"select {_COLUMNS} from agent_tokens where organization_id = ? and cluster_id is null"  # noqa: S608 - ours
        " and (? is null or (revoked_at is not null) = ?) order by created_at desc, uuid",
        (organization.id, revoked, revoked),
    )
    return [_agent_token(row) for row in rows]


def list_for_cluster(tx: Transaction, cluster: Cluster) -> list[AgentToken]:
    """A cluster's tokens that are not revoked, expired ones too, newest first."""
    rows = tx.all(
        f"select {_COLUMNS} from agent_tokens where cluster_id = ? and revoked_at is null"  # noqa: S608 - ours
        " order by created_at desc, uuid",
        (cluster.id,),
    )
    return [_agent_token(row) for row in rows]


def update(tx: Transaction, token: AgentToken, description: str, allowed: str) -> AgentToken:
    """Change what can be changed of a token."""
    tx.update(
        "agent_tokens", token.id, {"description": description, "allowed_ip_addresses": allowed}
    )
    return find(tx, token.id)


def revoke(
    tx: Transaction, token: AgentToken, at: datetime, by: int, reason: str | None
) -> AgentToken:
    """Record that a token admits no agent any more."""
    tx.update(
        "agent_tokens",
        token.id,
        {"revoked_at": to_text(at), "revoked_by": by, "revoked_reason": reason},
    )
    return find(tx, token.id)


def note_first_use(tx: Transaction, token: AgentToken) -> AgentToken:
    """Record that an agent registers with a token, for the first time."""
    tx.update("agent_tokens", token.id, {"first_used_at": tx.now_text})
    return find(tx, token.id)


def _agent_token(row: Row) -> AgentToken:
    return AgentToken(
        row[0],
        row[1],
        row[2],
        row[3],
        None if row[4] is None else DerivedFrom(row[4]),
        row[5],
        bool(row[6]),
        row[7],
        _optional(row[8]),
        row[9],
        from_text(row[10]),
        _optional(row[11]),
        row[12],
        row[13],
        _optional(row[14]),
    )


def _optional(text: str | None) -> datetime | None:
    return None if text is None else from_text(text)
