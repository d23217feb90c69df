"""Where the secrets of a cluster are in the REST API."""

from tests.server import Served


def secrets_of(server: Served, cluster: str | None = None, slug: str | None = None) -> str:
    """The path of a cluster's secrets; of the first one unless told otherwise."""
    organization = slug or server.facts["organization_slug"]
    return f"/organizations/{organization}/clusters/{cluster or server.facts['cluster_id']}/secrets"
