"""Users."""

from typing import Any

from mock_buildkite import node_ids
from mock_buildkite.organizations import service as organizations
from mock_buildkite.organizations.model import User
from mock_buildkite.rest_api.wire.moments import spelled
from mock_buildkite.storage.database import Transaction


def user(shown: User) -> dict[str, Any]:
    """A user."""
    return {
        "id": shown.uuid,
        "graphql_id": node_ids.encode("User", shown.uuid),
        "name": shown.name,
        "email": shown.email,
        "avatar_url": shown.avatar_url,
        "created_at": spelled(shown.created_at),
    }


def optional_user(shown: User | None) -> dict[str, Any] | None:
    """A user who did something; None where nobody did."""
    return None if shown is None else user(shown)


def reference(tx: Transaction, number: int | None) -> dict[str, Any] | None:
    """The user with that integer key, who did something; None where nobody did."""
    return None if number is None else user(organizations.find_user(tx, number))
