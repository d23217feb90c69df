"""Who a caller of the REST and GraphQL APIs is; making API access tokens, and ending them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from mock_buildkite import credentials, ip_addresses
from mock_buildkite.access_tokens import store
from mock_buildkite.access_tokens.model import ApiAccessToken, ApiCaller, BriefApiAccessToken
from mock_buildkite.audit import service as audit
from mock_buildkite.audit.model import EventType, Performer, a_caller, an_api_access_token
from mock_buildkite.credentials import Credential
from mock_buildkite.errors import AuthenticationError, ConflictError, PermissionDeniedError
from mock_buildkite.ids import Ids
from mock_buildkite.organizations import store as organizations
from mock_buildkite.organizations.model import Organization, User
from mock_buildkite.storage.database import Transaction
from mock_buildkite.token_forms import minting, values


def authenticate(tx: Transaction, credential: Credential | None) -> ApiCaller:
    """The caller whom an API access token stands for.

    Raises:
        AuthenticationError: none was given, or it is unknown, revoked, expired, or not for this
            address.
    """
    credential = credentials.require(credential, credentials.BEARER)
    token = store.find_by_digest(tx, credential.digest)
    if token is None or not token.is_usable(tx.now):
        raise AuthenticationError
    if not ip_addresses.allows(token.allowed_ip_addresses, credential.address):
        raise AuthenticationError
    caller = ApiCaller(
        organizations.find_user(tx, token.user_id),
        store.reach(tx, token),
        api_access_token=token,
        address=credential.address,
        user_agent=credential.user_agent,
    )
    if token.is_use_worth_noting(tx.now, credential.address):
        _note_use(tx, caller, credential.address)
    return caller


def require_scope(caller: ApiCaller, scope: str) -> None:
    """Refuse a token that was not given a scope.

    Raises:
        PermissionDeniedError: it was not; the message names the scope.
    """
    if scope not in caller.api_access_token.scopes:
        msg = f"Your access token doesn't have the {scope} scope"
        raise PermissionDeniedError(msg)


def create(  # noqa: PLR0913 - one argument for each thing that can be chosen
    tx: Transaction,
    ids: Ids,
    user: User,
    *,
    description: str,
    scopes: Iterable[str],
    organizations: Iterable[Organization] | None,
    allowed_ip_addresses: str | None = None,
    expires_at: datetime | None = None,
    value: str | None = None,
) -> tuple[ApiAccessToken, str]:
    """Make an API access token; it and its value, which is never shown again.

    `organizations` None lets it reach every organization of its user, also later ones.

    Raises:
        ConflictError: the value is taken.
        InvalidInputError: the addresses cannot be read.
    """
    value = value or minting.api_access_token(ids, user.id)
    digest = values.digest(value)
    if store.find_by_digest(tx, digest) is not None:
        msg = "Value is already that of another API access token"
        raise ConflictError(msg)
    token = ApiAccessToken(
        id=0,
        uuid=ids.uuid(),
        user_id=user.id,
        description=description,
        scopes=frozenset(scopes),
        every_organization=organizations is None,
        allowed_ip_addresses=ip_addresses.checked(allowed_ip_addresses),
        expires_at=expires_at,
        created_at=tx.now,
    )
    reached = [organization.id for organization in organizations or ()]
    return store.insert(tx, token, digest, reached), value


def revoke(tx: Transaction, token: ApiAccessToken, by: Performer) -> None:
    """End a token at once, everywhere. It stays on record; ending it again changes nothing."""
    if token.revoked_at is None:
        record(tx, EventType.API_ACCESS_TOKEN_DELETED, token, by)
        store.revoke(tx, token)


class Ending(Struct, frozen=True):
    """A token that is to be ended, and what the audit log is to say of it."""

    token: BriefApiAccessToken
    reach: tuple[int, ...]
    """The organizations that it reaches, by their integer keys."""
    data: dict[str, Any]


def revoke_all(tx: Transaction, endings: Sequence[Ending], by: Performer) -> None:
    """End tokens that have not been ended, at once and everywhere, however many they are."""
    audit.record_all(
        tx,
        EventType.API_ACCESS_TOKEN_DELETED,
        [
            (organization_id, an_api_access_token(each.token), each.data)
            for each in endings
            for organization_id in each.reach
        ],
        by,
    )
    store.revoke_all(tx, [each.token.id for each in endings])


def record(
    tx: Transaction,
    type_: EventType,
    token: ApiAccessToken,
    by: Performer,
    data: dict[str, Any] | None = None,
) -> None:
    """Write into the audit log of each organization that a token reaches."""
    for organization_id in store.reach(tx, token):
        audit.record(tx, organization_id, type_, an_api_access_token(token), by, data)


def _note_use(tx: Transaction, caller: ApiCaller, address: str) -> None:
    """Have it on record that a token is used; the audit log has the first time.

    Unverified: Buildkite has no audit event of its own for that.
    """
    token = caller.api_access_token
    store.note_use(tx, token, address)
    if token.first_used_at is None:
        data = {"first_used_at": [None, tx.now_text]}
        record(tx, EventType.API_ACCESS_TOKEN_UPDATED, token, a_caller(caller), data)
