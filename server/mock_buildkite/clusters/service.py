"""Making and finding clusters, and who may manage one."""

from mock_buildkite.access_tokens.model import Caller
from mock_buildkite.clusters import store
from mock_buildkite.clusters.model import Cluster, NewCluster
from mock_buildkite.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
)
from mock_buildkite.ids import Ids
from mock_buildkite.names import checked_name
from mock_buildkite.organizations import service as organizations
from mock_buildkite.organizations.model import Organization
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import World

find = store.find
list_by_name = store.list_by_name
list_newest_first = store.list_newest_first
set_default_queue = store.set_default_queue


_TAKEN = "Name has already been taken"


def find_visible(tx: Transaction, caller: Caller, uuid: str) -> Cluster | None:
    """A cluster of an organization that the caller sees."""
    cluster = store.find_by_uuid(tx, uuid)
    if cluster is None or not caller.reaches(cluster.organization_id):
        return None
    return cluster


def require_in(tx: Transaction, caller: Caller, organization: Organization, uuid: str) -> Cluster:
    """A cluster of this very organization.

    Raises:
        NotFoundError: there is none.
    """
    cluster = find_visible(tx, caller, uuid)
    if cluster is None or cluster.organization_id != organization.id:
        msg = "No cluster found"
        raise NotFoundError(msg)
    return cluster


def create(
    tx: Transaction, world: World, caller: Caller, organization: Organization, new: NewCluster
) -> Cluster:
    """Make a cluster. Administrators only. It has no queue: only the web page makes some along.

    Source: pages/apis/descriptions/_common_create_cluster_fields.md of Buildkite's documentation.
    """
    organizations.require_admin(caller, organization, "create clusters")
    return add(tx, world.ids, organization, new, caller.user.id)


def add(
    tx: Transaction, ids: Ids, organization: Organization, new: NewCluster, created_by: int | None
) -> Cluster:
    """Put a cluster on record, without asking who wants it.

    Raises:
        ConflictError: the organization has one of that name.
        InvalidInputError: the name is none.
    """
    checked_name(new.name)
    if store.find_by_name(tx, organization.id, new.name) is not None:
        raise ConflictError(_TAKEN)
    return store.insert(tx, organization, ids.uuid(), new, created_by)


def update(tx: Transaction, caller: Caller, cluster: Cluster, wanted: Cluster) -> Cluster:
    """Change what a cluster is called and how it looks. Administrators and its maintainers.

    Raises:
        ConflictError: the organization has another of that name.
        InvalidInputError: the name is none, or a cache is for hosted agents, of which it has none.
    """
    require_maintainer(tx, caller, cluster, "update it")
    checked_name(wanted.name)
    other = store.find_by_name(tx, cluster.organization_id, wanted.name)
    if other is not None and other.id != cluster.id:
        raise ConflictError(_TAKEN)
    is_same_cache = (
        wanted.hosted_git_mirror_enabled == cluster.hosted_git_mirror_enabled
        and wanted.hosted_container_cache_enabled == cluster.hosted_container_cache_enabled
    )
    if not is_same_cache and not store.has_hosted_queue(tx, cluster):
        msg = "Caches of hosted agents can only be changed on a cluster that has a hosted queue"
        raise InvalidInputError(msg)
    return store.update(tx, wanted)


def is_maintainer(tx: Transaction, caller: Caller, cluster: Cluster) -> bool:
    """Whether a caller manages a cluster: as its maintainer, or as an administrator."""
    if not caller.reaches(cluster.organization_id):
        return False
    return caller.administers(cluster.organization_id) or store.is_maintainer(
        tx, cluster, caller.user
    )


def require_maintainer(tx: Transaction, caller: Caller, cluster: Cluster, act: str) -> None:
    """Refuse whoever manages neither the cluster nor its organization.

    Raises:
        PermissionDeniedError: the message says what is refused.
    """
    if not is_maintainer(tx, caller, cluster):
        msg = f"You need to be a maintainer of {cluster.name} to {act}"
        raise PermissionDeniedError(msg)
