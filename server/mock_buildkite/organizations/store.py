"""The SQL of organizations, users and members."""

from collections.abc import Iterable

from mock_buildkite.clock import from_text
from mock_buildkite.organizations.model import Organization, Role, User
from mock_buildkite.storage import several
from mock_buildkite.storage.database import Row, Transaction


def insert(tx: Transaction, uuid: str, slug: str, name: str) -> Organization:
    """Add an organization, created now."""
    number = tx.insert(
        "organizations", {"uuid": uuid, "slug": slug, "name": name, "created_at": tx.now_text}
    )
    return Organization(number, uuid, slug, name, tx.now)


def find(tx: Transaction, number: int) -> Organization:
    """The organization with that integer key, which must be there."""
    row = tx.one("select * from organizations where id = ?", (number,))
    if row is None:
        raise LookupError(number)
    return _organization(row)


def find_several(tx: Transaction, numbers: Iterable[int | None]) -> dict[int, Organization]:
    """The organizations with those integer keys, by key."""
    return several.find_several(tx, "organizations", _organization, numbers)


def find_by_slug(tx: Transaction, slug: str) -> Organization | None:
    """The organization with that slug."""
    row = tx.one("select * from organizations where slug = ?", (slug,))
    return None if row is None else _organization(row)


def find_by_uuid(tx: Transaction, uuid: str) -> Organization | None:
    """The organization with that UUID."""
    row = tx.one("select * from organizations where uuid = ?", (uuid,))
    return None if row is None else _organization(row)


def list_all(tx: Transaction) -> list[Organization]:
    """Every organization, oldest first."""
    return [_organization(row) for row in tx.all("select * from organizations order by id")]


def list_for_user(tx: Transaction, user: User) -> list[Organization]:
    """The organizations that a user is a member of, oldest first."""
    rows = tx.all(
        "select organizations.* from organizations join organization_members"
        " on organization_id = organizations.id where user_id = ? order by organizations.id",
        (user.id,),
    )
    return [_organization(row) for row in rows]


def insert_user(tx: Transaction, uuid: str, email: str, name: str) -> User:
    """Add a user, created now."""
    number = tx.insert(
        "users", {"uuid": uuid, "email": email, "name": name, "created_at": tx.now_text}
    )
    return User(number, uuid, email, name, tx.now)


def find_user(tx: Transaction, number: int) -> User:
    """The user with that integer key, who must be there."""
    row = tx.one("select * from users where id = ?", (number,))
    if row is None:
        raise LookupError(number)
    return _user(row)


def find_several_users(tx: Transaction, numbers: Iterable[int | None]) -> dict[int, User]:
    """The users with those integer keys, by key."""
    return several.find_several(tx, "users", _user, numbers)


def find_user_by_email(tx: Transaction, email: str) -> User | None:
    """The user with that e-mail address."""
    row = tx.one("select * from users where email = ?", (email,))
    return None if row is None else _user(row)


def find_user_by_uuid(tx: Transaction, uuid: str) -> User | None:
    """The user with that UUID."""
    row = tx.one("select * from users where uuid = ?", (uuid,))
    return None if row is None else _user(row)


def insert_member(tx: Transaction, organization: Organization, user: User, role: Role) -> None:
    """Make a user a member, or change the role of one who is."""
    tx.execute(
        "insert into organization_members (organization_id, user_id, role, created_at)"
        " values (?, ?, ?, ?) on conflict do update set role = excluded.role",
        (organization.id, user.id, role.value, tx.now_text),
    )


def is_member(tx: Transaction, organization: Organization, user: User) -> bool:
    """Whether a user is a member of an organization."""
    sql = "select 1 from organization_members where organization_id = ? and user_id = ?"
    return tx.value(sql, (organization.id, user.id)) is not None


def role_of(tx: Transaction, organization: Organization, user: User) -> Role | None:
    """What a user is in an organization; None if the user is no member."""
    sql = "select role from organization_members where organization_id = ? and user_id = ?"
    role = tx.value(sql, (organization.id, user.id))
    return None if role is None else Role(role)


def share_an_organization(tx: Transaction, one: User, other: User) -> bool:
    """Whether two users are members of a same organization."""
    return (
        tx.value(
            "select 1 from organization_members as ones join organization_members as others"
            " using (organization_id) where ones.user_id = ? and others.user_id = ?",
            (one.id, other.id),
        )
        is not None
    )


def _organization(row: Row) -> Organization:
    return Organization(
        row["id"], row["uuid"], row["slug"], row["name"], from_text(row["created_at"])
    )


def _user(row: Row) -> User:
    return User(row["id"], row["uuid"], row["email"], row["name"], from_text(row["created_at"]))
