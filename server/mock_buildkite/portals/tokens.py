"""Portal tokens: whom one lets run what, making and removing them.

Source: pages/apis/graphql/portals of Buildkite's documentation.
"""

from datetime import datetime

from msgspec import Struct

from mock_buildkite import credentials, ip_addresses
from mock_buildkite.access_tokens.model import Caller
from mock_buildkite.audit.model import EventType, Performer
from mock_buildkite.credentials import Credential
from mock_buildkite.errors import (
    AuthenticationError,
    NotFoundError,
    PermissionDeniedError,
)
from mock_buildkite.organizations import service as organizations
from mock_buildkite.organizations.model import Organization, Role
from mock_buildkite.portals import auditing, store, token_store
from mock_buildkite.portals.model import (
    Portal,
    PortalToken,
    PortalTokenKind,
)
from mock_buildkite.storage.database import Transaction
from mock_buildkite.token_forms import minting, values
from mock_buildkite.world import World

list_of = token_store.list_tokens

_ADVICE = ": no portal token with this value opens this portal"


class Door(Struct, frozen=True):
    """A portal that was asked for by name, from somewhere."""

    organization: Organization
    portal: Portal
    address: str

    def require_address(self) -> None:
        """Refuse addresses that the portal does not allow.

        Raises:
            PermissionDeniedError: this is one.
        """
        allowed = self.portal.allowed_ip_addresses
        if allowed is not None and not ip_addresses.allows(allowed, self.address):
            # Unverified: with which status and words Buildkite refuses an address.
            msg = f"This portal can't be used from the IP address {self.address}"
            raise PermissionDeniedError(msg)


class Authorized(Struct, frozen=True):
    """Somebody who may run a portal's operations, and as whom they run."""

    organization: Organization
    portal: Portal
    caller: Caller


class Minted(Struct, frozen=True):
    """A token just made, and its value, which no later answer has."""

    portal_token: PortalToken
    value: str


def find_door(tx: Transaction, organization_slug: str, slug: str, address: str) -> Door | None:
    """The portal that a path names."""
    organization = organizations.find_by_slug(tx, organization_slug)
    portal = None if organization is None else store.find_by_slug(tx, organization, slug)
    if organization is None or portal is None:
        return None
    return Door(organization, portal, address)


def authenticate(
    tx: Transaction, credential: Credential | None, organization_slug: str, slug: str
) -> Authorized:
    """Who runs operations of the portal that a path names.

    Raises:
        AuthenticationError: no portal token was given, or none that opens that portal; the message
            is the same for all.
        PermissionDeniedError: not from this address.
    """
    credential = credentials.require(credential, credentials.BEARER)
    token = token_store.find_token_by_digest(tx, credential.digest)
    door = find_door(tx, organization_slug, slug, credential.address)
    if token is None or door is None or token.portal_id != door.portal.id:
        raise AuthenticationError(_ADVICE)
    if not token.is_usable(tx.now):
        raise AuthenticationError(_ADVICE)
    door.require_address()
    return Authorized(door.organization, door.portal, _caller(tx, door, token))


def create_service_token(tx: Transaction, world: World, portal: Portal, by: Performer) -> Minted:
    """One service token more."""
    return mint(tx, world, portal, PortalTokenKind.SERVICE, by)


def remove(tx: Transaction, portal: Portal, uuid: str, by: Performer) -> None:
    """Have a token of a portal open nothing any more.

    Raises:
        NotFoundError: the portal has none of that UUID.
    """
    for token in token_store.list_tokens(tx, portal):
        if token.uuid == uuid:
            auditing.record_token(tx, portal, token, EventType.PORTAL_TOKEN_DELETED, by)
            token_store.remove_token(tx, token)
            return
    msg = "No portal token found"
    raise NotFoundError(msg)


def _caller(tx: Transaction, door: Door, token: PortalToken) -> Caller:
    """As whom a token acts: as its user, or with an administrator's rights, here and nowhere else.

    Unverified: whose name stands under what the latter do. Here it is the portal's maker's.
    """
    organization = door.organization
    if token.user_id is None:
        maker = organizations.find_user(tx, door.portal.created_by)
        return Caller(maker, {organization.id: Role.ADMIN})
    user = organizations.find_user(tx, token.user_id)
    role = organizations.role_of(tx, organization, user)
    if role is None or not door.portal.user_invokable:
        raise AuthenticationError(_ADVICE)
    return Caller(user, {organization.id: role})


def mint(  # noqa: PLR0913 - one argument for each thing that differs
    tx: Transaction,
    world: World,
    portal: Portal,
    kind: PortalTokenKind,
    by: Performer,
    *,
    expires_at: datetime | None = None,
    user_id: int | None = None,
) -> Minted:
    """A new token of a portal, without asking who wants it."""
    value = minting.portal_token(world.ids, portal.organization_id)
    token = token_store.insert_token(
        tx,
        portal,
        kind,
        uuid=world.ids.uuid(),
        digest=values.digest(value),
        expires_at=expires_at,
        user_id=user_id,
    )
    auditing.record_token(tx, portal, token, EventType.PORTAL_TOKEN_CREATED, by)
    return Minted(token, value)
