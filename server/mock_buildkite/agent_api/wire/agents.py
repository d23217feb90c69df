"""What agents, and those who count them, send and are told.

Source: buildkite/agent api/*.go, the client's side of the same shapes.
"""

from typing import Annotated, Any

import msgspec

from mock_buildkite.agent_tokens.model import AgentToken
from mock_buildkite.agents.model import Action, Instruction, Registration
from mock_buildkite.agents.service import Registered
from mock_buildkite.bodies import decode
from mock_buildkite.clock import to_text
from mock_buildkite.clusters.model import Cluster
from mock_buildkite.errors import InvalidInputError
from mock_buildkite.metrics import Metrics, QueueCounts
from mock_buildkite.organizations.model import Organization
from mock_buildkite.settings import Settings
from mock_buildkite.storage.database import Transaction

LARGEST_INTEGER = 2**63 - 1


class RegisterBody(msgspec.Struct):
    """The body of `POST register`. Fields it does not know are passed over."""

    name: str = ""
    hostname: str = ""
    os: str = ""
    arch: str = ""
    version: str = ""
    build: str = ""
    priority: str | int | None = None
    meta_data: list[str] | None = None
    features: list[str] | None = None
    pid: Annotated[int, msgspec.Meta(ge=-LARGEST_INTEGER, le=LARGEST_INTEGER)] = 0
    machine_id: str = ""
    script_eval_enabled: bool = True
    ignore_in_dispatches: bool = False


class HeartbeatBody(msgspec.Struct):
    """The body of `POST heartbeat`."""

    sent_at: str | None = None


class StopBody(msgspec.Struct):
    """The body of `POST stop`."""

    force: bool = False


class PauseBody(msgspec.Struct):
    """The body of `POST pause`."""

    note: str | None = None
    timeout_in_minutes: int = 0


def registration(body: bytes, user_agent: str) -> Registration:
    """What an agent says of itself.

    Raises:
        MalformedBodyError: the body is not JSON.
        InvalidInputError: a field has the wrong type, or a NUL character.
    """
    read = decode(body, RegisterBody)
    texts = [read.os, read.arch, read.version, read.build, read.machine_id, user_agent]
    for text in [*texts, *(read.features or [])]:
        if "\0" in text:
            msg = "Text can't have NUL characters"
            raise InvalidInputError(msg)
    return Registration(
        name=read.name,
        hostname=read.hostname,
        os=read.os,
        arch=read.arch,
        version=read.version,
        build=read.build,
        user_agent=user_agent,
        pid=str(read.pid or ""),
        machine_id=read.machine_id,
        priority="" if read.priority is None else str(read.priority),
        tags=read.meta_data or [],
        features=read.features or [],
        script_eval_enabled=read.script_eval_enabled,
        ignore_in_dispatches=read.ignore_in_dispatches,
    )


def registered(agent: Registered, settings: Settings) -> dict[str, Any]:
    """The answer to a registration. No `endpoint`: the agent stays where it came to."""
    return {
        "id": agent.uuid,
        "name": agent.name,
        "access_token": agent.session_token,
        "ping_interval": settings.ping_interval_seconds,
        "heartbeat_interval": settings.heartbeat_interval_seconds,
        "job_status_interval": settings.job_status_interval_seconds,
        "meta_data": agent.tags,
    }


def instruction(told: Instruction) -> dict[str, Any]:
    """The answer to a ping; nothing to do is an empty object."""
    if told.action is Action.IDLE:
        return {}
    if told.action is Action.JOB:
        return {"action": Action.IDLE.value, "job": {"id": told.job_uuid}}
    return {"action": told.action.value, "message": told.message}


def heartbeat(body: HeartbeatBody, tx: Transaction) -> dict[str, Any]:
    """The answer to a heartbeat."""
    return {"sent_at": body.sent_at, "received_at": to_text(tx.now)}


def identity(
    token: AgentToken, organization: Organization, cluster: Cluster | None
) -> dict[str, str]:
    """What an agent token is told of itself. All are strings, empty where there is nothing."""
    return {
        "uuid": token.uuid,
        "description": token.description or "",
        "token_type": "cluster" if token.is_clustered else "unclustered",  # Unverified: the words
        "organization_slug": organization.slug,
        "organization_uuid": organization.uuid,
        "cluster_uuid": "" if cluster is None else cluster.uuid,
        "cluster_name": "" if cluster is None else cluster.name,
        "organization_queue_uuid": "",
        "organization_queue_key": "",
    }


def metrics(counted: Metrics) -> dict[str, Any]:
    """Everything an agent token can count."""
    spelled = {key: _counts(counts) for key, counts in counted.queues.items()}
    everywhere = _counts(counted.everywhere)
    for what, counts in everywhere.items():
        counts["queues"] = {key: each[what] for key, each in spelled.items()}
    return {**everywhere, **_owner(counted)}


def queue_metrics(counted: Metrics, key: str) -> dict[str, Any]:
    """The same for one queue."""
    return {**_counts(counted.queues.get(key, QueueCounts())), **_owner(counted)}


def _counts(counts: QueueCounts) -> dict[str, dict[str, Any]]:
    agents, jobs = counts.agents, counts.jobs
    return {
        "agents": {"idle": agents.idle, "busy": agents.busy, "total": agents.total},
        "jobs": {
            "scheduled": jobs.scheduled,
            "running": jobs.running,
            "waiting": jobs.waiting,
            "total": jobs.total,
        },
    }


def _owner(counted: Metrics) -> dict[str, Any]:
    owner: dict[str, Any] = {"organization": {"slug": counted.organization_slug}}
    if counted.cluster_name is not None:
        owner["cluster"] = {"name": counted.cluster_name}
    return owner
