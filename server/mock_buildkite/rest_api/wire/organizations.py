"""Organizations."""

from typing import Any

from mock_buildkite import node_ids
from mock_buildkite.organizations.model import Organization
from mock_buildkite.rest_api.wire.links import Links
from mock_buildkite.rest_api.wire.moments import spelled


def organization(links: Links, shown: Organization) -> dict[str, Any]:
    """An organization."""
    return {
        "id": shown.uuid,
        "graphql_id": node_ids.encode("Organization", shown.uuid),
        "url": links.organization(shown),
        "web_url": links.web(shown.slug),
        "name": shown.name,
        "slug": shown.slug,
        "pipelines_url": links.organization(shown, "pipelines"),
        "agents_url": links.organization(shown, "agents"),
        "emojis_url": links.organization(shown, "emojis"),
        "created_at": spelled(shown.created_at),
    }
