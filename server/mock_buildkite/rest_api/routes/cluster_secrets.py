"""Secrets of clusters: all about them but their values, which come in and never go out."""

from mock_buildkite.cluster_secrets import service as cluster_secrets
from mock_buildkite.cluster_secrets.model import ClusterSecret
from mock_buildkite.clusters.model import Cluster
from mock_buildkite.rest_api.answers import Answer
from mock_buildkite.rest_api.calls import OrganizationCall
from mock_buildkite.rest_api.endpoints import ORGANIZATION, UPDATE, in_organization
from mock_buildkite.rest_api.pagination import page
from mock_buildkite.rest_api.wire import cluster_secrets as wire

SECRETS = f"{ORGANIZATION}/clusters/{{cluster}}/secrets"
SECRET = f"{SECRETS}/{{secret}}"


def list_secrets(call: OrganizationCall) -> Answer:
    """GET a cluster's secrets."""
    cluster = _cluster(call)
    found = cluster_secrets.list_for_cluster(call.tx, cluster)
    return page(call, found, lambda each: wire.cluster_secret(call, cluster, each))


def read(call: OrganizationCall) -> object:
    """GET one."""
    cluster = _cluster(call)
    return wire.cluster_secret(call, cluster, _secret(call, cluster))


def create(call: OrganizationCall) -> object:
    """POST a new one."""
    cluster = _cluster(call)
    new = wire.new_cluster_secret(call)
    created = cluster_secrets.create(call.tx, call.world, call.caller, cluster, new)
    return wire.cluster_secret(call, cluster, created)


def update(call: OrganizationCall) -> object:
    """PUT another description or access policy."""
    cluster = _cluster(call)
    secret, changes = _secret(call, cluster), wire.changes(call)
    updated = cluster_secrets.update(call.tx, call.caller, secret, changes)
    return wire.cluster_secret(call, cluster, updated)


def update_value(call: OrganizationCall) -> object:
    """PUT another value."""
    cluster = _cluster(call)
    secret, value = _secret(call, cluster), wire.value(call)
    updated = cluster_secrets.update_value(call.tx, call.world, call.caller, secret, value)
    return wire.cluster_secret(call, cluster, updated)


def delete(call: OrganizationCall) -> None:
    """DELETE one."""
    cluster_secrets.delete(call.tx, _secret(call, _cluster(call)))


def _cluster(call: OrganizationCall) -> Cluster:
    return cluster_secrets.require_cluster(
        call.tx, call.caller, call.organization, call.path["cluster"]
    )


def _secret(call: OrganizationCall, cluster: Cluster) -> ClusterSecret:
    return cluster_secrets.require_in(call.tx, cluster, call.path["secret"])


# The documentation prints `read_secret_details`, which is in no list of scopes.
ENDPOINTS = [
    in_organization("GET", SECRETS, list_secrets, "read_secrets_details"),
    in_organization("POST", SECRETS, create, "write_secrets", status=201),
    in_organization("GET", SECRET, read, "read_secrets_details"),
    in_organization(UPDATE, SECRET, update, "write_secrets"),
    in_organization(UPDATE, f"{SECRET}/value", update_value, "write_secrets"),
    in_organization("DELETE", SECRET, delete, "write_secrets"),
]
