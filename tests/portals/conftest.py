"""Who makes portals in the tests."""

from typing import Any

import pytest

from tests.actors import Administrator
from tests.portals.actors import PortalMaker
from tests.rest_api.actors import Caller
from tests.server import Served

MEMBER = "bob@sandbox.example"


@pytest.fixture
def maker(server: Served) -> PortalMaker:
    """The administrator of the first organization."""
    return PortalMaker(Caller(server, server.facts["api_access_token"]), "sandbox")


@pytest.fixture
async def member(server: Served, admin: Administrator) -> Caller:
    """A member of the first organization, who administers nothing."""
    token = {"description": "All", "scopes": "all"}
    planted: dict[str, Any] = await admin.seed(
        {
            "users": [{"email": MEMBER, "api_access_tokens": [token]}],
            "organizations": [{"slug": "sandbox", "members": [{"email": MEMBER}]}],
        }
    )
    return Caller(server, planted["users"][0]["api_access_tokens"][0]["value"])


@pytest.fixture
async def rival(server: Served, admin: Administrator) -> PortalMaker:
    """The administrator of another organization."""
    token = {"description": "All", "scopes": "all"}
    email = "dan@rival.example"
    planted = await admin.seed(
        {
            "users": [{"email": email, "api_access_tokens": [token]}],
            "organizations": [{"slug": "rival"}],
        }
    )
    value = planted["users"][0]["api_access_tokens"][0]["value"]
    return PortalMaker(Caller(server, value), "rival")
