"""Codes that a user approves, and the one portal token that is had for each.

Source: pages/apis/graphql/portals/user_invoked_portals.md of Buildkite's documentation.
"""

import hmac
from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from mock_buildkite.audit.model import Performer
from mock_buildkite.errors import (
    AuthenticationError,
    InapplicableError,
    InvalidStateError,
    NotFoundError,
    PermissionDeniedError,
)
from mock_buildkite.ids import ALPHANUMERIC
from mock_buildkite.organizations import service as organizations
from mock_buildkite.organizations.model import User
from mock_buildkite.portals import auditing, store, token_store, tokens
from mock_buildkite.portals.model import CODE_LIFE, Portal, PortalCode, PortalTokenKind, expiry
from mock_buildkite.portals.tokens import Door, Minted
from mock_buildkite.storage.database import Transaction
from mock_buildkite.token_forms import values
from mock_buildkite.world import World

_CODE_LENGTH = 24
_SECRET_LENGTH = 48
_ADVICE = ": this portal has no such code and secret, or they have expired or were used"


class AskedCode(Struct, frozen=True):
    """A code just made, with the secret that only the one who asked for it is told."""

    code: str
    secret: str
    expires_at: datetime


def ask(tx: Transaction, world: World, door: Door | None) -> AskedCode:
    """A code for a user to approve. Anybody may ask for one.

    Raises:
        NotFoundError: there is no such portal.
        PermissionDeniedError: users may not invoke it, or not from this address.
    """
    if door is None:
        msg = "No portal found"
        raise NotFoundError(msg)
    door.require_address()
    _require_invokable(door.portal)
    # Unverified: the forms of codes and their secrets, which are nowhere shown.
    code = world.ids.text(ALPHANUMERIC, _CODE_LENGTH)
    secret = world.ids.text(ALPHANUMERIC, _SECRET_LENGTH)
    expires_at = tx.now + CODE_LIFE
    token_store.insert_code(tx, door.portal, values.digest(code), values.digest(secret), expires_at)
    return AskedCode(code, secret, expires_at)


def portal_to_approve(tx: Transaction, code: str) -> Portal:
    """The portal that a code is about, as long as it can be approved.

    Raises:
        NotFoundError: there is no such code.
        InvalidStateError: it has expired, or was approved before.
        PermissionDeniedError: users may not invoke the portal any longer.
    """
    return _waiting(tx, code)[1]


def approve(
    tx: Transaction, code: str, email: str | None, as_user: Callable[[User], Performer]
) -> User:
    """Have a token be made for a code, in the name of a member; of the portal's maker by default.

    `as_user` says from where that member does it.

    Raises:
        NotFoundError: there is no such code.
        InvalidStateError: it has expired, or was approved before.
        PermissionDeniedError: the user is no member, or users may not invoke the portal any longer.
    """
    found, portal = _waiting(tx, code)
    organization = organizations.find(tx, portal.organization_id)
    if email is None:
        email = organizations.find_user(tx, portal.created_by).email
    user = organizations.find_member_by_email(tx, organization, email)
    if user is None:
        msg = f"Only members of {organization.name} can authorize this code"
        raise PermissionDeniedError(msg)
    token_store.approve_code(tx, found, user.id)
    auditing.record_approval(tx, portal, found, as_user(user))
    return user


def exchange(
    tx: Transaction,
    world: World,
    door: Door | None,
    *,
    code: str,
    secret: str,
    expires_in_minutes: int | None,
) -> Minted:
    """The one token of an approved code, which acts as the user who approved it.

    Raises:
        AuthenticationError: code and secret are not those of this portal, or are used up.
        InapplicableError: nobody has approved the code yet.
        InvalidInputError: the token is to live for no time at all.
        PermissionDeniedError: users may not invoke the portal, the user has left, or not from this
            address.
    """
    found = token_store.find_code(tx, values.presented_digest(code))
    if (
        door is None
        or found is None
        or found.portal_id != door.portal.id
        or not hmac.compare_digest(found.secret_digest, values.presented_digest(secret))
        or not found.is_usable(tx.now)
    ):
        raise AuthenticationError(_ADVICE)
    door.require_address()
    _require_invokable(door.portal)
    if found.approved_by is None:
        # Unverified: what those who ask too early are told.
        msg = "This code has not been authorized yet"
        raise InapplicableError(msg)
    user = organizations.find_user(tx, found.approved_by)
    if organizations.role_of(tx, door.organization, user) is None:
        msg = f"Only members of {door.organization.name} can invoke this portal"
        raise PermissionDeniedError(msg)
    kind = PortalTokenKind.USER
    expires_at = expiry(kind, expires_in_minutes, tx.now)
    token_store.redeem_code(tx, found)
    by = auditing.an_exchange(door.address, user)
    return tokens.mint(tx, world, door.portal, kind, by, expires_at=expires_at, user_id=user.id)


def _waiting(tx: Transaction, code: str) -> tuple[PortalCode, Portal]:
    """A code that waits for somebody to approve it, and the portal that it is about."""
    found = token_store.find_code(tx, values.presented_digest(code))
    if found is None:
        msg = "No portal code found"
        raise NotFoundError(msg)
    if not found.is_usable(tx.now) or found.approved_by is not None:
        msg = "This code has expired, or was authorized before"
        raise InvalidStateError(msg)
    portal = store.find(tx, found.portal_id)
    _require_invokable(portal)
    return found, portal


def _require_invokable(portal: Portal) -> None:
    if not portal.user_invokable:
        msg = "This portal can't be invoked by users"
        raise PermissionDeniedError(msg)
