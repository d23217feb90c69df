"""What a person or a program is told about a server: addresses, tokens, and how to begin."""

import json
import os
import shlex
from typing import Any

from mock_buildkite import node_ids
from mock_buildkite.access_tokens import store as access_tokens
from mock_buildkite.agent_tokens import service as agent_tokens
from mock_buildkite.agent_tokens import store as agent_tokens_store
from mock_buildkite.clusters import store as clusters
from mock_buildkite.clusters.model import Cluster
from mock_buildkite.organizations import store as organizations
from mock_buildkite.organizations.model import Organization
from mock_buildkite.seeding.planting import Planted, PlantedOrganization, PlantedToken
from mock_buildkite.settings import TokenEra
from mock_buildkite.storage.database import Transaction
from mock_buildkite.token_forms import values
from mock_buildkite.world import OrganizationIntroduction, World


def from_seed(planted: Planted) -> tuple[OrganizationIntroduction, ...]:
    """The organizations that a seed just made, with every value."""
    return tuple(organization_from_seed(each) for each in planted.organizations)


def organization_from_seed(planted: PlantedOrganization) -> OrganizationIntroduction:
    """One organization that was just made or added to."""
    cluster = planted.clusters[0] if planted.clusters else None
    return OrganizationIntroduction(
        slug=planted.slug,
        uuid=planted.uuid,
        cluster_uuid=None if cluster is None else cluster.uuid,
        agent_token=_first_value([] if cluster is None else cluster.agent_tokens),
        unclustered_agent_token=_first_value(planted.agent_tokens),
        api_access_token=planted.api_access_token,
    )


def from_data(tx: Transaction, world: World) -> tuple[OrganizationIntroduction, ...]:
    """The organizations that a data directory holds.

    Only values that somebody chose and gave again, or that the older era reveals, can be shown.
    """
    return tuple(
        _organization_from_data(tx, world, organization, is_first=index == 0)
        for index, organization in enumerate(organizations.list_all(tx))
    )


def facts(world: World, url: str) -> dict[str, Any]:
    """What `--json` prints, and what a reset answers."""
    each = [organization_facts(introduction) for introduction in world.introduction]
    first = each[0] if each else organization_facts(_NOBODY)
    return {
        "url": url,
        **addresses(url),
        **first,
        "pid": os.getpid(),
        "env": environment(world, url),
        "organizations": each,
    }


def addresses(url: str) -> dict[str, str]:
    """Where each API of a server is."""
    return {
        "agent_endpoint": f"{url}/v3",
        "graphql_endpoint": f"{url}/v1",
        "rest_endpoint": f"{url}/v2",
    }


TOKEN_VARIABLES = ("BUILDKITE_AGENT_TOKEN", "BUILDKITE_API_TOKEN", "BUILDKITE_GRAPHQL_TOKEN")
"""Those that must not be the machine's own when the server has none to give."""


def environment(world: World, url: str) -> dict[str, str]:
    """The variables that official clients read, for the first organization.

    The two REST ones are without `/v2`, which their readers append.

    Source: buildkite/agent clicommand/global.go, buildkite/cli internal/config/config.go,
    buildkite/terraform-provider-buildkite buildkite/provider.go.
    """
    first = world.introduction[0] if world.introduction else _NOBODY
    at = addresses(url)
    variables = {
        "BUILDKITE_AGENT_ENDPOINT": at["agent_endpoint"],
        "BUILDKITE_AGENT_TOKEN": _preferred_agent_token(world, first),
        "BUILDKITE_API_TOKEN": first.api_access_token,
        "BUILDKITE_GRAPHQL_TOKEN": first.api_access_token,
        "BUILDKITE_ORGANIZATION": first.slug,
        "BUILDKITE_ORGANIZATION_SLUG": first.slug,
        "BUILDKITE_GRAPHQL_URL": at["graphql_endpoint"],
        "BUILDKITE_GRAPHQL_ENDPOINT": at["graphql_endpoint"],
        "BUILDKITE_REST_URL": url,
        "BUILDKITE_REST_API_ENDPOINT": url,
        "BUILDKITE_NO_KEYRING": "1",
    }
    return {name: value for name, value in variables.items() if value}


def welcome(world: World, url: str) -> str:
    """What a start prints for a person."""
    lines = ["", "mock-buildkite is serving", ""]
    at = addresses(url)
    lines += [
        f"  Agent API    {at['agent_endpoint']}",
        f"  GraphQL API  {at['graphql_endpoint']}",
        f"  REST API     {at['rest_endpoint']}",
    ]
    older = world.settings.token_era is TokenEra.OLDER
    for introduction in world.introduction:
        tokens = [
            ("Agent token", introduction.agent_token),
            ("Unclustered agent token", introduction.unclustered_agent_token),
        ]
        lines += ["", f"  Organization             {introduction.slug}"]
        lines += [_token_line(*token) for token in (reversed(tokens) if older else tokens)]
        lines += [_token_line("API access token", introduction.api_access_token)]
    if world.introduction:
        lines += _first_steps(world, url, world.introduction[0])
    return "\n".join([*lines, "", "Press Ctrl-C to stop", ""])


_NOBODY = OrganizationIntroduction("", "", None, None, None, None)


def _first_value(tokens: list[PlantedToken]) -> str | None:
    return tokens[0].value if tokens else None


def _organization_from_data(
    tx: Transaction, world: World, organization: Organization, *, is_first: bool
) -> OrganizationIntroduction:
    all_clusters = clusters.list_by_name(tx, organization)
    cluster = min(all_clusters, key=lambda each: each.id, default=None)
    fixed = world.settings.fixed_values
    agent_token = unclustered = api_access_token = None
    if is_first:
        agent_token = _still_good(tx, fixed.agent_token, organization, cluster)
        unclustered = _still_good(tx, fixed.unclustered_agent_token, organization, None)
        api_access_token = _still_known(tx, fixed.api_access_token)
    if unclustered is None:
        live = agent_tokens_store.list_unclustered(tx, organization, revoked=False)
        values = [agent_tokens.revealed_value(tx, world, each) for each in reversed(live)]
        unclustered = next((value for value in values if value is not None), None)
    return OrganizationIntroduction(
        slug=organization.slug,
        uuid=organization.uuid,
        cluster_uuid=None if cluster is None else cluster.uuid,
        agent_token=agent_token,
        unclustered_agent_token=unclustered,
        api_access_token=api_access_token,
    )


def _still_good(
    tx: Transaction, value: str | None, organization: Organization, cluster: Cluster | None
) -> str | None:
    """A chosen value, if it is that of a token which still admits agents there."""
    if value is None:
        return None
    token = agent_tokens_store.find_by_digest(tx, values.digest(value))
    if token is None or not token.is_usable(tx.now):
        return None
    where = (token.organization_id, token.cluster_id)
    return value if where == (organization.id, None if cluster is None else cluster.id) else None


def _still_known(tx: Transaction, value: str | None) -> str | None:
    if value is None:
        return None
    token = access_tokens.find_by_digest(tx, values.digest(value))
    return value if token is not None and token.is_usable(tx.now) else None


def organization_facts(introduction: OrganizationIntroduction) -> dict[str, str | None]:
    """What is told of one organization."""
    graphql_id = node_ids.encode("Organization", introduction.uuid) if introduction.uuid else None
    return {
        "organization_slug": introduction.slug or None,
        "organization_id": graphql_id,
        "cluster_id": introduction.cluster_uuid,
        "agent_token": introduction.agent_token,
        "unclustered_agent_token": introduction.unclustered_agent_token,
        "api_access_token": introduction.api_access_token,
    }


def _preferred_agent_token(world: World, introduction: OrganizationIntroduction) -> str | None:
    clustered, unclustered = introduction.agent_token, introduction.unclustered_agent_token
    if world.settings.token_era is TokenEra.OLDER:
        return unclustered or clustered
    return clustered or unclustered


def _token_line(label: str, value: str | None) -> str:
    return f"  {label:<24} {value or '(shown at the first start only)'}"


def _first_steps(world: World, url: str, introduction: OrganizationIntroduction) -> list[str]:
    """Lines to paste: an agent to start, and calls that create and revoke an agent token."""
    at = addresses(url)
    token = _preferred_agent_token(world, introduction)
    bearer = introduction.api_access_token
    older = world.settings.token_era is TokenEra.OLDER or introduction.cluster_uuid is None
    organization_id = node_ids.encode("Organization", introduction.uuid)
    if older:
        create = (
            f'mutation {{ agentTokenCreate(input: {{ organizationID: "{organization_id}",'
            ' description: "From curl" }) { tokenValue agentTokenEdge { node { id } } } }'
        )
        revoke = (
            'mutation { agentTokenRevoke(input: { id: "ID OF THE TOKEN", reason: "Tried out" })'
            " { agentToken { description revokedAt revokedReason } } }"
        )
    else:
        cluster_id = node_ids.encode("Cluster", introduction.cluster_uuid or "")
        create = (
            f'mutation {{ clusterAgentTokenCreate(input: {{ organizationId: "{organization_id}",'
            f' clusterId: "{cluster_id}", description: "From curl" }})'
            " { tokenValue clusterAgentToken { id } } }"
        )
        revoke = (
            "mutation { clusterAgentTokenRevoke(input: {"
            f' organizationId: "{organization_id}", id: "ID OF THE TOKEN" }})'
            " { deletedClusterAgentTokenId } }"
        )
    return [
        "",
        "Start an agent (it works in a folder of its own, and reads no other configuration):",
        "",
        f"  {_agent_command(at['agent_endpoint'], token)}",
        "",
        "Create an agent token, and revoke one:",
        "",
        f"  {_curl(at['graphql_endpoint'], bearer, create)}",
        "",
        f"  {_curl(at['graphql_endpoint'], bearer, revoke)}",
    ]


def _agent_command(endpoint: str, token: str | None) -> str:
    given = '"$BUILDKITE_AGENT_TOKEN"' if token is None else shlex.quote(token)
    folders = " ".join(
        f"--{folder}-path /tmp/mock-buildkite/{folder}" for folder in ("build", "hooks", "plugins")
    )
    return (
        f"buildkite-agent start --config /dev/null --endpoint {endpoint} --token {given} {folders}"
    ).replace("--build-path /tmp/mock-buildkite/build", "--build-path /tmp/mock-buildkite/builds")


def _curl(url: str, bearer: str | None, query: str) -> str:
    header = '"Authorization: Bearer $BUILDKITE_API_TOKEN"'  # for the shell to fill in
    if bearer is not None:
        header = shlex.quote(f"Authorization: Bearer {bearer}")
    return f"curl -H {header} {url} -d {shlex.quote(json.dumps({'query': query}))}"
