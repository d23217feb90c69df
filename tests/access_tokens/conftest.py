"""A user in two organizations, and who administers one of them."""

import pytest

from tests.access_tokens.actors import Owner
from tests.actors import Administrator
from tests.server import Served

DEE, ADA = "dee@example.com", "ada@example.com"
DOCUMENT = {
    "users": [
        {"email": DEE},
        {
            "email": ADA,
            "api_access_tokens": [{"description": "Ada", "scopes": "all"}],
        },
    ],
    "organizations": [
        {"slug": "north", "members": [{"email": DEE}, {"email": ADA, "role": "admin"}]},
        {"slug": "south", "members": [{"email": DEE}]},
    ],
}


@pytest.fixture
async def north(server: Served) -> Administrator:
    """The administrator of the organization `north`."""
    planted = (await server.http.post("/_mock/seed", json=DOCUMENT)).json()
    value = planted["users"][1]["api_access_tokens"][0]["value"]
    return Administrator(server, {**planted["organizations"][0], "api_access_token": value})


@pytest.fixture
def owner(north: Administrator) -> Owner:
    """A member of `north` and `south`, without any token yet."""
    return Owner(north.server, DEE)
