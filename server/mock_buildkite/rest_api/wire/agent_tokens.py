"""Agent tokens of clusters."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from mock_buildkite import node_ids
from mock_buildkite.agent_tokens.model import AgentToken
from mock_buildkite.clusters.model import Cluster
from mock_buildkite.errors import InvalidInputError
from mock_buildkite.rest_api.calls import OrganizationCall
from mock_buildkite.rest_api.wire.clusters import address
from mock_buildkite.rest_api.wire.moments import spelled, whole_seconds
from mock_buildkite.rest_api.wire.users import reference


class NewAgentTokenBody(msgspec.Struct):
    """The body that makes an agent token."""

    description: str | None = None
    allowed_ip_addresses: str | None = None
    expires_at: str | None = None


class AgentTokenBody(msgspec.Struct):
    """The body that changes one: what is not in it stays."""

    description: str | UnsetType | None = UNSET
    allowed_ip_addresses: str | UnsetType | None = UNSET
    expires_at: str | UnsetType | None = UNSET
    """This stays too: it may be said again, and not be another."""


def require_same_expiry(body: AgentTokenBody, token: AgentToken) -> None:
    """Refuse to change when a token expires.

    Raises:
        InvalidInputError: the body says another moment, or none.
    """
    if body.expires_at is not UNSET and expiry(body.expires_at) != token.expires_at:
        msg = "Expires at can't be changed"
        raise InvalidInputError(msg)


def expiry(text: str | None) -> datetime | None:
    """When a token is to expire.

    Raises:
        InvalidInputError: it is no moment.
    """
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.upper())
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        msg = "Expires at must be an ISO 8601 date and time"
        raise InvalidInputError(msg) from error


def agent_token(call: OrganizationCall, cluster: Cluster, shown: AgentToken) -> dict[str, Any]:
    """An agent token, without its value."""
    expires_at = shown.expires_at
    return {
        "id": shown.uuid,
        "graphql_id": node_ids.encode("ClusterToken", shown.uuid),
        "description": shown.description,
        "allowed_ip_addresses": shown.allowed_ip_addresses,
        "expires_at": None if expires_at is None else whole_seconds(expires_at),
        "url": address(call, cluster, "tokens", shown.uuid),
        "cluster_url": address(call, cluster),
        "created_at": spelled(shown.created_at),
        "created_by": reference(call.tx, shown.created_by),
    }
