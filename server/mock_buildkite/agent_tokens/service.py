"""Making, reading, changing and revoking agent tokens; whom one admits."""

from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from mock_buildkite import credentials, ip_addresses
from mock_buildkite.access_tokens.model import Caller
from mock_buildkite.agent_tokens import store
from mock_buildkite.agent_tokens.model import (
    AgentToken,
    DerivedFrom,
    checked_description,
    checked_expiry,
    require_not_revoked,
)
from mock_buildkite.agents import service as agents
from mock_buildkite.audit import service as audit
from mock_buildkite.audit.model import EventType, a_caller, an_agent_token, changed
from mock_buildkite.clock import to_text
from mock_buildkite.clusters import service as clusters
from mock_buildkite.clusters.model import Cluster
from mock_buildkite.credentials import Credential
from mock_buildkite.errors import AuthenticationError, ConflictError, NotFoundError
from mock_buildkite.ids import DerivedIds, Ids
from mock_buildkite.keys import Keys
from mock_buildkite.organizations import service as organizations
from mock_buildkite.organizations.model import Organization
from mock_buildkite.settings import TokenEra
from mock_buildkite.storage.database import Transaction
from mock_buildkite.token_forms import minting, values
from mock_buildkite.world import World

find = store.find

_NOT_FOUND = "No agent token found"
_ADVICE = (
    ": no agent token has this value, or it is revoked or expired."
    " Create an agent token and start the agent with its value"
)
"""For the operator who reads it in the agent's log."""


class Minted(Struct, frozen=True):
    """A token just made, and its value, which no later answer has."""

    agent_token: AgentToken
    value: str


def authenticate(tx: Transaction, credential: Credential | None) -> AgentToken:
    """The agent token presented to the Agent API, if it still admits agents.

    Addresses are not looked at: only registering is restricted by them (`agents.register`).

    Raises:
        AuthenticationError: none, unknown, revoked or expired; the message is the same.
    """
    credential = credentials.require(credential, credentials.TOKEN)
    token = store.find_by_digest(tx, credential.digest)
    if token is None or not token.is_usable(tx.now):
        raise AuthenticationError(_ADVICE)
    return token


def list_unclustered(
    tx: Transaction, caller: Caller, organization: Organization, *, revoked: bool | None
) -> list[AgentToken]:
    """An organization's unclustered tokens, for its administrators."""
    organizations.require_admin(caller, organization, "view its agent tokens")
    return store.list_unclustered(tx, organization, revoked=revoked)


def list_for_cluster(tx: Transaction, caller: Caller, cluster: Cluster) -> list[AgentToken]:
    """A cluster's tokens, for administrators and its maintainers."""
    clusters.require_maintainer(tx, caller, cluster, "view its agent tokens")
    return store.list_for_cluster(tx, cluster)


def require_in(tx: Transaction, caller: Caller, cluster: Cluster, uuid: str) -> AgentToken:
    """A token of this very cluster, not revoked, for somebody who may manage it.

    Raises:
        NotFoundError: there is none.
        PermissionDeniedError: the caller may not see it.
    """
    clusters.require_maintainer(tx, caller, cluster, "view its agent tokens")
    token = store.find_by_uuid(tx, uuid)
    if token is None or token.cluster_id != cluster.id or token.revoked_at is not None:
        raise NotFoundError(_NOT_FOUND)
    return token


def find_visible(
    tx: Transaction, caller: Caller, uuid: str, *, clustered: bool
) -> AgentToken | None:
    """A token for somebody who may manage it; a revoked clustered one is gone.

    Raises:
        PermissionDeniedError: the caller sees the organization but may not see its tokens.
    """
    token = store.find_by_uuid(tx, uuid)
    if token is None or token.is_clustered is not clustered:
        return None
    if clustered and token.revoked_at is not None:
        return None
    organization = organizations.find(tx, token.organization_id)
    if not caller.reaches(organization.id):
        return None
    _require_manager(tx, caller, token, organization, "view this agent token")
    return token


def create_unclustered(
    tx: Transaction,
    world: World,
    caller: Caller,
    organization: Organization,
    *,
    description: str | None,
    public: bool,
) -> Minted:
    """Make an unclustered agent token. Administrators only."""
    organizations.require_admin(caller, organization, "create agent tokens")
    minted = mint(
        tx,
        world,
        world.ids,
        organization.id,
        None,
        description=description,
        public=public,
        created_by=caller.user.id,
    )
    data = {"description": description, "public": public}
    _record(tx, EventType.AGENT_TOKEN_CREATED, minted.agent_token, caller, data)
    return minted


def create_for_cluster(  # noqa: PLR0913 - one argument for each thing that can be chosen
    tx: Transaction,
    world: World,
    caller: Caller,
    cluster: Cluster,
    *,
    description: str | None,
    expires_at: datetime | None,
    allowed_ip_addresses: str | None,
) -> Minted:
    """Make an agent token of a cluster. Administrators and the cluster's maintainers.

    Raises:
        InvalidInputError: no description, too early an expiry, or unreadable addresses.
        PermissionDeniedError: the caller may not manage the cluster.
    """
    clusters.require_maintainer(tx, caller, cluster, "create agent tokens")
    minted = mint(
        tx,
        world,
        world.ids,
        cluster.organization_id,
        cluster.id,
        description=checked_description(description),
        expires_at=checked_expiry(expires_at, tx.now),
        allowed_ip_addresses=allowed_ip_addresses,
        created_by=caller.user.id,
    )
    token = minted.agent_token
    data = {
        "description": token.description,
        "allowed_ip_addresses": token.allowed_ip_addresses,
        "expires_at": None if token.expires_at is None else to_text(token.expires_at),
    }
    _record(tx, EventType.CLUSTER_TOKEN_CREATED, token, caller, data)
    return minted


def update(  # noqa: PLR0913 - one argument for each thing that can be changed
    tx: Transaction,
    world: World,
    caller: Caller,
    organization: Organization,
    uuid: str,
    *,
    description: str | None,
    allowed_ip_addresses: str | None,
) -> AgentToken:
    """Change a clustered token's description and, unless they are None, its allowed addresses.

    Agents that are connected from an address no longer allowed are told to leave.
    """
    token = _clustered(tx, caller, organization, uuid, "update this agent token")
    allowed = token.allowed_ip_addresses
    if allowed_ip_addresses is not None:
        allowed = ip_addresses.checked(allowed_ip_addresses)
    updated = store.update(tx, token, checked_description(description), allowed)
    if allowed != token.allowed_ip_addresses:
        agents.disconnect_outside(tx, world, updated)
    data = changed(token, updated, "description", "allowed_ip_addresses")
    _record(tx, EventType.CLUSTER_TOKEN_UPDATED, updated, caller, data)
    return updated


def revoke_clustered(
    tx: Transaction, caller: Caller, organization: Organization, uuid: str
) -> AgentToken:
    """Revoke a clustered token: no agent registers with it from here on."""
    token = _clustered(tx, caller, organization, uuid, "revoke this agent token")
    _record(tx, EventType.CLUSTER_TOKEN_DELETED, token, caller)
    return store.revoke(tx, token, tx.now, caller.user.id, None)


def revoke_unclustered(tx: Transaction, caller: Caller, uuid: str, reason: str) -> AgentToken:
    """Revoke an unclustered token, with the reason that stays on record.

    Raises:
        InvalidStateError: it was revoked before.
        NotFoundError: there is none for this caller.
    """
    token = find_visible(tx, caller, uuid, clustered=False)
    if token is None:
        raise NotFoundError(_NOT_FOUND)
    require_not_revoked(token)
    _record(tx, EventType.AGENT_TOKEN_REVOKED, token, caller, {"revoked_reason": reason})
    return store.revoke(tx, token, tx.now, caller.user.id, reason)


def mint(  # noqa: PLR0913 - one argument for each thing that can be chosen
    tx: Transaction,
    world: World,
    ids: Ids,
    organization_id: int,
    cluster_id: int | None,
    *,
    description: str | None,
    value: str | None = None,
    derived_from: DerivedFrom | None = None,
    public: bool = False,
    expires_at: datetime | None = None,
    allowed_ip_addresses: str | None = None,
    created_by: int | None = None,
) -> Minted:
    """Draw or take a value and put the token on record, without asking who wants it.

    An unclustered token of the older era gets a value that can be derived again, so that
    administrators can look it up.

    Raises:
        ConflictError: the value is that of another agent token.
    """
    token = AgentToken(
        id=0,
        uuid=ids.uuid(),
        organization_id=organization_id,
        cluster_id=cluster_id,
        derived_from=derived_from,
        description=description,
        public=public,
        allowed_ip_addresses=ip_addresses.checked(allowed_ip_addresses),
        expires_at=expires_at,
        created_by=created_by,
        created_at=tx.now,
        revoked_at=None,
        revoked_by=None,
        revoked_reason=None,
    )
    if value is not None:
        token = replace(token, derived_from=None)
        if store.find_by_digest(tx, values.digest(value)) is not None:
            msg = "Value is already that of another agent token"
            raise ConflictError(msg)
    elif cluster_id is not None:
        value = minting.cluster_agent_token(ids, organization_id)
    else:
        if derived_from is None and world.settings.token_era is TokenEra.OLDER:
            token = replace(token, derived_from=DerivedFrom.REVEAL)
        value = _derived_value(world.keys, token) or minting.unclustered_agent_token(
            ids, organization_id
        )
    return Minted(store.insert(tx, token, values.digest(value)), value)


def revealed_value(tx: Transaction, world: World, token: AgentToken) -> str | None:
    """The value of a live unclustered token, in the era in which administrators could see it.

    None in the current era, and for a value that somebody chose: those are never kept.
    """
    if world.settings.token_era is not TokenEra.OLDER or not token.is_usable(tx.now):
        return None
    value = _derived_value(world.keys, token)
    if value is None or values.digest(value) != store.digest_of(tx, token):
        return None
    return value


def may_manage(tx: Transaction, caller: Caller, token: AgentToken) -> bool:
    """Whether a caller may revoke a token."""
    if token.cluster_id is None:
        return caller.administers(token.organization_id)
    return clusters.is_maintainer(tx, caller, clusters.find(tx, token.cluster_id))


def _record(
    tx: Transaction,
    type_: EventType,
    token: AgentToken,
    caller: Caller,
    data: dict[str, Any] | None = None,
) -> None:
    audit.record(tx, token.organization_id, type_, an_agent_token(token), a_caller(caller), data)


def _derived_value(keys: Keys, token: AgentToken) -> str | None:
    if token.derived_from is None or token.is_clustered:
        return None
    key = keys.seed if token.derived_from is DerivedFrom.SEED else keys.reveal
    ids = DerivedIds(key, f"unclustered agent token {token.uuid}")
    return minting.unclustered_agent_token(ids, token.organization_id)


def _clustered(
    tx: Transaction, caller: Caller, organization: Organization, uuid: str, act: str
) -> AgentToken:
    token = store.find_by_uuid(tx, uuid)
    if (
        token is None
        or not token.is_clustered
        or token.revoked_at is not None
        or token.organization_id != organization.id
    ):
        raise NotFoundError(_NOT_FOUND)
    _require_manager(tx, caller, token, organization, act)
    return token


def _require_manager(
    tx: Transaction, caller: Caller, token: AgentToken, organization: Organization, act: str
) -> None:
    if token.cluster_id is None:
        organizations.require_admin(caller, organization, act)
    else:
        clusters.require_maintainer(tx, caller, clusters.find(tx, token.cluster_id), act)
