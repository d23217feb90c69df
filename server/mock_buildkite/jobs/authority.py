"""Whose call it is that a job's commands send, and what it may reach.

A job token opens its own job, and the meta-data, annotations and artifacts of every job in the same
cluster. Where there are no job tokens, the session token of the agent stands for the job that the
agent works on, and reaches that one only.

Source: pages/agent/self_hosted/tokens.md of Buildkite's documentation.
"""

from mock_buildkite import credentials
from mock_buildkite.agents import sessions
from mock_buildkite.agents import store as agents
from mock_buildkite.agents.model import Session
from mock_buildkite.builds import store as builds
from mock_buildkite.credentials import Credential
from mock_buildkite.errors import (
    AuthenticationError,
    InvalidStateError,
    NotFoundError,
    PermissionDeniedError,
)
from mock_buildkite.jobs import store
from mock_buildkite.jobs.lifecycle import AT_WORK
from mock_buildkite.jobs.model import Authority, ReachedJob
from mock_buildkite.jobs.releases import knows_job_tokens
from mock_buildkite.settings import TokenEra
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import World


def has_job_tokens(world: World, version: str) -> bool:
    """Whether an agent of that version is given job tokens in a world."""
    return world.settings.token_era is not TokenEra.OLDER and knows_job_tokens(version)


def authenticate(tx: Transaction, world: World, credential: Credential | None) -> Authority:
    """The job in whose name a call comes.

    Raises:
        AuthenticationError: no token, one of another kind, or of a job or session that is over.
        InvalidStateError: the session of an agent that works on no job.
    """
    credential = credentials.require(credential, credentials.TOKEN)
    authority = store.find_authority(tx, credential.digest)
    if authority is None:
        return _of_session(tx, world, credential)
    if _is_expired(tx, authority):
        raise AuthenticationError
    return authority


def authenticate_own(
    tx: Transaction, world: World, credential: Credential | None, uuid: str
) -> Authority:
    """The same for a call that only a job itself may send: about that job, and no other.

    Raises:
        AuthenticationError: as `authenticate`.
        PermissionDeniedError: it is about another job that it can see.
        NotFoundError: about one that does not exist for it.
    """
    authority = authenticate(tx, world, credential)
    require_own(tx, authority, uuid)
    return authority


def session_behind(tx: Transaction, credential: Credential | None) -> Session:
    """The agent's session, which is presented itself, or stands behind a job token.

    Raises:
        AuthenticationError: neither.
    """
    credential = credentials.require(credential, credentials.TOKEN)
    authority = store.find_authority(tx, credential.digest)
    if authority is None or _is_expired(tx, authority):
        return sessions.authenticate(tx, credential)
    session = agents.find_session_of(tx, authority.agent_id)
    if session is None:
        raise AuthenticationError
    return session


def require_own(tx: Transaction, authority: Authority, uuid: str) -> None:
    """Refuse a call about another job than its own.

    Raises:
        PermissionDeniedError: it is about another job that the authority can see.
        NotFoundError: about one that does not exist for it.
    """
    if uuid.lower() != authority.job.uuid:
        reach_job(tx, authority, uuid)
        msg = "This access token belongs to another job"
        raise PermissionDeniedError(msg)


def reach_job(tx: Transaction, authority: Authority, uuid: str) -> ReachedJob:
    """A job whose meta-data, annotations or artifacts a call is about.

    Raises:
        PermissionDeniedError: a session token reaches its own agent's job only.
        NotFoundError: there is none in the same cluster.
    """
    uuid = uuid.lower()
    job = authority.job
    if uuid == job.uuid:
        return ReachedJob(job.id, uuid, job.build_id)
    reached = store.find_in_cluster(tx, job.organization_id, job.cluster_id, uuid)
    if reached is None:
        msg = "No job found"
        raise NotFoundError(msg)
    _require_job_token(authority)
    return reached


def reach_build(tx: Transaction, authority: Authority, uuid: str) -> int:
    """The integer key of a build whose meta-data, artifacts or steps a call is about.

    Raises:
        PermissionDeniedError: a session token reaches its own agent's job only.
        NotFoundError: there is none in the same cluster.
    """
    job = authority.job
    number = builds.find_in_cluster(tx, job.organization_id, job.cluster_id, uuid.lower())
    if number is None:
        msg = "No build found"
        raise NotFoundError(msg)
    if number != job.build_id:
        _require_job_token(authority)
    return number


def _is_expired(tx: Transaction, authority: Authority) -> bool:
    expires_at = authority.job.token_expires_at
    return expires_at is not None and tx.now >= expires_at


def _of_session(tx: Transaction, world: World, credential: Credential) -> Authority:
    session = sessions.authenticate(tx, credential)
    if has_job_tokens(world, agents.version_of(tx, session.id)):
        raise AuthenticationError
    authority = store.find_authority_of_agent(tx, session.id)
    if authority is None or authority.job.state not in AT_WORK:
        msg = "This agent works on no job"
        raise InvalidStateError(msg)
    return authority


def _require_job_token(authority: Authority) -> None:
    if authority.is_of_session:
        msg = "This access token belongs to an agent that works on another job"
        raise PermissionDeniedError(msg)
