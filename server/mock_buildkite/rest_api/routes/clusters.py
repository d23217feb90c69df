"""Clusters and their maintainers."""

from msgspec import UNSET

from mock_buildkite.clusters import deleting, maintainers
from mock_buildkite.clusters import service as clusters
from mock_buildkite.clusters.model import Cluster
from mock_buildkite.queues import service as queues
from mock_buildkite.rest_api.answers import Answer
from mock_buildkite.rest_api.calls import OrganizationCall
from mock_buildkite.rest_api.endpoints import ORGANIZATION, UPDATE, in_organization
from mock_buildkite.rest_api.pagination import page
from mock_buildkite.rest_api.wire import clusters as wire

CLUSTERS = f"{ORGANIZATION}/clusters"
CLUSTER = f"{CLUSTERS}/{{cluster}}"
MAINTAINERS = f"{CLUSTER}/maintainers"
MAINTAINER = f"{MAINTAINERS}/{{maintainer}}"


def cluster_of(call: OrganizationCall) -> Cluster:
    """The cluster that a call's path names.

    Raises:
        NotFoundError: there is none.
    """
    return clusters.require_in(call.tx, call.caller, call.organization, call.path["cluster"])


def list_clusters(call: OrganizationCall) -> Answer:
    """GET those of an organization."""
    found = clusters.list_by_name(call.tx, call.organization)
    return page(call, found, lambda each: wire.cluster(call, each))


def read(call: OrganizationCall) -> object:
    """GET one."""
    return wire.cluster(call, cluster_of(call))


def create(call: OrganizationCall) -> object:
    """POST one, without queues, with maintainers if some are named."""
    wanted = call.body(wire.NewClusterBody)
    new = wire.new_cluster(wanted)
    made = clusters.create(call.tx, call.world, call.caller, call.organization, new)
    for each in wanted.maintainers or ():
        _add(call, made, each)
    return wire.cluster(call, made)


def update(call: OrganizationCall) -> object:
    """PUT what is to change of one."""
    cluster, wanted = cluster_of(call), call.body(wire.ClusterBody)
    updated = clusters.update(call.tx, call.caller, cluster, wire.changed(cluster, wanted))
    if wanted.default_queue_id is not UNSET:
        updated = queues.choose_default(
            call.tx, call.caller, updated, wanted.default_queue_id or None
        )
    return wire.cluster(call, updated)


def delete(call: OrganizationCall) -> None:
    """DELETE one, with its queues and agent tokens."""
    deleting.delete_cluster(call.tx, call.caller, cluster_of(call))


def list_maintainers(call: OrganizationCall) -> Answer:
    """GET the maintainers of a cluster."""
    found = maintainers.list_of(call.tx, cluster_of(call))
    return page(call, found, lambda each: wire.maintainer(call, each))


def read_maintainer(call: OrganizationCall) -> object:
    """GET one maintainer."""
    found = maintainers.require_in(call.tx, cluster_of(call), call.path["maintainer"])
    return wire.maintainer(call, found)


def add_maintainer(call: OrganizationCall) -> object:
    """POST one maintainer more."""
    return _add(call, cluster_of(call), call.body(wire.MaintainerBody))


def remove_maintainer(call: OrganizationCall) -> None:
    """DELETE a maintainer. The documented address is that of the cluster: a slip."""
    found = maintainers.require_in(call.tx, cluster_of(call), call.path["maintainer"])
    maintainers.remove(call.tx, call.caller, call.organization, found)


def _add(call: OrganizationCall, cluster: Cluster, wanted: wire.MaintainerBody) -> object:
    user = wire.user_uuid(wanted)
    added = maintainers.add(call.tx, call.world, call.caller, call.organization, cluster, user)
    return wire.maintainer(call, added)


ENDPOINTS = [
    in_organization("GET", CLUSTERS, list_clusters, "read_clusters"),
    in_organization("POST", CLUSTERS, create, "write_clusters", status=201),
    in_organization("GET", CLUSTER, read, "read_clusters"),
    in_organization(UPDATE, CLUSTER, update, "write_clusters"),
    in_organization("DELETE", CLUSTER, delete, "write_clusters"),
    in_organization("GET", MAINTAINERS, list_maintainers, "read_clusters"),
    in_organization("POST", MAINTAINERS, add_maintainer, "write_clusters", status=201),
    in_organization("GET", MAINTAINER, read_maintainer, "read_clusters"),
    in_organization("DELETE", MAINTAINER, remove_maintainer, "write_clusters"),
]
