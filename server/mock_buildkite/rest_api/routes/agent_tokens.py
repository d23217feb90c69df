"""Agent tokens of clusters. Unclustered ones are GraphQL's alone."""

from msgspec import UNSET

from mock_buildkite import ip_addresses
from mock_buildkite.agent_tokens import service as agent_tokens
from mock_buildkite.agent_tokens.model import AgentToken
from mock_buildkite.clusters.model import Cluster
from mock_buildkite.exchange import NO_STORE
from mock_buildkite.rest_api.answers import Answer
from mock_buildkite.rest_api.calls import OrganizationCall
from mock_buildkite.rest_api.endpoints import UPDATE, in_organization
from mock_buildkite.rest_api.pagination import page
from mock_buildkite.rest_api.routes.clusters import CLUSTER, cluster_of
from mock_buildkite.rest_api.wire import agent_tokens as wire

TOKENS = f"{CLUSTER}/tokens"
TOKEN = f"{TOKENS}/{{token}}"


def list_agent_tokens(call: OrganizationCall) -> Answer:
    """GET those of a cluster, expired ones too."""
    cluster = cluster_of(call)
    found = agent_tokens.list_for_cluster(call.tx, call.caller, cluster)
    return page(call, found, lambda each: wire.agent_token(call, cluster, each))


def read(call: OrganizationCall) -> object:
    """GET one, without its value."""
    return wire.agent_token(call, *_token_of(call))


def create(call: OrganizationCall) -> Answer:
    """POST one: the only answer with its value."""
    cluster, wanted = cluster_of(call), call.body(wire.NewAgentTokenBody)
    minted = agent_tokens.create_for_cluster(
        call.tx,
        call.world,
        call.caller,
        cluster,
        description=wanted.description,
        expires_at=wire.expiry(wanted.expires_at),
        allowed_ip_addresses=wanted.allowed_ip_addresses,
    )
    spelled = wire.agent_token(call, cluster, minted.agent_token)
    return Answer({**spelled, "token": minted.value}, NO_STORE)


def update(call: OrganizationCall) -> object:
    """PUT what is to change of one."""
    cluster, token = _token_of(call)
    wanted = call.body(wire.AgentTokenBody)
    wire.require_same_expiry(wanted, token)
    description, allowed = wanted.description, wanted.allowed_ip_addresses
    updated = agent_tokens.update(
        call.tx,
        call.world,
        call.caller,
        call.organization,
        token.uuid,
        description=token.description if description is UNSET else description,
        allowed_ip_addresses=None if allowed is UNSET else allowed or ip_addresses.ANYWHERE,
    )
    return wire.agent_token(call, cluster, updated)


def revoke(call: OrganizationCall) -> None:
    """DELETE one: no agent registers with it from here on."""
    _, token = _token_of(call)
    agent_tokens.revoke_clustered(call.tx, call.caller, call.organization, token.uuid)


def _token_of(call: OrganizationCall) -> tuple[Cluster, AgentToken]:
    cluster = cluster_of(call)
    return cluster, agent_tokens.require_in(call.tx, call.caller, cluster, call.path["token"])


ENDPOINTS = [
    in_organization("GET", TOKENS, list_agent_tokens, "read_clusters"),
    in_organization("POST", TOKENS, create, "write_clusters", status=201),
    in_organization("GET", TOKEN, read, "read_clusters"),
    in_organization(UPDATE, TOKEN, update, "write_clusters"),
    in_organization("DELETE", TOKEN, revoke, "write_clusters"),
]
