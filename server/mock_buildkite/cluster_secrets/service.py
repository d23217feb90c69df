"""Making, changing and deleting secrets, and telling one to a job.

Who may manage a cluster's secrets is asked once, where the cluster is found (`require_cluster`).
"""

from mock_buildkite import encryption
from mock_buildkite.access_tokens.model import Caller
from mock_buildkite.cluster_secrets import policy as policies
from mock_buildkite.cluster_secrets import store
from mock_buildkite.cluster_secrets.model import (
    LARGEST_VALUE_BYTES,
    ClusterSecret,
    NewClusterSecret,
    ReadSecret,
    checked_key,
    checked_value,
)
from mock_buildkite.clusters import service as clusters
from mock_buildkite.clusters.model import Cluster
from mock_buildkite.errors import ConflictError, NotFoundError, PermissionDeniedError
from mock_buildkite.ids import Ids
from mock_buildkite.jobs import surroundings_store
from mock_buildkite.jobs.model import Authority
from mock_buildkite.jobs.surroundings import Surroundings
from mock_buildkite.organizations.model import Organization
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import World

list_for_cluster = store.list_by_key


def require_cluster(
    tx: Transaction, caller: Caller, organization: Organization, uuid: str
) -> Cluster:
    """A cluster whose secrets a caller may see and change.

    Raises:
        NotFoundError: there is none in the organization.
        PermissionDeniedError: the caller neither maintains nor administers it.
    """
    cluster = clusters.require_in(tx, caller, organization, uuid)
    # Unverified: that nobody else may list them. Making and changing them is documented so.
    clusters.require_maintainer(tx, caller, cluster, "manage its secrets")
    return cluster


def require_in(tx: Transaction, cluster: Cluster, uuid: str) -> ClusterSecret:
    """A secret of this very cluster.

    Raises:
        NotFoundError: there is none.
    """
    secret = store.find_by_uuid(tx, cluster.id, uuid)
    if secret is None:
        msg = "No secret found"
        raise NotFoundError(msg)
    return secret


def create(
    tx: Transaction, world: World, caller: Caller, cluster: Cluster, new: NewClusterSecret
) -> ClusterSecret:
    """Make a secret over REST."""
    return add(
        tx,
        world,
        world.ids,
        cluster,
        new,
        largest_value_bytes=LARGEST_VALUE_BYTES,
        created_by=caller.user.id,
    )


def add(  # noqa: PLR0913 - what is chosen, and who chose it
    tx: Transaction,
    world: World,
    ids: Ids,
    cluster: Cluster,
    new: NewClusterSecret,
    *,
    largest_value_bytes: int,
    created_by: int | None,
) -> ClusterSecret:
    """Put a secret on record, without asking who wants it.

    Raises:
        ConflictError: the cluster has one with that key, in whatever case.
        InvalidInputError: the key, the value or the policy is none.
        NotImplementedHereError: the policy has a claim that this server knows nothing of.
    """
    checked_key(new.key)
    value = checked_value(new.value, largest_value_bytes)
    policies.checked(new.policy)
    if store.find_by_key(tx, cluster.id, new.key) is not None:
        msg = "Key has already been taken"
        raise ConflictError(msg)
    uuid = ids.uuid()
    # Sealed with the world's chance even where ids are derived: a nonce must not repeat itself.
    sealed = encryption.encrypt(world.keys.secrets, world.ids, value, uuid)
    return store.insert(tx, uuid, cluster, new, sealed_value=sealed, created_by=created_by)


def update(
    tx: Transaction, caller: Caller, secret: ClusterSecret, changes: dict[str, str | None]
) -> ClusterSecret:
    """Change a secret's `description` and `policy`, those that are named.

    Raises:
        InvalidInputError: the policy is none.
        NotImplementedHereError: it has a claim that this server knows nothing of.
    """
    policies.checked(changes.get("policy"))
    return store.update(tx, secret.id, {**changes}, caller.user.id)


def update_value(
    tx: Transaction, world: World, caller: Caller, secret: ClusterSecret, value: str
) -> ClusterSecret:
    """Give a secret another value. Jobs that read the one before keep what they read.

    Raises:
        InvalidInputError: it is blank, or too large.
    """
    checked_value(value, LARGEST_VALUE_BYTES)
    sealed = encryption.encrypt(world.keys.secrets, world.ids, value, secret.uuid)
    return store.update(tx, secret.id, {"value": sealed}, caller.user.id)


def delete(tx: Transaction, secret: ClusterSecret) -> None:
    """Forget a secret."""
    store.delete(tx, secret.id)


def read(tx: Transaction, world: World, authority: Authority, key: str) -> ReadSecret:
    """Tell a job the value of a secret of its cluster; keys know no case.

    Raises:
        NotFoundError: the cluster has none with that key; outside clusters there are none at all.
        PermissionDeniedError: the secret's policy does not let the job in.
    """
    secret = store.find_by_key(tx, authority.job.cluster_id, key)
    if secret is None:
        msg = f"No secret found with the key {key!r}"
        raise NotFoundError(msg)
    if secret.policy:
        claims = _claims(tx, surroundings_store.find(tx, authority.job.id))
        if not policies.admits(secret.policy, claims):
            # Unverified: the status and the words.
            msg = f"The access policy of the secret {secret.key} does not admit this job"
            raise PermissionDeniedError(msg)
    store.record_read(tx, secret.id)
    sealed = store.sealed_value_of(tx, secret.id)
    value = encryption.decrypt(world.keys.secrets, sealed, secret.uuid)
    return ReadSecret(secret.key, secret.uuid, value)


def _claims(tx: Transaction, around: Surroundings) -> dict[str, str | None]:
    """What a policy can ask about a job."""
    queue = surroundings_store.queue_of(tx, around)
    return {
        "pipeline_id": around.pipeline.uuid,
        "pipeline_slug": around.pipeline.slug,
        "build_source": around.build.source.value,
        "build_branch": around.build.branch,
        "build_creator": None if around.creator is None else around.creator.email,
        "cluster_queue_id": None if queue is None else queue.uuid,
        "cluster_queue_key": None if queue is None else queue.key,
    }
