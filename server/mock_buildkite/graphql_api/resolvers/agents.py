"""Agents."""

from datetime import datetime

from ariadne import MutationType, QueryType

from mock_buildkite import node_ids
from mock_buildkite.agent_tokens import service as agent_tokens
from mock_buildkite.agents import service as agents
from mock_buildkite.agents.model import Agent, Stop
from mock_buildkite.graphql_api.context import Info, Input, Payload
from mock_buildkite.graphql_api.fields import node_type, payload_of, permission, user
from mock_buildkite.organizations import service as organizations
from mock_buildkite.organizations.model import Organization, User
from mock_buildkite.queues import service as queues
from mock_buildkite.queues.model import Queue

query = QueryType()
mutation = MutationType()
agent = node_type("Agent")

_OPERATING_SYSTEMS = {
    "linux": "Linux",
    "darwin": "macOS",
    "windows": "Windows",
    "freebsd": "FreeBSD",
    "openbsd": "OpenBSD",
    "netbsd": "NetBSD",
    "dragonfly": "DragonFly BSD",
}


@query.field("agent")
def resolve_agent(_source: object, info: Info, *, slug: str) -> Agent | None:
    """An agent by `organization/uuid`, in whatever state."""
    organization_slug, _, uuid = slug.partition("/")
    tx, caller = info.context.tx, info.context.caller
    organization = organizations.find_visible(tx, caller, slug=organization_slug)
    found = agents.find_visible(tx, caller, uuid)
    if organization is None or found is None or found.organization_id != organization.id:
        return None
    return found


@agent.field("organization")
def resolve_organization(source: Agent, info: Info) -> Organization:
    """Whose it is."""
    return organizations.find(info.context.tx, source.organization_id)


def _bind_text(field: str, attribute: str) -> None:
    """Bind a text that a registration may lack: kept as empty, shown as null."""

    def resolve(source: Agent, _info: Info) -> str | None:
        text: str = getattr(source, attribute)
        return text or None

    agent.set_field(field, resolve)


for _field, _attribute in {
    "hostname": "hostname",
    "ipAddress": "ip_address",
    "pid": "pid",
    "userAgent": "user_agent",
    "version": "version",
}.items():
    _bind_text(_field, _attribute)


@agent.field("clusterQueue")
def resolve_cluster_queue(source: Agent, info: Info) -> Queue | None:
    """Where it works, in a cluster."""
    return None if source.queue_id is None else queues.find(info.context.tx, source.queue_id)


@agent.field("connectionState")
def resolve_connection_state(source: Agent, _info: Info) -> str:
    """Its state, in Buildkite's words."""
    return source.connection_state.value


@agent.field("isRunningJob")
def resolve_is_running_job(source: Agent, _info: Info) -> bool:
    """Whether it works on a job."""
    return agents.is_running_job(source)


@agent.field("metaData")
def resolve_meta_data(source: Agent, _info: Info) -> tuple[str, ...]:
    """Its tags."""
    return source.tags


@agent.field("operatingSystem")
def resolve_operating_system(source: Agent, _info: Info) -> dict[str, str] | None:
    """What it runs on, by the name that people use."""
    if source.os_id in _OPERATING_SYSTEMS:
        return {"name": _OPERATING_SYSTEMS[source.os_id]}
    return {"name": source.os.splitlines()[0]} if source.os.strip() else None


@agent.field("public")
def resolve_public(source: Agent, info: Info) -> bool:
    """As its agent token is."""
    return agent_tokens.find(info.context.tx, source.agent_token_id).public


@agent.field("pingedAt")
def resolve_pinged_at(source: Agent, _info: Info) -> datetime | None:
    """Deprecated: the last heartbeat."""
    return source.heartbeat_at


@agent.field("paused")
def resolve_paused(source: Agent, _info: Info) -> bool:
    """Whether it takes no work for now."""
    return source.pause is not None


@agent.field("pausedAt")
def resolve_paused_at(source: Agent, _info: Info) -> datetime | None:
    """Since when."""
    return None if source.pause is None else source.pause.at


@agent.field("pausedBy")
def resolve_paused_by(source: Agent, info: Info) -> User | None:
    """By whom; nobody if it asked for it itself."""
    return None if source.pause is None else user(info, source.pause.by)


@agent.field("pausedNote")
def resolve_paused_note(source: Agent, _info: Info) -> str | None:
    """Why."""
    return None if source.pause is None else source.pause.note


@agent.field("pausedTimeoutInMinutes")
def resolve_paused_timeout(source: Agent, _info: Info) -> int:
    """For how long; 0 when it is not paused."""
    return 0 if source.pause is None else source.pause.timeout_in_minutes


@agent.field("permissions")
def resolve_permissions(source: Agent, info: Info) -> Payload:
    """What the caller may do with it now."""
    may = source.connection_state.is_live and agents.may_manage(
        info.context.tx, info.context.caller, source
    )
    return {
        "agent_stop": permission(allowed=may),
        "agent_pause": permission(allowed=may and source.pause is None),
        "agent_resume": permission(allowed=may and source.pause is not None),
    }


def _bind_stop(prefix: str, stop_of: str) -> None:
    """Bind the `…At` and `…By` fields of one way of being told to stop."""

    def at(source: Agent, _info: Info) -> datetime | None:
        stop: Stop | None = getattr(source, stop_of)
        return None if stop is None else stop.at

    def by(source: Agent, info: Info) -> User | None:
        stop: Stop | None = getattr(source, stop_of)
        return None if stop is None else user(info, stop.by)

    agent.set_field(f"{prefix}At", at)
    agent.set_field(f"{prefix}By", by)


_bind_stop("stopForced", "stop_forced")
_bind_stop("stoppedGracefully", "stopped_gracefully")
_bind_stop("stopped", "first_stop")

for _name in ("isDeprecated", "versionHasKnownIssues"):  # no version is judged
    agent.set_field(_name, lambda _source, _info: False)


@payload_of(mutation, "agentStop")
def stop(info: Info, given: Input) -> Payload:
    """Tell one to stop, after its job unless `graceful` is false."""
    graceful = given.get("graceful") is not False
    stopped = agents.stop(
        info.context.tx,
        info.context.world,
        info.context.caller,
        _uuid(given["id"]),
        graceful=graceful,
    )
    return {"agent": stopped}


@payload_of(mutation, "agentPause")
def pause(info: Info, given: Input) -> Payload:
    """Have one take no work for a while."""
    paused = agents.pause(
        info.context.tx,
        info.context.world,
        info.context.caller,
        _uuid(given["id"]),
        note=given.get("note"),
        timeout_in_minutes=given.get("timeout_in_minutes"),
    )
    return {"agent": paused}


@payload_of(mutation, "agentResume")
def resume(info: Info, given: Input) -> Payload:
    """End a pause."""
    return {
        "agent": agents.resume(
            info.context.tx, info.context.world, info.context.caller, _uuid(given["id"])
        )
    }


def _uuid(node_id: str) -> str:
    return node_ids.uuid_of(node_id, "Agent") or ""


bindables = [query, mutation, agent]
