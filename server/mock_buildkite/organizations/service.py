"""Which organizations a caller sees, and who administers one."""

from mock_buildkite.access_tokens.model import Caller
from mock_buildkite.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
)
from mock_buildkite.ids import Ids
from mock_buildkite.organizations import store
from mock_buildkite.organizations.model import Organization, User, checked_slug
from mock_buildkite.storage.database import Transaction

find = store.find
find_by_slug = store.find_by_slug
find_user = store.find_user
role_of = store.role_of


def find_visible(
    tx: Transaction, caller: Caller, *, slug: str | None = None, uuid: str | None = None
) -> Organization | None:
    """An organization by slug or UUID; others than the caller's look as if they were not there."""
    organization = None
    if slug is not None:
        organization = store.find_by_slug(tx, slug)
    elif uuid is not None:
        organization = store.find_by_uuid(tx, uuid)
    if organization is None or not caller.reaches(organization.id):
        return None
    return organization


def require_visible(tx: Transaction, caller: Caller, slug: str) -> Organization:
    """The organization with that slug.

    Raises:
        NotFoundError: there is none for this caller.
    """
    organization = find_visible(tx, caller, slug=slug)
    if organization is None:
        msg = "No organization found"
        raise NotFoundError(msg)
    return organization


def require(tx: Transaction, slug: str) -> Organization:
    """The organization with that slug, whoever asks.

    Raises:
        NotFoundError: there is none.
    """
    organization = store.find_by_slug(tx, slug)
    if organization is None:
        msg = "No organization found"
        raise NotFoundError(msg)
    return organization


def list_visible(tx: Transaction, caller: Caller) -> list[Organization]:
    """The organizations that exist for a caller, oldest first."""
    return [each for each in store.list_for_user(tx, caller.user) if caller.reaches(each.id)]


def find_visible_user(tx: Transaction, caller: Caller, uuid: str) -> User | None:
    """A user who is the caller, or shares an organization with the caller."""
    user = store.find_user_by_uuid(tx, uuid)
    if user is None or user == caller.user or store.share_an_organization(tx, caller.user, user):
        return user
    return None


def require_user(tx: Transaction, named: str) -> User:
    """The user with that e-mail address or UUID, of whatever organization.

    Raises:
        InvalidInputError: there is none.
    """
    user = store.find_user_by_email(tx, named) or store.find_user_by_uuid(tx, named)
    if user is None:
        msg = f"No user {named!r}"
        raise InvalidInputError(msg)
    return user


def find_member(tx: Transaction, organization: Organization, uuid: str) -> User | None:
    """The member of an organization with that UUID."""
    user = store.find_user_by_uuid(tx, uuid)
    return user if user is not None and store.is_member(tx, organization, user) else None


def find_member_by_email(tx: Transaction, organization: Organization, email: str) -> User | None:
    """The member of an organization with that e-mail address."""
    user = store.find_user_by_email(tx, email)
    return user if user is not None and store.is_member(tx, organization, user) else None


def require_admin(caller: Caller, organization: Organization, act: str) -> None:
    """Refuse whoever is no administrator of an organization.

    Raises:
        PermissionDeniedError: the message says what only administrators can do.
    """
    if not caller.administers(organization.id):
        msg = f"You need to be an administrator of {organization.name} to {act}"
        raise PermissionDeniedError(msg)


def create(tx: Transaction, ids: Ids, slug: str, name: str | None) -> Organization:
    """Make an organization, bare: `seeding` gives it what a new one has.

    Raises:
        ConflictError: the slug is taken.
        InvalidInputError: the slug is none.
    """
    if store.find_by_slug(tx, checked_slug(slug)) is not None:
        msg = f"Slug {slug!r} has already been taken"
        raise ConflictError(msg)
    return store.insert(tx, ids.uuid(), slug, name or slug.replace("-", " ").title())
