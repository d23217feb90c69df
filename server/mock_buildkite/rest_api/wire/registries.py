"""Package registries and their tokens."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from mock_buildkite import node_ids
from mock_buildkite.registries.model import NewRegistry, Registry, RegistryToken
from mock_buildkite.rest_api.calls import OrganizationCall
from mock_buildkite.rest_api.wire.moments import spelled
from mock_buildkite.rest_api.wire.users import reference
from mock_buildkite.storage.json_text import to_json

Policy = str | list[dict[str, Any]] | None
"""A policy for OIDC tokens: YAML as text, or a list of statements."""


class NewRegistryBody(msgspec.Struct):
    """The body that makes a registry."""

    name: str | None = None
    ecosystem: str | None = None
    description: str | None = None
    emoji: str | None = None
    color: str | None = None
    public: bool | None = None
    oidc_policy: Policy = None
    team_ids: list[str] | None = None


class RegistryBody(msgspec.Struct):
    """The body that changes one: what is not in it stays. Its ecosystem never changes.

    Unverified: that `public` can be changed here; Buildkite's page for it is documented.
    """

    name: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    emoji: str | UnsetType | None = UNSET
    color: str | UnsetType | None = UNSET
    public: bool | UnsetType = UNSET
    oidc_policy: Policy | UnsetType = UNSET


class RegistryTokenBody(msgspec.Struct):
    """The body that makes or changes a registry token."""

    description: str | None = None


def new_registry(body: NewRegistryBody) -> NewRegistry:
    """The registry that is asked for."""
    return NewRegistry(
        name=body.name or "",
        ecosystem=body.ecosystem or "",
        description=body.description,
        emoji=body.emoji,
        color=body.color,
        public=bool(body.public),
        oidc_policy=_policy(body.oidc_policy),
        team_ids=tuple(body.team_ids or ()),
    )


def changes(body: RegistryBody) -> dict[str, Any]:
    """What is to change of a registry, by the names of its fields."""
    given = msgspec.structs.asdict(body)
    changed = {name: value for name, value in given.items() if value is not UNSET}
    if "name" in changed:
        changed["name"] = changed["name"] or ""
    if "oidc_policy" in changed:
        changed["oidc_policy"] = _policy(changed["oidc_policy"])
    return changed


def registry(call: OrganizationCall, shown: Registry) -> dict[str, Any]:
    """A registry. Official clients read its policy as text, whatever it was given as."""
    return {
        **_place(call, shown),
        "name": shown.name,
        "ecosystem": shown.ecosystem,
        "description": shown.description,
        "emoji": shown.emoji,
        "color": shown.color,
        "public": shown.public,
        # The Terraform provider reads `type`, which is not documented. There are no composite ones.
        "type": "source",
        "oidc_policy": shown.oidc_policy,
        "team_ids": list(shown.team_ids),
    }


def registry_token(call: OrganizationCall, of: Registry, shown: RegistryToken) -> dict[str, Any]:
    """A registry token, without its value."""
    organization = call.organization
    return {
        "id": shown.uuid,
        "graphql_id": node_ids.encode("RegistryToken", shown.uuid),
        "description": shown.description,
        "url": _address(call, of, "tokens", shown.uuid),
        "created_at": spelled(shown.created_at),
        "created_by": reference(call.tx, shown.created_by),
        "organization": {
            "id": organization.uuid,
            "slug": organization.slug,
            "url": call.links.organization(organization),
            "web_url": call.links.web("organizations", organization.slug),
        },
        "registry": _place(call, of),
    }


def _place(call: OrganizationCall, shown: Registry) -> dict[str, Any]:
    slug = call.organization.slug
    return {
        "id": shown.uuid,
        "graphql_id": node_ids.encode("Registry", shown.uuid),
        "slug": shown.slug,
        "url": _address(call, shown),
        "web_url": call.links.web("organizations", slug, "packages", "registries", shown.slug),
    }


def _address(call: OrganizationCall, shown: Registry, *more: object) -> str:
    slug = call.organization.slug
    return call.links.api("packages", "organizations", slug, "registries", shown.slug, *more)


def _policy(given: Policy) -> str | None:
    return to_json(given) if isinstance(given, list) else given
