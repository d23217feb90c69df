"""What a user does with API access tokens on Buildkite's pages, and an organization with them."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from mock_buildkite import ip_addresses
from mock_buildkite.access_tokens import service, store
from mock_buildkite.access_tokens.model import (
    ApiAccessToken,
    Caller,
    checked_description,
    checked_expiry,
    checked_scopes,
)
from mock_buildkite.audit import service as audit
from mock_buildkite.audit.model import (
    EventType,
    Performer,
    a_caller,
    an_api_access_token,
    changed,
)
from mock_buildkite.clock import to_text
from mock_buildkite.errors import InvalidInputError, InvalidStateError, NotFoundError
from mock_buildkite.ids import Ids
from mock_buildkite.notices import service as notices
from mock_buildkite.notices.model import NewNotice, Reason
from mock_buildkite.organizations import service as organizations
from mock_buildkite.organizations import store as organizations_store
from mock_buildkite.organizations.model import Organization, User
from mock_buildkite.storage.database import Transaction

list_all = store.list_all
reach = store.reach
removed = store.removed

_NOT_FOUND = "No API access token found"


class Changes(Struct, frozen=True):
    """What is to be changed of a token; None leaves as it is."""

    description: str | None = None
    scopes: Iterable[str] | None = None
    organizations: tuple[Organization, ...] | None = None
    allowed_ip_addresses: str | None = None


def create(  # noqa: PLR0913 - one argument for each thing that can be chosen
    tx: Transaction,
    ids: Ids,
    user: User,
    by: Performer,
    *,
    description: str,
    scopes: Iterable[str],
    organizations: tuple[Organization, ...] | None,
    allowed_ip_addresses: str | None,
    expires_at: datetime | None,
) -> tuple[ApiAccessToken, str]:
    """Make a token for a user; it and its value, which is never shown again.

    `organizations` None lets it reach every organization of its user, also later ones.

    Raises:
        InvalidInputError: a blank description, an unknown scope, an organization that the user is
            no member of, addresses that cannot be read, or an expiry that is past.
    """
    _require_member(tx, user, organizations or ())
    token, value = service.create(
        tx,
        ids,
        user,
        description=checked_description(description),
        scopes=checked_scopes(scopes),
        organizations=organizations,
        allowed_ip_addresses=allowed_ip_addresses,
        expires_at=checked_expiry(expires_at, tx.now),
    )
    data = {
        "description": token.description,
        "scopes": sorted(token.scopes),
        "allowed_ip_addresses": token.allowed_ip_addresses,
        "expires_at": None if token.expires_at is None else to_text(token.expires_at),
    }
    service.record(tx, EventType.API_ACCESS_TOKEN_CREATED, token, by, data)
    return token, value


def require(tx: Transaction, uuid: str) -> ApiAccessToken:
    """The token with that UUID, revoked or not.

    Raises:
        NotFoundError: there is none.
    """
    token = store.find_by_uuid(tx, uuid)
    if token is None:
        raise NotFoundError(_NOT_FOUND)
    return token


def update(
    tx: Transaction, token: ApiAccessToken, changes: Changes, by: Performer
) -> ApiAccessToken:
    """Change what its owner can change of a token; its expiry is fixed.

    The owner is told of each organization that it reaches no longer.

    Raises:
        InvalidStateError: it was revoked.
        InvalidInputError: as for a new one, or an organization took itself away from the token.
    """
    if token.revoked_at is not None:
        msg = "API access token has been revoked"
        raise InvalidStateError(msg)
    wanted, before = token, frozenset(store.reach(tx, token))
    if changes.description is not None:
        wanted = replace(wanted, description=checked_description(changes.description))
    if changes.scopes is not None:
        wanted = replace(wanted, scopes=checked_scopes(changes.scopes))
    if changes.allowed_ip_addresses is not None:
        allowed = ip_addresses.checked(changes.allowed_ip_addresses)
        wanted = replace(wanted, allowed_ip_addresses=allowed)
    reached = store.given(tx, token)
    if changes.organizations is not None:
        _require_member(tx, organizations.find_user(tx, token.user_id), changes.organizations)
        _require_not_removed(tx, token, changes.organizations)
        reached = frozenset(each.id for each in changes.organizations)
        wanted = replace(wanted, every_organization=False)
    updated = store.update(tx, wanted, reached)
    data = changed(token, updated, "description", "scopes", "allowed_ip_addresses")
    if data:
        service.record(tx, EventType.API_ACCESS_TOKEN_UPDATED, updated, by, data)
    after = frozenset(store.reach(tx, updated))
    _record_reach(tx, updated, by, before, after)
    # Unverified: that owners are told of what they did themselves. Documented is the mail after an
    # administrator has done it.
    for organization_id in sorted(before - after):
        _tell_owner(tx, updated, organizations.find(tx, organization_id))
    return updated


def list_reaching(
    tx: Transaction, caller: Caller, organization: Organization
) -> list[ApiAccessToken]:
    """The live tokens that reach an organization, for its administrators.

    Raises:
        PermissionDeniedError: the caller is no administrator.
    """
    organizations.require_admin(caller, organization, "view its API access tokens")
    return [each for each in store.list_reaching(tx, organization) if each.is_usable(tx.now)]


def find_visible(tx: Transaction, caller: Caller, uuid: str) -> ApiAccessToken | None:
    """A token of the caller, or one that reaches an organization that the caller administers."""
    token = store.find_by_uuid(tx, uuid)
    if token is None or token.user_id == caller.user.id:
        return token
    reached = store.reach(tx, token)
    return token if any(caller.administers(each) for each in reached) else None


def remove_organization(
    tx: Transaction, caller: Caller, organization: Organization, uuid: str
) -> ApiAccessToken:
    """Take an organization away from somebody's token, for good, and tell the owner.

    The token goes on elsewhere. Not modelled: that organizations do it by themselves to tokens that
    nobody has used for the time which they have chosen.

    Raises:
        PermissionDeniedError: the caller is no administrator of it.
        NotFoundError: the token does not reach it.

    Source: pages/apis/managing_api_tokens.md of Buildkite's documentation.
    """
    organizations.require_admin(caller, organization, "remove it from API access tokens")
    token = store.find_by_uuid(tx, uuid)
    if (
        token is None
        or token.revoked_at is not None
        or organization.id not in store.reach(tx, token)
    ):
        raise NotFoundError(_NOT_FOUND)
    audit.record(
        tx,
        organization.id,
        EventType.API_ACCESS_TOKEN_ORGANIZATION_ACCESS_REVOKED,
        an_api_access_token(token),
        a_caller(caller),
    )
    store.remove_organization(tx, token, organization)
    _tell_owner(tx, token, organization)
    return token


def _record_reach(
    tx: Transaction,
    token: ApiAccessToken,
    by: Performer,
    before: frozenset[int],
    after: frozenset[int],
) -> None:
    for type_, changed_ids in (
        (EventType.USER_API_ACCESS_TOKEN_ORGANIZATION_ACCESS_ADDED, after - before),
        (EventType.USER_API_ACCESS_TOKEN_ORGANIZATION_ACCESS_REMOVED, before - after),
    ):
        for organization_id in sorted(changed_ids):
            audit.record(tx, organization_id, type_, an_api_access_token(token), by)


def _tell_owner(tx: Transaction, token: ApiAccessToken, organization: Organization) -> None:
    owner = organizations.find_user(tx, token.user_id)
    removed = (organization.slug,)
    notice = NewNotice(Reason.ORGANIZATION_REMOVED, owner.email, token.uuid, removed, None)
    notices.send(tx, [notice])


def _require_member(tx: Transaction, user: User, wanted: Iterable[Organization]) -> None:
    for organization in wanted:
        if not organizations_store.is_member(tx, organization, user):
            msg = f"{user.email} is not a member of {organization.slug}"
            raise InvalidInputError(msg)


def _require_not_removed(
    tx: Transaction, token: ApiAccessToken, wanted: Iterable[Organization]
) -> None:
    gone = store.removed(tx, token)
    for organization in wanted:
        if organization.id in gone:
            msg = f"{organization.slug} removed itself from this token and can't be added again"
            raise InvalidInputError(msg)
