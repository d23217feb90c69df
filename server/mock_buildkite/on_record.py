"""Whose a value is, and whether it is live: asked of every noun that has tokens.

Only for the author of a test. What opens something is decided by each noun's own `authenticate`.
"""

from datetime import datetime

from msgspec import Struct

from mock_buildkite import signing
from mock_buildkite.access_tokens import store as access_tokens
from mock_buildkite.agent_tokens import store as agent_tokens
from mock_buildkite.agents import store as agents
from mock_buildkite.jobs import store as jobs
from mock_buildkite.organizations import store as organizations
from mock_buildkite.portals import store as portals
from mock_buildkite.portals import token_store as portal_tokens
from mock_buildkite.registries import tokens as registry_tokens
from mock_buildkite.storage.database import Transaction
from mock_buildkite.token_forms import recognising, values
from mock_buildkite.token_forms.kinds import (
    API_ACCESS_TOKEN,
    CLUSTER_AGENT_TOKEN,
    JOB_TOKEN,
    PORTAL_SECRET,
    PORTAL_TOKEN,
    REGISTRY_TOKEN,
    SESSION_TOKEN,
    UNCLUSTERED_AGENT_TOKEN,
    Kind,
)
from mock_buildkite.world import World


class OnRecord(Struct, frozen=True):
    """What a server knows of a value that it minted, or was given."""

    kind: Kind
    uuid: str
    """That of the token; of the agent, the job or the registry for one that has none of its own."""
    name: str | None
    """The token's description, or what the agent, the job or the portal is called."""
    organizations: tuple[str, ...]
    """The slugs of those that it opens something of, or would if it were live."""
    owner: str | None
    """The e-mail address of the user whose it is."""
    is_live: bool
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


def look_up(tx: Transaction, world: World, value: str) -> OnRecord | None:
    """What is known of a value; None if nothing is.

    Its prefix says where to look first, and no more: any kind can have a value of any form.
    """
    recognised = recognising.recognise(value)
    likely = None if recognised is None else _FINDERS.get(recognised.kind)
    for find in dict.fromkeys((likely, *_FINDERS.values())):
        found = None if find is None else find(tx, world, value)
        if found is not None:
            return found
    return None


def _api_access_token(tx: Transaction, _world: World, value: str) -> OnRecord | None:
    token = access_tokens.find_by_digest(tx, values.digest(value))
    if token is None:
        return None
    return OnRecord(
        API_ACCESS_TOKEN,
        token.uuid,
        token.description,
        _slugs(tx, *sorted(access_tokens.reach(tx, token))),
        organizations.find_user(tx, token.user_id).email,
        token.is_usable(tx.now),
        token.expires_at,
        token.revoked_at,
    )


def _agent_token(tx: Transaction, _world: World, value: str) -> OnRecord | None:
    token = agent_tokens.find_by_digest(tx, values.digest(value))
    if token is None:
        return None
    return OnRecord(
        CLUSTER_AGENT_TOKEN if token.is_clustered else UNCLUSTERED_AGENT_TOKEN,
        token.uuid,
        token.description,
        _slugs(tx, token.organization_id),
        None,
        token.is_usable(tx.now),
        token.expires_at,
        token.revoked_at,
    )


def _session_token(tx: Transaction, _world: World, value: str) -> OnRecord | None:
    if not value.startswith(SESSION_TOKEN.prefix):  # nobody chooses the value of one
        return None
    digest = values.digest(value)
    agent = agents.find_by_session_token(tx, digest)
    if agent is None:
        return None
    is_live = agents.find_session(tx, digest) is not None
    slugs = _slugs(tx, agent.organization_id)
    return OnRecord(SESSION_TOKEN, agent.uuid, agent.name, slugs, None, is_live)


def _job_token(tx: Transaction, world: World, value: str) -> OnRecord | None:
    """A job token is known by its signature: of those of ended jobs nothing is kept."""
    if not value.startswith(JOB_TOKEN.prefix):
        return None
    claims = signing.verified_hmac_claims(
        value.removeprefix(JOB_TOKEN.prefix), world.keys.job_tokens
    )
    job = None if claims is None else jobs.find_by_uuid(tx, claims["sub"])
    if claims is None or job is None:
        return None
    authority = jobs.find_authority(tx, values.digest(value))
    expires_at = signing.moment(claims["exp"])
    is_live = authority is not None and tx.now < expires_at
    slugs = _slugs(tx, job.organization_id)
    return OnRecord(JOB_TOKEN, job.uuid, job.name, slugs, None, is_live, expires_at)


def _portal_token(tx: Transaction, _world: World, value: str) -> OnRecord | None:
    if not value.startswith(PORTAL_TOKEN.prefix):
        return None
    token = portal_tokens.find_token_by_digest(tx, values.digest(value))
    if token is None:
        return None
    portal = portals.find(tx, token.portal_id)
    return OnRecord(
        PORTAL_TOKEN,
        token.uuid,
        portal.name,
        _slugs(tx, portal.organization_id),
        None if token.user_id is None else organizations.find_user(tx, token.user_id).email,
        token.is_usable(tx.now),
        token.expires_at,
        token.revoked_at,
    )


def _portal_secret(tx: Transaction, _world: World, value: str) -> OnRecord | None:
    if not value.startswith(PORTAL_SECRET.prefix):
        return None
    secret = portal_tokens.find_secret_by_digest(tx, values.digest(value))
    if secret is None:
        return None
    portal = portals.find(tx, secret.portal_id)
    return OnRecord(
        PORTAL_SECRET,
        secret.uuid,
        portal.name,
        _slugs(tx, portal.organization_id),
        None,
        secret.revoked_at is None,
        None,
        secret.revoked_at,
    )


def _registry_token(tx: Transaction, world: World, value: str) -> OnRecord | None:
    """A registry's token is known by its signature: of temporary ones nothing is kept."""
    signed = registry_tokens.find_signed(tx, world, value)
    if signed is None:
        return None
    registry, token = signed.registry, signed.registry_token
    return OnRecord(
        REGISTRY_TOKEN,
        registry.uuid if token is None else token.uuid,
        registry.name if token is None else token.description,
        _slugs(tx, registry.organization_id),
        None,
        signed.is_usable,
        signed.expires_at,
        None if token is None else token.revoked_at,
    )


_FINDERS = {
    API_ACCESS_TOKEN: _api_access_token,
    CLUSTER_AGENT_TOKEN: _agent_token,
    UNCLUSTERED_AGENT_TOKEN: _agent_token,
    SESSION_TOKEN: _session_token,
    JOB_TOKEN: _job_token,
    PORTAL_TOKEN: _portal_token,
    PORTAL_SECRET: _portal_secret,
    REGISTRY_TOKEN: _registry_token,
}
"""How each kind is looked up; agent tokens of both kinds are one noun."""


def _slugs(tx: Transaction, *numbers: int) -> tuple[str, ...]:
    return tuple(organizations.find(tx, number).slug for number in numbers)
