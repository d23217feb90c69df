"""Secrets of clusters.

Source: pages/apis/rest_api/clusters/secrets.md of Buildkite's documentation; `graphql_id` is in
cluster_secrets.go of buildkite/go-buildkite.
"""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from mock_buildkite import node_ids
from mock_buildkite.cluster_secrets.model import ClusterSecret, NewClusterSecret
from mock_buildkite.clusters.model import Cluster
from mock_buildkite.errors import InvalidStateError
from mock_buildkite.organizations import service as organizations
from mock_buildkite.rest_api.calls import OrganizationCall
from mock_buildkite.rest_api.wire.moments import spelled


class CreateBody(msgspec.Struct):
    """The body that makes a secret."""

    key: str | None = None
    value: str | None = None
    description: str | None = None
    policy: str | None = None


class UpdateBody(msgspec.Struct):
    """The body that changes all about a secret but its value."""

    key: Any = UNSET
    value: Any = UNSET
    description: str | UnsetType | None = UNSET
    policy: str | UnsetType | None = UNSET


class ValueBody(msgspec.Struct):
    """The body that gives a secret another value."""

    value: str | None = None


def new_cluster_secret(call: OrganizationCall) -> NewClusterSecret:
    """What is chosen about a new secret."""
    body = call.body(CreateBody)
    return NewClusterSecret(body.key or "", body.value or "", body.description, body.policy)


def changes(call: OrganizationCall) -> dict[str, str | None]:
    """The columns that somebody wants changed.

    Raises:
        InvalidStateError: the key or the value are among them.
    """
    body = call.body(UpdateBody)
    # Unverified: the status. The words are documented, without any before them.
    if body.key is not UNSET:
        msg = "The key parameter cannot be updated."
        raise InvalidStateError(msg)
    if body.value is not UNSET:
        msg = "The value parameter cannot be updated on this endpoint."
        raise InvalidStateError(msg)
    wanted = {"description": body.description, "policy": body.policy}
    return {name: text for name, text in wanted.items() if not isinstance(text, UnsetType)}


def value(call: OrganizationCall) -> str:
    """A secret's new value."""
    return call.body(ValueBody).value or ""


def cluster_secret(
    call: OrganizationCall, cluster: Cluster, shown: ClusterSecret
) -> dict[str, Any]:
    """A secret, but for its value."""
    organization, links = call.organization, call.links
    return {
        "id": shown.uuid,
        "graphql_id": node_ids.encode("ClusterSecret", shown.uuid),
        "key": shown.key,
        "description": shown.description,
        "policy": shown.policy,
        "url": links.organization(organization, "clusters", cluster.uuid, "secrets", shown.uuid),
        "cluster_url": links.organization(organization, "clusters", cluster.uuid),
        "created_at": spelled(shown.created_at),
        "created_by": _user(call, shown.created_by),
        "updated_at": spelled(shown.updated_at),
        "updated_by": _user(call, shown.updated_by),
        "last_read_at": spelled(shown.last_read_at),
        "organization": {
            "id": organization.uuid,
            "slug": organization.slug,
            "url": links.organization(organization),
            "web_url": links.web(organization.slug),
        },
    }


def _user(call: OrganizationCall, number: int | None) -> dict[str, str] | None:
    """Whoever did something, in fewer words than elsewhere; None for a seed."""
    if number is None:
        return None
    user = organizations.find_user(call.tx, number)
    return {"id": user.uuid, "name": user.name, "email": user.email}
