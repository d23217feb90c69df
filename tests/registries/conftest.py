"""Who makes registries in the tests."""

import pytest

from tests.actors import Administrator
from tests.registries.actors import Registry, RegistryMaker
from tests.rest_api.actors import Caller
from tests.server import Served


@pytest.fixture
def maker(server: Served) -> RegistryMaker:
    """The administrator of the first organization."""
    return RegistryMaker(Caller(server, server.facts["api_access_token"]), "sandbox")


@pytest.fixture
async def registry(maker: RegistryMaker) -> Registry:
    """A private registry of Python packages, with one in it."""
    made = await maker.make()
    assert (await made.upload()).status_code == 200
    return made


@pytest.fixture
async def rival(server: Served, admin: Administrator) -> RegistryMaker:
    """The administrator of another organization."""
    planted = await admin.seed(
        {
            "users": [
                {
                    "email": "dan@rival.example",
                    "api_access_tokens": [{"description": "All", "scopes": "all"}],
                }
            ],
            "organizations": [{"slug": "rival"}],
        }
    )
    value = planted["users"][0]["api_access_tokens"][0]["value"]
    return RegistryMaker(Caller(server, value), "rival")
