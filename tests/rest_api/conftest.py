"""Who calls, and what the sandbox holds at first."""

from dataclasses import dataclass

import pytest

from tests.actors import Administrator
from tests.builders import Builder, Worker
from tests.rest_api.actors import Caller
from tests.server import Served

CLUSTERS = "/organizations/sandbox/clusters"


@pytest.fixture
def caller(server: Served) -> Caller:
    """The administrator of the first organization."""
    return Caller(server, server.facts["api_access_token"])


@pytest.fixture
def builder(server: Served) -> Builder:
    """The same, as a maker of pipelines and builds."""
    return Builder(server)


@pytest.fixture
async def worker(server: Served) -> Worker:
    """An agent in the first cluster, ready for jobs."""
    return await Worker(server).start()


@pytest.fixture
def cluster(server: Served) -> str:
    """The path of the first cluster."""
    return f"{CLUSTERS}/{server.facts['cluster_id']}"


@dataclass(frozen=True, slots=True)
class Company:
    """Who else is in and around the sandbox organization, and what is not theirs."""

    member: Caller
    maintainer: Caller
    """Of the first cluster only."""
    outsider: Caller
    """The administrator of a rival organization."""
    other_cluster: str
    """The path of a cluster that nobody maintains."""
    rival_cluster: str
    """The UUID of the rival's cluster."""


@pytest.fixture
async def company(server: Served, admin: Administrator) -> Company:
    """The sandbox with people in it, and a rival organization."""
    emails = ["bob@sandbox.example", "cara@sandbox.example"]
    planted = await admin.seed(
        {
            "users": [
                {"email": email, "api_access_tokens": [{"description": "All", "scopes": "all"}]}
                for email in emails
            ],
            "organizations": [
                {
                    "slug": "sandbox",
                    "members": [{"email": email} for email in emails],
                    "clusters": [
                        {"name": "Default cluster", "maintainers": ["cara@sandbox.example"]},
                        {"name": "Other cluster"},
                    ],
                }
            ],
        }
    )
    token = {"description": "All", "scopes": "all"}
    rival = await admin.seed(
        {
            "users": [{"email": "dan@rival.example", "api_access_tokens": [token]}],
            "organizations": [{"slug": "rival"}],
        }
    )
    bob, cara = planted["users"]
    (dan,) = rival["users"]
    return Company(
        member=Caller(server, bob["api_access_tokens"][0]["value"]),
        maintainer=Caller(server, cara["api_access_tokens"][0]["value"]),
        outsider=Caller(server, dan["api_access_tokens"][0]["value"]),
        other_cluster=f"{CLUSTERS}/{planted['organizations'][0]['clusters'][1]['uuid']}",
        rival_cluster=rival["organizations"][0]["clusters"][0]["uuid"],
    )
