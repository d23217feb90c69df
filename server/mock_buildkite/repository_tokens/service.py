"""Keeping the tokens that a seed lists, and telling one to a job."""

from mock_buildkite import encryption
from mock_buildkite.errors import InvalidInputError, NotFoundError
from mock_buildkite.jobs.model import Authority
from mock_buildkite.organizations import store as organizations
from mock_buildkite.organizations.model import Organization
from mock_buildkite.repository_tokens import store
from mock_buildkite.repository_tokens.model import repository_of
from mock_buildkite.storage.database import Transaction
from mock_buildkite.world import World


def put(tx: Transaction, world: World, organization: Organization, url: str, value: str) -> None:
    """Keep the token of a repository, in place of the one before.

    Raises:
        InvalidInputError: there is no such address, or the token is blank.
    """
    repository = repository_of(url)
    if not value.strip():
        msg = "Token can't be blank"
        raise InvalidInputError(msg)
    place = _place(organization, repository)
    sealed = encryption.encrypt(world.keys.secrets, world.ids, value, place)
    store.put(tx, organization.id, repository, sealed)


def read(tx: Transaction, world: World, authority: Authority, url: str) -> str:
    """Tell a job the token of a repository.

    Raises:
        InvalidInputError: there is no such address.
        NotFoundError: the organization has no token for it.
    """
    repository = repository_of(url)
    sealed = store.find_value(tx, authority.job.organization_id, repository)
    if sealed is None:
        msg = f"No access token found for the repository {repository}"
        raise NotFoundError(msg)
    organization = organizations.find(tx, authority.job.organization_id)
    return encryption.decrypt(world.keys.secrets, sealed, _place(organization, repository))


def _place(organization: Organization, repository: str) -> str:
    return f"{organization.uuid} {repository}"
