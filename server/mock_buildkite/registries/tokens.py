"""What opens package registries: registry and temporary tokens, API access and OIDC tokens.

The first two are signed, and never stored. A registry token is on record by its UUID, which its
value names; a temporary one is on no record at all: what its value names in that place is derived
from what it is for. An OIDC token is a job's, and opens what the registry's policy says.

Source: pages/package_registries/registries/manage.md and pages/package_registries/security/oidc.md
of Buildkite's documentation.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from msgspec import Struct

from mock_buildkite.access_tokens import service as access_tokens
from mock_buildkite.access_tokens.model import Caller
from mock_buildkite.audit import service as audit
from mock_buildkite.audit.model import EventType, Subject, SubjectType, a_caller
from mock_buildkite.credentials import Credential
from mock_buildkite.errors import (
    AuthenticationError,
    InvalidStateError,
    NotFoundError,
    NothingPresentedError,
    PermissionDeniedError,
)
from mock_buildkite.ids import DerivedIds
from mock_buildkite.organizations import service as organizations
from mock_buildkite.organizations.model import Organization
from mock_buildkite.registries import policy, store
from mock_buildkite.registries.model import (
    TEMPORARY_LIFE,
    Registry,
    RegistryToken,
    Use,
    checked_description,
)
from mock_buildkite.storage.database import Transaction
from mock_buildkite.token_forms import decoding, minting
from mock_buildkite.world import World

list_of = store.list_tokens

SCOPES = {Use.PUBLISH: "write_packages", Use.INSTALL: "read_packages"}
"""What an API access token or an OIDC token needs."""
PACKAGES = "https://packages.buildkite.com"
"""Where Buildkite's registries are, in the audience of tokens for them."""
ISSUER = "https://agent.buildkite.com"
"""What policies call the one that signs the tokens of jobs: here, this server."""


@dataclass(frozen=True, slots=True)
class Presented:
    """A credential of a package tool: with its value, since a signature can only be checked."""

    value: str = field(repr=False)
    credential: Credential
    """The same as another API would see it."""
    base_url: str
    """The address of the server that it was presented to."""
    claims: Mapping[str, Any] | None = field(default=None, repr=False)
    """What it says, if it is an OIDC token that this server has signed."""


class Minted(Struct, frozen=True):
    """A token just made, and its value, which no later answer has."""

    registry_token: RegistryToken
    value: str


class Temporary(Struct, frozen=True):
    """A token that is on no record."""

    value: str
    expires_at: datetime


class Signed(Struct, frozen=True):
    """What a value that this world has signed stands for."""

    registry: Registry
    registry_token: RegistryToken | None
    """None for a temporary token."""
    use: Use
    """What it is for."""
    is_usable: bool
    """Whether it opens anything: not deleted, not expired."""
    expires_at: datetime | None


def create(
    tx: Transaction, world: World, caller: Caller, registry: Registry, description: str | None
) -> Minted:
    """Make a registry token.

    Raises:
        InvalidInputError: it has no description.
        InvalidStateError: the registry is public, and needs none.
    """
    said = checked_description(description)
    if registry.public:
        # Unverified: what REST answers; the page for tokens is hidden while a registry is public.
        msg = "A public registry has no use for registry tokens"
        raise InvalidStateError(msg)
    token = store.insert_token(tx, registry, world.ids.uuid(), said, caller.user.id)
    _record(tx, EventType.REGISTRY_TOKEN_CREATED, registry, token, caller, {"description": said})
    return Minted(token, _value(world, registry, token.uuid, None))


def require_in(tx: Transaction, registry: Registry, uuid: str) -> RegistryToken:
    """A token of this very registry.

    Raises:
        NotFoundError: there is none.
    """
    token = store.find_token_by_uuid(tx, uuid)
    if token is None or token.registry_id != registry.id or token.revoked_at is not None:
        msg = "No registry token found"
        raise NotFoundError(msg)
    return token


def describe(
    tx: Transaction,
    caller: Caller,
    registry: Registry,
    token: RegistryToken,
    description: str | None,
) -> RegistryToken:
    """Change what is said of a token.

    Raises:
        InvalidInputError: that is nothing.
    """
    described = store.describe_token(tx, token, checked_description(description))
    data = {"description": [token.description, described.description]}
    _record(tx, EventType.REGISTRY_TOKEN_UPDATED, registry, described, caller, data)
    return described


def delete(tx: Transaction, caller: Caller, registry: Registry, token: RegistryToken) -> None:
    """Have a token open nothing any more."""
    store.revoke_token(tx, token)
    _record(tx, EventType.REGISTRY_TOKEN_DELETED, registry, token, caller)


def create_temporary(tx: Transaction, world: World, registry: Registry, use: Use) -> Temporary:
    """A token of five minutes, as pages with instructions have them."""
    expires_at = tx.now + TEMPORARY_LIFE
    subject = _temporary_subject(world, registry, use)
    return Temporary(_value(world, registry, subject, expires_at), expires_at)


def find_signed(tx: Transaction, world: World, value: str) -> Signed | None:
    """What a value stands for; None if it was not signed here, or what it stood for is gone."""
    claims = decoding.verified_registry_claims(world.keys.registry_tokens, value)
    registry = None if claims is None else store.find_by_uuid(tx, claims.registry_uuid)
    if claims is None or registry is None:
        return None
    is_over = claims.expires_at is not None and tx.now >= claims.expires_at
    for use in Use:
        if claims.subject_uuid == _temporary_subject(world, registry, use):
            return Signed(registry, None, use, not is_over, claims.expires_at)
    token = store.find_token_by_uuid(tx, claims.subject_uuid)
    if token is None or token.registry_id != registry.id:
        return None
    is_usable = not is_over and token.revoked_at is None
    return Signed(registry, token, Use.INSTALL, is_usable, claims.expires_at)


def admit(
    tx: Transaction,
    world: World,
    presented: Presented | None,
    organization_slug: str,
    slug: str,
    use: Use,
) -> Registry:
    """The registry that a path names, for somebody who may use it so.

    Raises:
        AuthenticationError: nothing was presented, or nothing that opens this registry.
        PermissionDeniedError: it opens it for another use.
        NotFoundError: there is no such registry for whoever calls.
    """
    organization = organizations.find_by_slug(tx, organization_slug)
    registry = None if organization is None else store.find_by_slug(tx, organization, slug)
    if registry is not None and registry.public and use is Use.INSTALL:
        return registry
    if presented is None:
        raise NothingPresentedError
    if presented.claims is not None:
        if organization is None or registry is None:
            raise AuthenticationError
        _admit_job(world, organization, registry, presented.base_url, presented.claims, use)
        return registry
    signed = find_signed(tx, world, presented.value)
    if signed is not None:
        if not signed.is_usable or signed.registry != registry:
            raise AuthenticationError
        if signed.use is not use:
            msg = f"This token is not for this: it is to {signed.use.value}"
            raise PermissionDeniedError(msg)
        return signed.registry
    caller = access_tokens.authenticate(tx, presented.credential)
    access_tokens.require_scope(caller, SCOPES[use])
    if registry is None or not caller.reaches(registry.organization_id):
        msg = "No registry found"
        raise NotFoundError(msg)
    return registry


def _admit_job(
    world: World,
    organization: Organization,
    registry: Registry,
    base_url: str,
    claims: Mapping[str, Any],
    use: Use,
) -> None:
    """Let in whom the registry's policy lets in. The time is the machine's, as it is in the claims.

    Raises:
        AuthenticationError: the token is for something else, not valid now, or meets no statement.
        PermissionDeniedError: the statement that it meets first has not the scope.
    """
    path = f"{organization.slug}/{registry.slug}"
    audiences = {f"{PACKAGES}/{path}", f"{base_url}/packages/{path}"}
    if not policy.is_acceptable(claims, audiences, world.clock.present().now()):
        raise AuthenticationError
    scopes = policy.scopes_of(registry.oidc_policy, {claims["iss"], ISSUER}, claims)
    if scopes is None:
        raise AuthenticationError
    if SCOPES[use] not in scopes:
        msg = f"This OIDC token doesn't have the {SCOPES[use]} scope"
        raise PermissionDeniedError(msg)


def _value(world: World, registry: Registry, subject_uuid: str, expires_at: datetime | None) -> str:
    return minting.registry_token(
        world.keys.registry_tokens,
        subject_uuid=subject_uuid,
        registry_uuid=registry.uuid,
        expires_at=expires_at,
    )


def _temporary_subject(world: World, registry: Registry, use: Use) -> str:
    place = f"temporary token to {use.value} {registry.uuid}"
    return DerivedIds(world.keys.registry_tokens, place).uuid()


def _record(
    tx: Transaction,
    type_: EventType,
    registry: Registry,
    token: RegistryToken,
    caller: Caller,
    data: dict[str, Any] | None = None,
) -> None:
    subject = Subject(SubjectType.REGISTRY_TOKEN, token.uuid, token.description)
    audit.record(tx, registry.organization_id, type_, subject, a_caller(caller), data)
