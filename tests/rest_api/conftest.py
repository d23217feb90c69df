"""Who calls, and what the sandbox holds at first."""

import pytest

from tests.rest_api.actors import Caller
from tests.server import Served


@pytest.fixture
def caller(server: Served) -> Caller:
    """The administrator of the first organization."""
    return Caller(server, server.facts["api_access_token"])
