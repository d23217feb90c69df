"""Who manages a cluster beside the administrators of its organization.

Teams can be maintainers too at Buildkite; there are none here.
"""

from mock_buildkite.access_tokens.model import Caller
from mock_buildkite.clusters import store
from mock_buildkite.clusters.model import Cluster, Maintainer
from mock_buildkite.errors import ConflictError, InvalidInputError, NotFoundError
from mock_buildkite.organizations import service as organizations
from mock_buildkite.organizations.model import Organization
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import World

list_of = store.list_maintainers


def require_in(tx: Transaction, cluster: Cluster, uuid: str) -> Maintainer:
    """A maintainer of this very cluster.

    Raises:
        NotFoundError: there is none.
    """
    for maintainer in store.list_maintainers(tx, cluster):
        if maintainer.uuid == uuid:
            return maintainer
    msg = "No cluster maintainer found"
    raise NotFoundError(msg)


def add(
    tx: Transaction,
    world: World,
    caller: Caller,
    organization: Organization,
    cluster: Cluster,
    user_uuid: str,
) -> Maintainer:
    """Let a member of the organization manage a cluster. Administrators only.

    Raises:
        ConflictError: the user is a maintainer already.
        InvalidInputError: the user is no member.
    """
    organizations.require_admin(caller, organization, "add maintainers to a cluster")
    user = organizations.find_member(tx, organization, user_uuid)
    if user is None:
        msg = "User must be a member of the organization"
        raise InvalidInputError(msg)
    if store.is_maintainer(tx, cluster, user):
        msg = "User is already a maintainer of the cluster"
        raise ConflictError(msg)
    uuid = world.ids.uuid()
    store.insert_maintainer(tx, cluster, uuid, user)
    return Maintainer(uuid, user.id)


def remove(
    tx: Transaction, caller: Caller, organization: Organization, maintainer: Maintainer
) -> None:
    """Let a user manage a cluster no more. Administrators only."""
    organizations.require_admin(caller, organization, "remove maintainers from a cluster")
    store.delete_maintainer(tx, maintainer)
