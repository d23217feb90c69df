"""The SQL of API access tokens."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter

from mock_buildkite.access_tokens.model import ApiAccessToken, BriefApiAccessToken
from mock_buildkite.clock import to_text
from mock_buildkite.organizations.model import Organization, Role, User
from mock_buildkite.storage import several
from mock_buildkite.storage.columns import Part, reader
from mock_buildkite.storage.database import Transaction
from mock_buildkite.storage.json_text import to_json

_api_access_token = reader(ApiAccessToken)
_BRIEF = Part(BriefApiAccessToken, "api_access_tokens")

_IN_REACH = (
    "(every_organization or exists (select 1 from api_access_token_organizations as given"
    " where given.api_access_token_id = api_access_tokens.id"
    " and given.organization_id = organization_members.organization_id))"
    " and not exists (select 1 from api_access_token_removals as removals"
    " where removals.api_access_token_id = api_access_tokens.id"
    " and removals.organization_id = organization_members.organization_id)"
)
"""Whether a token may reach the organization that its user is a member of."""


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
    _let_reach(tx, number, organization_ids)
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


def find_by_uuid(tx: Transaction, uuid: str) -> ApiAccessToken | None:
    """The token with that UUID, revoked or not."""
    row = tx.one("select * from api_access_tokens where uuid = ?", (uuid,))
    return None if row is None else _api_access_token(row)


def list_all(tx: Transaction, user: User | None) -> list[ApiAccessToken]:
    """The tokens of a user, or of all users, revoked ones too, newest first."""
    rows = tx.all(
        "select * from api_access_tokens where ? is null or user_id = ? order by id desc",
        (None if user is None else user.id, None if user is None else user.id),
    )
    return [_api_access_token(row) for row in rows]


def list_reaching(tx: Transaction, organization: Organization) -> list[ApiAccessToken]:
    """The tokens not revoked that may reach an organization, newest first."""
    rows = tx.all(
        "select api_access_tokens.* from api_access_tokens"  # noqa: S608 - ours
        " join organization_members using (user_id)"
        f" where organization_id = ? and revoked_at is null and {_IN_REACH}"
        " order by api_access_tokens.id desc",
        (organization.id,),
    )
    return [_api_access_token(row) for row in rows]


def reach(tx: Transaction, token: ApiAccessToken) -> dict[int, Role]:
    """The organizations that the token's user is in and it may reach, and the user's role there."""
    rows = tx.all(
        "select organization_id, role from organization_members"  # noqa: S608 - ours
        " join api_access_tokens using (user_id)"
        f" where api_access_tokens.id = ? and {_IN_REACH}",
        (token.id,),
    )
    return {row[0]: Role(row[1]) for row in rows}


def find_by_digests(tx: Transaction, digests: Sequence[bytes]) -> dict[bytes, BriefApiAccessToken]:
    """The tokens whose values have those digests, by digest."""
    return several.find_by_digests(tx, "api_access_tokens", _BRIEF, digests)


def reach_of_several(tx: Transaction, numbers: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """The organizations that tokens may reach, by the token's integer key."""
    rows = tx.all(
        "select api_access_tokens.id, organization_id from api_access_tokens"  # noqa: S608 - ours
        f" join organization_members using (user_id)"
        f" where api_access_tokens.id in {several.AMONG} and {_IN_REACH}"
        " order by api_access_tokens.id, organization_id",
        (to_json(list(numbers)),),
    )
    groups = groupby(rows, key=itemgetter(0))
    return {number: tuple(row[1] for row in group) for number, group in groups}


def given(tx: Transaction, token: ApiAccessToken) -> frozenset[int]:
    """The organizations that its owner gave a token; none for one that reaches every one."""
    rows = tx.all(
        "select organization_id from api_access_token_organizations where api_access_token_id = ?",
        (token.id,),
    )
    return frozenset(row[0] for row in rows)


def removed(tx: Transaction, token: ApiAccessToken) -> frozenset[int]:
    """The organizations that took themselves away from a token."""
    rows = tx.all(
        "select organization_id from api_access_token_removals where api_access_token_id = ?",
        (token.id,),
    )
    return frozenset(row[0] for row in rows)


def remove_organization(tx: Transaction, token: ApiAccessToken, organization: Organization) -> None:
    """Record that a token never reaches an organization again."""
    tx.execute(
        "insert into api_access_token_removals values (?, ?, ?)",
        (token.id, organization.id, tx.now_text),
    )


def update(
    tx: Transaction, token: ApiAccessToken, organization_ids: Iterable[int]
) -> ApiAccessToken:
    """Change a token's description, scopes and addresses to what it has, and its reach."""
    tx.update(
        "api_access_tokens",
        token.id,
        {
            "description": token.description,
            "scopes": to_json(sorted(token.scopes)),
            "every_organization": token.every_organization,
            "allowed_ip_addresses": token.allowed_ip_addresses,
        },
    )
    tx.execute(
        "delete from api_access_token_organizations where api_access_token_id = ?", (token.id,)
    )
    _let_reach(tx, token.id, organization_ids)
    return find(tx, token.id)


def note_use(tx: Transaction, token: ApiAccessToken, address: str) -> None:
    """Record that a token is used now, from an address."""
    changes = {"last_used_at": tx.now_text, "last_used_from": address}
    if token.first_used_at is None:
        changes["first_used_at"] = tx.now_text
    tx.update("api_access_tokens", token.id, changes)


def revoke(tx: Transaction, token: ApiAccessToken) -> None:
    """Record that a token opens nothing any more."""
    tx.update("api_access_tokens", token.id, {"revoked_at": tx.now_text})


def revoke_all(tx: Transaction, numbers: Iterable[int]) -> None:
    """Record the same of tokens by their integer keys."""
    tx.execute(
        f"update api_access_tokens set revoked_at = ? where id in {several.AMONG}",  # noqa: S608 - ours
        (tx.now_text, to_json(list(numbers))),
    )


def _let_reach(tx: Transaction, number: int, organization_ids: Iterable[int]) -> None:
    for organization_id in organization_ids:
        tx.execute(
            "insert or ignore into api_access_token_organizations values (?, ?)",
            (number, organization_id),
        )
