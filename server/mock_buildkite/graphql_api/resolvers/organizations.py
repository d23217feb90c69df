"""Organizations."""

from collections.abc import Sequence
from typing import Unpack

from ariadne import QueryType

from mock_buildkite import node_ids
from mock_buildkite.agent_tokens import service as agent_tokens
from mock_buildkite.agent_tokens.model import AgentToken
from mock_buildkite.agents import service as agents
from mock_buildkite.agents.model import Agent
from mock_buildkite.agents.service import Search
from mock_buildkite.clusters import service as clusters
from mock_buildkite.clusters.model import Cluster
from mock_buildkite.errors import InvalidInputError
from mock_buildkite.graphql_api.connections import Connection, Page, connect
from mock_buildkite.graphql_api.context import Info
from mock_buildkite.graphql_api.fields import node_type, permission
from mock_buildkite.organizations import service as organizations
from mock_buildkite.organizations.model import Organization
from mock_buildkite.queues import service as queues

query = QueryType()
organization = node_type("Organization")

_FOR_MEMBERS = (
    "agent_view",
    "organization_member_view",
    "pipeline_create",
    "pipeline_create_without_teams",
    "pipeline_view",
    "suite_view",
    "team_view",
)
_FOR_ADMINISTRATORS = (
    "agent_token_create",
    "agent_token_view",
    "audit_events_view",
    "notification_service_update",
    "organization_billing_update",
    "organization_invitation_create",
    "organization_member_update",
    "organization_member_view_sensitive",
    "organization_update",
    "sso_provider_create",
    "sso_provider_update",
    "team_admin",
    "team_create",
    "team_enabled_change",
)


@query.field("organization")
def resolve_organization(
    _source: object, info: Info, *, slug: str | None = None, uuid: str | None = None
) -> Organization | None:
    """An organization by slug or UUID."""
    if not slug and not uuid:
        msg = "organization needs a slug or a uuid"
        raise InvalidInputError(msg)
    return organizations.find_visible(
        info.context.tx, info.context.caller, slug=slug or None, uuid=uuid
    )


@organization.field("agentTokens")
def resolve_agent_tokens(
    source: Organization,
    info: Info,
    *,
    first: int | None = None,
    last: int | None = None,
    revoked: bool | None = None,
) -> Connection[AgentToken]:
    """The unclustered agent tokens."""
    found = agent_tokens.list_unclustered(
        info.context.tx, info.context.caller, source, revoked=revoked
    )
    return connect(found, first=first, last=last)


@organization.field("agents")
def resolve_agents(  # noqa: PLR0913 - theirs
    source: Organization,
    info: Info,
    *,
    cluster: str | None = None,
    cluster_queue: Sequence[str] | None = None,
    clustered: bool | None = True,
    is_running_job: bool | None = None,
    meta_data: Sequence[str] | None = None,
    paused: bool | None = None,
    search: str | None = None,
    **page: Unpack[Page],
) -> Connection[Agent]:
    """The agents that are there, as far as they pass every filter."""
    wanted = Search(
        cluster_ids=None if not cluster else cluster_ids(info, cluster),
        queue_ids=None if not cluster_queue else queue_ids(info, cluster_queue),
        clustered=False if clustered is False else None,
        is_running_job=is_running_job,
        is_paused=paused,
        tags=frozenset(meta_data or ()),
        text=search or "",
    )
    return connect(agents.search(info.context.tx, source.id, wanted), **page)


@organization.field("cluster")
def resolve_cluster(source: Organization, info: Info, *, id: str) -> Cluster | None:  # noqa: A002 - theirs
    """A cluster by UUID, unlike everywhere else; its global ID is taken too."""
    uuid = node_ids.uuid_of(id, "Cluster") or id
    found = clusters.find_visible(info.context.tx, info.context.caller, uuid)
    return found if found is not None and found.organization_id == source.id else None


@organization.field("clusters")
def resolve_clusters(
    source: Organization, info: Info, *, order: str | None = "NAME", **page: Unpack[Page]
) -> Connection[Cluster]:
    """The clusters."""
    newest_first = order == "RECENTLY_CREATED"
    ordered = clusters.list_newest_first if newest_first else clusters.list_by_name
    return connect(ordered(info.context.tx, source), **page)


@organization.field("permissions")
def resolve_permissions(source: Organization, info: Info) -> dict[str, object]:
    """What the caller may do."""
    is_admin = info.context.caller.administers(source.id)
    names = {**dict.fromkeys(_FOR_MEMBERS, True), **dict.fromkeys(_FOR_ADMINISTRATORS, is_admin)}
    return {name: permission(allowed=allowed) for name, allowed in names.items()}


for _name, _value in {
    "allowedApiIpAddresses": None,
    "iconUrl": None,
    "isTeamsEnabled": False,
    "membersRequireTwoFactorAuthentication": False,
    "public": False,
    "revokeInactiveTokensAfter": None,
}.items():
    organization.set_field(_name, lambda _source, _info, value=_value: value)


def cluster_ids(info: Info, node_id: str) -> frozenset[int]:
    """The cluster that a global ID or, as one client has it, a UUID stands for, if any."""
    uuid = node_ids.uuid_of(node_id, "Cluster") or node_id
    found = clusters.find_visible(info.context.tx, info.context.caller, uuid)
    return frozenset() if found is None else frozenset({found.id})


def queue_ids(info: Info, ids: Sequence[str]) -> frozenset[int]:
    """The queues that global IDs or UUIDs stand for."""
    found = [
        queues.find_visible(
            info.context.tx, info.context.caller, node_ids.uuid_of(each, "ClusterQueue") or each
        )
        for each in ids
    ]
    return frozenset(queue.id for queue in found if queue is not None)


bindables = [query, organization]
