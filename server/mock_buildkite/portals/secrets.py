"""Portal secrets, and the ephemeral portal tokens that are had for them.

Source: pages/apis/graphql/portals/ephemeral_portal_tokens.md of Buildkite's documentation.
"""

from msgspec import Struct

from mock_buildkite.audit.model import EventType, Performer
from mock_buildkite.errors import AuthenticationError, ConflictError, NotFoundError
from mock_buildkite.portals import auditing, token_store, tokens
from mock_buildkite.portals.model import MOST_SECRETS, Portal, PortalSecret, PortalTokenKind, expiry
from mock_buildkite.portals.tokens import Door, Minted
from mock_buildkite.storage.database import Transaction
from mock_buildkite.token_forms import minting, values
from mock_buildkite.world import World

list_of = token_store.list_secrets

_ADVICE = ": this portal has no such client_id and secret"


class MintedSecret(Struct, frozen=True):
    """A secret just made, and its value, which no later answer has."""

    portal_secret: PortalSecret
    value: str


def create(tx: Transaction, world: World, portal: Portal, by: Performer) -> MintedSecret:
    """One portal secret more.

    Raises:
        ConflictError: there are two already.
    """
    if len(token_store.list_secrets(tx, portal)) >= MOST_SECRETS:
        msg = f"A portal can have at most {MOST_SECRETS} secrets: remove one first"
        raise ConflictError(msg)
    value = minting.portal_secret(world.ids, portal.organization_id)
    secret = token_store.insert_secret(tx, portal, world.ids.uuid(), values.digest(value))
    auditing.record_secret(tx, portal, secret, EventType.PORTAL_SECRET_CREATED, by)
    return MintedSecret(secret, value)


def remove(tx: Transaction, portal: Portal, uuid: str, by: Performer) -> None:
    """Have nothing be had for a secret any more; the tokens that were had for it go on.

    Raises:
        NotFoundError: the portal has none of that UUID.
    """
    for secret in token_store.list_secrets(tx, portal):
        if secret.uuid == uuid:
            auditing.record_secret(tx, portal, secret, EventType.PORTAL_SECRET_DELETED, by)
            token_store.remove_secret(tx, secret)
            return
    msg = "No portal secret found"
    raise NotFoundError(msg)


def exchange(
    tx: Transaction,
    world: World,
    door: Door | None,
    *,
    client_id: str,
    secret: str,
    expires_in_minutes: int | None,
) -> Minted:
    """An ephemeral token for a portal's UUID and one of its secrets.

    Raises:
        AuthenticationError: they are not those of this portal.
        InvalidInputError: the token is to live for no time at all.
        PermissionDeniedError: not from this address.
    """
    found = token_store.find_secret_by_digest(tx, values.presented_digest(secret))
    if (
        door is None
        or found is None
        or found.revoked_at is not None
        or found.portal_id != door.portal.id
        or client_id.lower() != door.portal.uuid
    ):
        raise AuthenticationError(_ADVICE)
    door.require_address()
    kind = PortalTokenKind.EPHEMERAL
    expires_at = expiry(kind, expires_in_minutes, tx.now)
    by = auditing.an_exchange(door.address, None)
    return tokens.mint(tx, world, door.portal, kind, by, expires_at=expires_at)
