"""GitHub, and whom its reports are about."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.actors import Administrator
from tests.leaks.actors import GitHub, KeyServer
from tests.rest_api.actors import Caller
from tests.server import Served

OWNER = "bob@sandbox.example"


@pytest.fixture
def github(server: Served) -> GitHub:
    """Who reports tokens."""
    return GitHub(server)


@pytest.fixture
async def key_server() -> AsyncIterator[KeyServer]:
    """Where keys are listed."""
    async with KeyServer().serving() as serving:
        yield serving


@pytest.fixture
async def owner(server: Served, admin: Administrator) -> Caller:
    """A user of two organizations, with a token that reaches both."""
    token = {"description": "Deployments", "scopes": "all"}
    planted: dict[str, Any] = await admin.seed(
        {
            "users": [{"email": OWNER, "api_access_tokens": [token]}],
            "organizations": [
                {"slug": "sandbox", "members": [{"email": OWNER}]},
                {"slug": "rival", "members": [{"email": OWNER, "role": "admin"}]},
            ],
        }
    )
    return Caller(server, planted["users"][0]["api_access_tokens"][0]["value"])
