"""Clusters and their maintainers."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from mock_buildkite import node_ids
from mock_buildkite.clusters import maintainers
from mock_buildkite.clusters import service as clusters
from mock_buildkite.clusters.model import Cluster, Maintainer, NewCluster
from mock_buildkite.errors import InvalidInputError, NotImplementedHereError
from mock_buildkite.organizations import service as organizations
from mock_buildkite.queues import service as queues
from mock_buildkite.rest_api.calls import OrganizationCall
from mock_buildkite.rest_api.wire.moments import spelled
from mock_buildkite.rest_api.wire.users import reference


class MaintainerBody(msgspec.Struct):
    """Who is to be a maintainer: a user or a team, by UUID."""

    user: str | None = None
    team: str | None = None


class NewClusterBody(msgspec.Struct):
    """The body that makes a cluster."""

    name: str | None = None
    description: str | None = None
    emoji: str | None = None
    color: str | None = None
    maintainers: list[MaintainerBody] | None = None


class ClusterBody(msgspec.Struct):
    """The body that changes a cluster: what is not in it stays."""

    name: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    emoji: str | UnsetType | None = UNSET
    color: str | UnsetType | None = UNSET
    default_queue_id: str | UnsetType | None = UNSET
    hosted_git_mirror_enabled: bool | UnsetType = UNSET
    hosted_container_cache_enabled: bool | UnsetType = UNSET


def new_cluster(body: NewClusterBody) -> NewCluster:
    """The cluster that is asked for."""
    return NewCluster(body.name or "", body.description, body.emoji, body.color)


def changed(present: Cluster, body: ClusterBody) -> Cluster:
    """A cluster as it is wanted, but for its default queue."""
    given = {
        name: value
        for name, value in msgspec.structs.asdict(body).items()
        if value is not UNSET and name != "default_queue_id"
    }
    if given.get("name", "") is None:
        given["name"] = ""
    return replace(present, **given)


def user_uuid(body: MaintainerBody) -> str:
    """The user who is to be a maintainer.

    Raises:
        InvalidInputError: it is not exactly one user or team.
        NotImplementedHereError: it is a team.
    """
    if bool(body.user) is bool(body.team):
        msg = "Exactly one of user and team must be given"
        raise InvalidInputError(msg)
    if not body.user:
        name = "teams"
        raise NotImplementedHereError(name)
    return body.user


def cluster(call: OrganizationCall, shown: Cluster) -> dict[str, Any]:
    """A cluster. Whether caches are on is for those who manage it."""
    organization, default_queue_id = call.organization, shown.default_queue_id
    url = address(call, shown)
    queue = None if default_queue_id is None else queues.find(call.tx, default_queue_id).uuid
    users = [maintainer(call, each) for each in maintainers.list_of(call.tx, shown)]
    return {
        "id": shown.uuid,
        "graphql_id": node_ids.encode("Cluster", shown.uuid),
        "default_queue_id": queue,
        "name": shown.name,
        "description": shown.description,
        "emoji": shown.emoji,
        "color": shown.color,
        "maintainers": {"users": users, "teams": []},
        "url": url,
        "web_url": call.links.web("organizations", organization.slug, "clusters", shown.uuid),
        "queues_url": f"{url}/queues",
        "default_queue_url": None if queue is None else f"{url}/queues/{queue}",
        "created_at": spelled(shown.created_at),
        "created_by": reference(call.tx, shown.created_by),
        **(_caches(shown) if clusters.is_maintainer(call.tx, call.caller, shown) else {}),
    }


def _caches(shown: Cluster) -> dict[str, bool]:
    return {
        "hosted_git_mirror_enabled": shown.hosted_git_mirror_enabled,
        "hosted_container_cache_enabled": shown.hosted_container_cache_enabled,
    }


def maintainer(call: OrganizationCall, shown: Maintainer) -> dict[str, Any]:
    """A maintainer: an assignment with an id of its own, and the user it is for."""
    user = organizations.find_user(call.tx, shown.user_id)
    return {
        "id": shown.uuid,
        "actor": {
            "id": user.uuid,
            "graphql_id": node_ids.encode("User", user.uuid),
            "name": user.name,
            "email": user.email,
            "type": "user",
        },
    }


def address(call: OrganizationCall, shown: Cluster, *more: object) -> str:
    """Where a cluster is, or something under it."""
    return call.links.organization(call.organization, "clusters", shown.uuid, *more)
